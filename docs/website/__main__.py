"""Build the site: write its pages, let zensical make it, set its equations, and follow its links."""

import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath

from docs.website.equations import set_equations_of, write_style_sheet
from docs.website.gallery import gallery
from docs.website.links import broken_links
from docs.website.notebooks import notebook_pages
from docs.website.npm_packages import NpmPackage, NpmUnreachableError
from docs.website.pages import stage
from docs.website.places import GALLERY, PAGES, ROOT, SITE, WEBSITE
from docs.website.reference import reference_pages

WRITTEN = WEBSITE / "written"  # pages that only the site has

NO_NPM = 69  # exit status where a package of npm is not to be had: EX_UNAVAILABLE of sysexits.h

# Without it a browser refuses the search's worker where a page is opened from a file; zensical would request it.
IFRAME_WORKER = NpmPackage(
    "iframe-worker",
    "1.0.4",
    "roeaaI+Lg1LJNfgpCjoRe/+WzEjy9+Z08LoEvu85MCPbBjwm+qXz8Ag5U05lHa6V1CysZyGzE0SOkAtSUA5q7Q==",
)


def build() -> list[str]:
    """Build the site in `build/site`.

    Returns:
        What is wrong with it, a line each: warnings of zensical and broken links.
    """
    for folder in (PAGES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
    written = {PurePosixPath(path.name): path.read_text("utf-8") for path in WRITTEN.glob("*.md")}
    stage(PAGES, written | {GALLERY: gallery()} | notebook_pages() | reference_pages())
    assets = PAGES / "assets"
    write_style_sheet(assets / "katex")
    shutil.copytree(IFRAME_WORKER.folder() / "shim", assets / "iframe-worker")
    shutil.copy(WEBSITE / "site.css", assets)
    zensical = Path(sys.executable).with_name("zensical")
    command = [zensical, "build", "--strict", "--clean"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stdout, done.stderr]
    equations = set_equations_of(SITE)
    print(f"{len(list(SITE.rglob('*.html')))} pages, {equations} equations: {SITE / 'index.html'}")
    return broken_links(SITE)


if __name__ == "__main__":
    try:
        sys.exit("\n".join(build()) or None)
    except NpmUnreachableError as error:
        print(f"the site is not built: {error}", file=sys.stderr)
        sys.exit(NO_NPM)
