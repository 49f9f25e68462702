"""Every link of the built site is followed: to a file that is there, and to a place in it that is there."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ADDRESSES = ("href", "src", "poster", "data")


class _Page(HTMLParser):
    """The addresses of a page, and the places that can be linked."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.addresses: list[str] = []
        self.places: set[str] = {"", "__top"}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ADDRESSES and value is not None:
                self.addresses.append(value)
            elif name in ("id", "name") and value:
                self.places.add(value)


def broken_links(site: Path) -> list[str]:
    """The links that lead nowhere.

    Args:
        site: folder with the pages of a site.

    Returns:
        One line for each, with page and address; addresses of the web are not followed.
    """
    pages = {path.resolve(): _Page(path.read_text("utf-8")) for path in site.rglob("*.html") if path.name != "404.html"}
    broken = []
    for path, page in pages.items():
        for address in page.addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            to = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            to = to / "index.html" if to.is_dir() else to
            place = unquote(parts.fragment)
            if not to.is_file() or (to in pages and place not in pages[to].places):
                broken.append(f"{path.relative_to(site.resolve())}: {address}")
    return sorted(set(broken))
