"""A colour has one meaning: within a group, within a module that draws, and what the six students teach is blue."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from experiments.data.classrooms import classroom_a, six_students
from experiments.presentation import colours

ROOT = Path(__file__).parents[3]
MODULE = "experiments.presentation.colours"
DRAWN = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in sorted((ROOT / "experiments").rglob("*.py"))
    if f"from {MODULE} import" in path.read_text("utf-8")
}
# Names of one meaning: the population and the rates that it shrinks, A being the first class; what is not emphasised.
ONE_MEANING = ({"POSTERIOR", "SHRUNK", "CLASSROOM_A"}, {"RAW", "PRIOR", "GREY"}, {"DARK", "EDGE"}, {"BLACK", "EXACT"})


def imported(text: str) -> set[str]:
    """The names that a module imports from that of the colours."""
    return {
        alias.name
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == MODULE
        for alias in node.names
    }


def by_colour(names: set[str]) -> dict[str, set[str]]:
    """What each colour means, where these names are used."""
    meanings = defaultdict(set)
    for name in names:
        found = getattr(colours, name)
        for key, colour in found.items() if isinstance(found, dict) else [(None, found)]:
            prefix = "CLASSROOM" if name == "CLASSROOMS" else name
            meanings[colour].add(name if key is None else f"{prefix}_{key}")
    return meanings


@pytest.mark.parametrize("path", DRAWN)
def test_a_colour_has_one_meaning_in_a_module(path):
    for colour, meanings in by_colour(imported(DRAWN[path])).items():
        assert len(meanings) == 1 or any(meanings <= same for same in ONE_MEANING), (colour, meanings)


def test_two_meanings_of_a_group_have_two_colours():
    groups = (
        (colours.EXACT, colours.RAW, colours.POSTERIOR, colours.OTHER_HYPERPRIOR, colours.HAND_PICKED, colours.SAMPLED),
        (*colours.CLASSROOMS.values(), colours.SCHOOL),
        (*colours.ALGORITHMS.values(), colours.WRONG),
        tuple(colours.FORMS.values()),
    )
    for group in groups:
        assert len(set(group)) == len(group)


def test_what_the_six_students_teach_is_blue_as_classroom_a_and_alone():
    students, classroom = six_students(), classroom_a()
    assert (students.k.tolist(), students.n.tolist()) == (classroom.k.tolist(), classroom.n.tolist())
    assert colours.CLASSROOM_A == colours.POSTERIOR == colours.SHRUNK == colours.BLUE
