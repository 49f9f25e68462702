"""Assemble the explorable page: `python docs/explorable/assemble.py` writes index.html from sources/."""

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE / "index.html"
SOURCES = HERE / "sources"

LEADING_ZERO = r"(?<![\w.])0(?=\.\d)"
# A text or template stays as it is; a comment goes, and so do the blanks around an operator, but not that of "- -", and
# the 0 of 0.5.
JAVASCRIPT = re.compile(
    r"""(?P<text>"(?:[^"\\\n]|\\.)*"|`[^`]*`) | (?P<comment>//[^\n]*)
    | (?<![-+]) [ ]* (?P<operator> [-=+*/%<>?:,;{}()\[\]&|!]+ ) (?:[ ]+(?![-+]))?
    | """
    + LEADING_ZERO,
    re.VERBOSE,
)


def squeezed_javascript(code: str) -> str:
    """The same program without comments, indentation, blanks around operators, and ends of lines that end nothing."""

    def squeezed(found: re.Match[str]) -> str:
        return found["text"] or found["operator"] or ""

    lines = (line.strip() for line in JAVASCRIPT.sub(squeezed, code).splitlines())
    return re.sub(r"(?<=[{(\[,;])\n|\n(?=[}\])])", "", "\n".join(line for line in lines if line)).replace(";}", "}")


def squeezed_css(code: str) -> str:
    """The same style sheet without the blanks around its punctuation."""
    code = re.sub(r": +", ":", re.sub(LEADING_ZERO, "", code))
    return re.sub(r"\s*([{};,])\s*", r"\1", code).replace(";}", "}").strip()


def squeezed_html(code: str) -> str:
    """The same page without the quotes around values that are single words."""
    return re.sub(r'(?<= )([\w-]+)="([\w-]+)"(?=[ >])', r"\1=\2", code)


def source(name: str) -> str:
    """The text of a source, as it stands in the page."""
    text = (SOURCES / name).read_text(encoding="utf-8")
    return squeezed_css(text) if name.endswith(".css") else squeezed_javascript(text)


def assembled() -> str:
    """The page: the template, with each {{file}} replaced by that source."""
    template = squeezed_html((SOURCES / "template.html").read_text(encoding="utf-8"))
    return re.sub(r"\{\{([\w.]+)\}\}", lambda mark: source(mark[1]), template)


if __name__ == "__main__":
    PAGE.write_text(assembled(), encoding="utf-8")
    print(f"{PAGE}: {PAGE.stat().st_size} bytes")
