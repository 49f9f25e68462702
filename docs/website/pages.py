"""The pages of docs/, as they are read on the site: on GitHub their links may leave docs/, on the site they may not.

A link to another file of the repository becomes a page too: a file of code is shown with its text. So every link of a
page can be followed on the site, also without a network. Where a page names a file of code, `models/counts.py` or
`models/counts.py::Counts`, this becomes a link to that line; the name of an experiment becomes one to its figure, and a
link to the README's table of experiments one to all figures.
"""

import os
import re
from pathlib import Path, PurePosixPath

from docs.website.places import DOCS, GALLERY, ROOT, WEBSITE
from experiments.catalogue import EXPERIMENTS

# [text](address), [text](address "title") and ![text](address); the text may hold one level of brackets.
LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\[\]]*\])*\]\()([^)\s]+)((?:\s+\"[^\"]*\")?\))")
ATTRIBUTE = re.compile(r'(\b(?:src|href)=")([^"]+)(")')
# A block between fences, or a span between as many backticks as open it.
CODE = re.compile(r"^ *(```+|~~~+).*?^ *\1[^\S\n]*$|(`+)(?!`).*?(?<!`)\2(?!`)", re.M | re.S)
# `folder/file.py` or `folder/file.py::name`, in code.
CODE_PLACE = re.compile(r"(?<!`)`([\w/]+\.py)(?:::([\w.]+))?`(?!`)")
EXPERIMENT = re.compile(rf"(?<!`)`({'|'.join(EXPERIMENTS)})`(?!`)")
LANGUAGES = {".py": "python", ".toml": "toml", ".css": "css", ".html": "html", ".js": "js"}
SHOWN = ("models", "inference", "experiments")  # folders of code whose files a page may name
# Files of the repository that are pages of their own, by the page.
WHOLE_PAGES = {"README.md": "readme.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
QUESTIONS = ("README.md", "the-questions")  # all experiments, in a table; on the site a page has their figures


class MissingFileError(Exception):
    """A page links to a file that is not in the repository."""


def page_of(path: PurePosixPath) -> PurePosixPath:
    """Where a file of the repository is on the site.

    Args:
        path: from the root of the repository.

    Returns:
        From the root of the site: a page for text that is shown, else the file itself.
    """
    if path.parts[0] == "docs":
        inside = path.relative_to("docs")
        return inside.with_suffix(".md") if inside.parts[0] == "notebooks" and path.suffix == ".py" else inside
    if str(path) in WHOLE_PAGES:
        return PurePosixPath(WHOLE_PAGES[str(path)])
    return PurePosixPath("source", f"{path}.md")


def with_links_of_the_site(text: str, path: PurePosixPath, linked: set[PurePosixPath]) -> str:
    """A page whose relative links are those of the site.

    Args:
        text: of the page, as Markdown.
        path: of its file, from the root of the repository.
        linked: gets the files of the repository that are linked, from its root.

    Returns:
        The page; links to headings, to addresses of the web and in code are as they were.

    Raises:
        MissingFileError: if a file outside docs/ is linked that is not there. (What is linked in docs/ may be made.)
    """
    here = page_of(path).parent

    def address(match: re.Match[str]) -> str:
        before, target, after = match.groups()
        file, _, fragment = target.partition("#")
        is_code = any(start <= match.start() < end for start, end in code)
        if is_code or not file or re.match(r"[a-z]+:", file):
            return match[0]
        to = PurePosixPath(os.path.normpath(path.parent / file))
        linked.add(to)
        if to.parts[0] != "docs" and not (ROOT / to).is_file():
            raise MissingFileError(f"{path} links to {target}, and {to} is not a file of the repository")
        page = page_of(to)
        if (str(to), fragment) == QUESTIONS:
            page, fragment = GALLERY, ""
        if page.parts[0] == "source" and fragment:
            fragment = _line_anchor(int(fragment.removeprefix("L")))
        return before + os.path.relpath(page, here) + ("#" if fragment else "") + fragment + after

    def is_inside(match: re.Match[str]) -> bool:  # of other code, or of a link
        return any(start < match.start() < end for start, end in code + links)

    def experiment(match: re.Match[str]) -> str:
        return match[0] if is_inside(match) else f"[{match[0]}]({os.path.relpath(GALLERY, here)}#{match[1]})"

    def place(match: re.Match[str]) -> str:
        to, name = PurePosixPath(match[1]), match[2]
        if is_inside(match) or to.parts[0] not in SHOWN or not (ROOT / to).is_file():
            return match[0]
        linked.add(to)
        anchor = f"#{_line_anchor(_line_of(to, name))}" if name else ""
        return f"[{match[0]}]({os.path.relpath(page_of(to), here)}{anchor})"

    for pattern, change in ((LINK, address), (ATTRIBUTE, address), (CODE_PLACE, place), (EXPERIMENT, experiment)):
        code, links = ([found.span() for found in kind.finditer(text)] for kind in (CODE, LINK))
        text = pattern.sub(change, text)
    return text


def _line_anchor(line: int) -> str:
    """The anchor of a line on the page of a file, as pymdownx.highlight names it."""
    return f"__span-0-{line}"


def _line_of(path: PurePosixPath, name: str) -> int:
    """The line on which a file defines a name, or its first one."""
    defined = re.compile(rf"^\s*(?:def |class |async def )?{re.escape(name.split('.')[-1])}\b")
    lines = (ROOT / path).read_text("utf-8").splitlines()
    return next((number for number, line in enumerate(lines, 1) if defined.match(line)), 1)


def source_page(path: PurePosixPath) -> str:
    """The page that shows a file of the repository, as Markdown; the search does not find it."""
    text = (ROOT / path).read_text("utf-8").rstrip()
    fence = "`" * (3 + max(map(len, re.findall(r"`{3,}", text)), default=0))
    language = LANGUAGES.get(path.suffix, "text")
    heading = f"---\nsearch:\n  exclude: true\n---\n\n# {path.name}\n\n`{path}`"
    return f"{heading}\n\n{fence}{language}\n{text}\n{fence}\n"


def written_pages() -> list[Path]:
    """The pages of docs/, without what GitHub shows of a folder and what only the site has."""
    return [path for path in DOCS.rglob("*.md") if path.name != "README.md" and WEBSITE not in path.parents]


def stage(folder: Path, made: dict[PurePosixPath, str]) -> None:
    """Write every page that the site has.

    Args:
        folder: which zensical reads.
        made: the pages that are not files of the repository, by where they would be in docs/; they may link like these.

    Raises:
        MissingFileError: if a page links to a file that is not there.
    """
    texts = {PurePosixPath("docs") / path: text for path, text in made.items()}
    pages = [ROOT / name for name in WHOLE_PAGES]
    pages += written_pages()
    texts |= {PurePosixPath(path.relative_to(ROOT).as_posix()): path.read_text("utf-8") for path in pages}
    linked: set[PurePosixPath] = set()
    for path, text in texts.items():
        _write(folder / page_of(path), with_links_of_the_site(text, path, linked).encode())
    for path in linked - texts.keys():
        page = page_of(path)
        if page.parts[0] == "source":
            _write(folder / page, source_page(path).encode())
        elif page.suffix != ".md" and (ROOT / path).is_file():  # a picture, or a page of its own
            _write(folder / page, (ROOT / path).read_bytes())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
