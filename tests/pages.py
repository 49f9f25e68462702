"""Pages of the documentation: their pieces of code with what they print, and their tables."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
PRINTED = 1.01  # in units of the last digit: the last bits of a float32 differ between machines, and change a rounding


class Example(NamedTuple):
    """A piece of code under a heading, and the text that the page shows below it."""

    title: str
    code: str
    said: str


def page(name: str) -> str:
    """The text of a page in docs/."""
    return (ROOT / "docs" / name).read_text()


def examples(text: str) -> list[Example]:
    """Each block of Python that a block of text follows, with the heading that it stands under."""
    found = []
    for section in re.split(r"^#+ ", text, flags=re.M)[1:]:
        title = section.partition("\n")[0]
        blocks = re.findall(r"^```python\n(.*?)^```\n\n```text\n(.*?)^```", section, re.M | re.S)
        found += [Example(title, code, said) for code, said in blocks]
    return found


def last_digit(number: str) -> float:
    """One unit of the last digit that is written: 0.01 for 2.50, 1e-8 for 1.2e-7."""
    mantissa, _, exponent = number.partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))


def assert_prints(printed: str, said: str, relative: float = 0.0) -> None:
    """What is printed has the page's words, and its numbers to the last digit or to a relative difference."""
    assert NUMBER.sub("#", printed) == NUMBER.sub("#", said)
    for found, expected in zip(NUMBER.findall(printed), NUMBER.findall(said), strict=True):
        bound = max(PRINTED * last_digit(expected), relative * abs(float(expected)))
        assert abs(float(found) - float(expected)) <= bound, (found, expected)


def slug(heading: str) -> str:
    """The anchor of a heading, as GitHub and Python-Markdown make it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def broken_links(name: str) -> list[str]:
    """The links of a page in docs/ to a page or a heading that is not there; those to other sites are not followed."""
    broken = []
    for target in re.findall(r"\]\(([^)]+)\)", page(name)):
        path, _, anchor = target.partition("#")
        if path.startswith("https://"):
            continue
        place = ROOT / "docs" / (path or name)
        headings = re.findall(r"^#+ (.*)", place.read_text(), re.M) if place.is_file() and anchor else []
        if not place.is_file() or (anchor and anchor not in map(slug, headings)):
            broken.append(target)
    return broken
