"""The page on the chapter: every number is computed, every name of code, experiment and heading exists."""

import ast
import re
from functools import cache

import numpy as np
import pytest

from docs.website.figures import pictures
from docs.website.places import DOCS
from experiments.catalogue import EXPERIMENTS
from experiments.concentration.links import COURSE_COUNTS
from tests.docs.course_rows import COSTLY, COURSE, LONG, NEAR, ROWS
from tests.pages import NUMBER, ROOT, broken_links, last_digit, page

PAGE = page("course.md")
TABLE = re.compile(r"^\| number \| ([^|]+) \| here \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", re.M)
CELLS = [
    tuple(cell.strip() for cell in line.strip("|").split("|"))
    for _, lines in TABLE.findall(PAGE)
    for line in lines.splitlines()
]
ROUNDED = 0.501  # units of the last digit: half of one, and what float32 draws leave open
# Of no table: a bound of the course's cell; b / a at the rate 0.64; the square root of ten.
SET = {"0.99", "0.36", "3.2"}
# Experiments about what the chapter does not claim: other data, other populations, the suite itself.
BEYOND = {"overhypotheses", "covariates", "rates-of-events", "performance", "trust-it", "own-counts"}


def numbers(cell: str) -> list[str]:
    return NUMBER.findall(cell)


def assert_agree(label: str, said: list[str], found, near: float = 0.0) -> None:
    assert len(said) == len(found), label
    for written, value in zip(said, found, strict=True):
        bound = max(ROUNDED * last_digit(written), near)
        assert abs(float(written) - value) <= bound, (label, written, value)


@cache
def definitions(path: str) -> set[str]:
    """The names that a module defines at its top level."""
    found = set()
    for node in ast.parse((ROOT / path).read_text()).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found.add(name)
    return found


def test_every_row_is_computed_and_every_computation_is_a_row():
    labels = [label for label, _, _ in CELLS]
    assert len(set(labels)) == len(labels)
    assert set(labels) == ROWS.keys()
    assert COURSE.keys() | NEAR.keys() | {*COSTLY, *LONG} <= ROWS.keys()


def marks(label: str) -> list:
    return [pytest.mark.costly] * (label in COSTLY) + [pytest.mark.long] * (label in LONG)


@pytest.mark.parametrize("row", [pytest.param(row, id=row[0], marks=marks(row[0])) for row in CELLS])
def test_a_row_has_the_numbers_that_are_computed(row):
    label, course, here = row
    found = np.atleast_1d(ROWS[label]())
    assert_agree(label, numbers(here), found)
    if numbers(course):
        assert_agree(label, numbers(course), COURSE[label]() if label in COURSE else found, NEAR.get(label, 0.0))


def test_numbers_of_the_text_are_those_of_the_tables():
    text = re.sub(r"https?://[^\s)]+|`[^`]*`|\$[^$]*\$", "", TABLE.sub("", PAGE))
    said = set(re.findall(r"\d+\.\d+", text))
    tables = [number.lstrip("-") for row in CELLS for number in numbers(" ".join(row))]
    rounded = {f"{float(number):.{digits}f}" for number in tables for digits in (2, 3, 4)}
    assert said <= rounded | set(tables) | SET


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`((?:models|inference|experiments)/[^`]+)`", PAGE))))
def test_a_place_in_the_code_exists(place):
    path, _, name = place.partition("::")
    assert (ROOT / path).is_file()
    assert not name or name in definitions(path)


def test_experiments_exist():
    runs = re.findall(r"Run:\s+((?:`[\w-]+`,?\s*)+)\.", PAGE)
    named = {name for run in runs for name in re.findall(r"`([\w-]+)`", run)}
    assert len(named) > 8
    assert named <= set(experiments_of_the_chapter())


def experiments_of_the_chapter() -> list[str]:
    table = PAGE.partition("| run | its figure shows |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `([\w-]+)` \|", table, re.M)


def test_every_experiment_that_bears_on_the_chapter_is_in_the_table_in_the_order_of_the_catalogue():
    assert experiments_of_the_chapter() == [name for name in EXPERIMENTS if name not in BEYOND]
    assert BEYOND <= EXPERIMENTS.keys()


@pytest.mark.parametrize("name", experiments_of_the_chapter())
def test_what_a_figure_shows_is_linked_to_it(name):
    (target,) = re.findall(rf"^\| `{name}` \| \[.+\]\((\S+)\) \|$", PAGE, re.M)
    assert DOCS / target == pictures(name)[0].path
    folder = name.replace("-", "_")
    assert f'figures={{"{folder}": ' in (ROOT / "experiments" / folder / "main.py").read_text()


def test_the_page_leads_at_its_beginning_to_the_explorable_a_notebook_and_all_experiments():
    beginning = PAGE.partition("\n## ")[0]
    for target in ("explorable/index.html", "notebooks/chapter.py", "../README.md#the-questions"):
        assert f"]({target})" in beginning


def test_every_claim_has_a_place():
    claims = re.split(r"^\*\*(\d+)\. ", PAGE.partition("## The experiments and their figures")[0], flags=re.M)
    assert claims[1::2] == [str(i) for i in range(1, len(claims) // 2 + 1)]
    assert len(claims) // 2 == 27
    for claim in claims[2::2]:
        assert re.search(r"(Code|Run):\s", claim), claim


def test_links_lead_somewhere():
    assert broken_links("course.md") == []


def test_the_counts_of_the_chapter_are_those_of_the_page_on_genjax():
    for counts in map(list, COURSE_COUNTS.values()):
        assert f"`{counts}`" in PAGE
        assert f"\n{counts}\n" in page("genjax.md")
