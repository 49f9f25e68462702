"""The page on extending the models: its files run, print what the page says, and its family is one."""

import re
import runpy
from pathlib import Path

import pytest

from inference.questions.group_columns import group_columns
from models import Events, fixed
from tests.families import known
from tests.models.families import test_family
from tests.models.families.test_family import Student
from tests.pages import assert_prints, page

PAGE = page("extending.md")
FILES = re.findall(r"^## ([^\n]*)\n(?:(?!^## ).)*?^```python\n(.*?)^```\n\n```text\n(.*?)^```", PAGE, re.M | re.S)
EFFECTIVE = 0.02  # relative: an effective sample size is a sum of exponentials of log weights


def run(title: str, folder: Path) -> dict:
    """The names that the file under a heading defines, after it was run in a folder."""
    path = folder / "my_file.py"
    path.write_text(next(code for heading, code, _ in FILES if heading == title))
    return runpy.run_path(str(path))


@pytest.fixture(scope="module")
def my_family(tmp_path_factory) -> dict:
    """The names of the file of the new family, which is run once."""
    return run("A new family", tmp_path_factory.mktemp("page"))


def test_every_file_of_the_page_is_run():
    assert len(FILES) == len(re.findall(r"^```python", PAGE, re.M)) == 8


@pytest.mark.costly
@pytest.mark.parametrize("file", FILES, ids=[title for title, _, _ in FILES])
def test_a_file_prints_what_the_page_says(file, tmp_path, capsys):
    title, _, said = file
    run(title, tmp_path)
    printed = capsys.readouterr().out
    assert_prints(printed, said, EFFECTIVE)


@pytest.mark.costly
def test_the_family_of_the_page_passes_the_tests_of_families(my_family, eps):
    family = my_family["BetaNegativeBinomials"]()
    student = Student(family, (5.0, 3.5), 3.0, 2.0)
    test_family.test_conjugacy_holds_at_every_x(student, eps)
    test_family.test_moments_and_cdf_are_those_of_draws(student)
    test_family.test_the_marginal_distribution_has_the_moments_of_the_explicit_student(student)
    test_family.test_the_marginal_probabilities_of_all_counts_add_up_to_1(student, eps)
    test_family.test_draws_given_k_have_the_conjugate_moments(student)
    test_family.test_forms_of_a_known_population_agree_with_the_family(student, eps)


@pytest.mark.costly
def test_the_family_of_the_page_answers_every_question(my_family):
    """No file of the suite knows the family: what it says of its data and rates is asked of it."""
    posterior, boxes = my_family["posterior"], my_family["boxes"]
    table = posterior.predict(boxes, 2)
    assert table["found_next"].to_list() == [2] * 7
    assert table["mean"][1] > table["mean"][0]  # three boxes without, against none
    above = posterior.above(boxes, 0.5)
    assert above["probability"].is_between(0.01, 0.99).all()
    assert posterior.ranking(boxes)["best"].sum() == pytest.approx(1)
    held_out = posterior.evaluate(boxes, boxes)
    assert held_out.groups["none"].null_count() == len(boxes)  # the family says nothing of a rate before any data
    assert posterior.leave_one_out(boxes)["log_predictive"].is_finite().all()


@pytest.mark.costly
def test_a_next_count_without_a_mean_has_none(my_family):
    """E[k] = r E[(1 - theta) / theta] is infinite for a <= 1, and the variance of k for a <= 2."""
    family, boxes = my_family["BetaNegativeBinomials"](), my_family["Boxes"]([0, 4], [1, 3])
    posterior = known(fixed(0.5, 2.0, family=family))
    table = posterior.predict(boxes, 1)
    assert table["mean"].is_null().to_list() == [False, False, True]  # a is 1.5, 3.5, and 0.5 of the unseen group
    assert table["sd"].is_null().to_list() == [True, False, True]
    assert table["mean"][1] == pytest.approx(6.0 / 2.5)  # b / (a - 1)
    assert table["none"].to_list() == pytest.approx([1.5 / 3.5, 3.5 / 9.5, 0.5 / 2.5])  # P(K = 0) = E[theta]


def test_data_may_have_a_name_for_their_design():
    class Boxes(Events):
        design_name = "found"

    both = Boxes([1], [2]) + Boxes([0], [1])
    assert type(both) is Boxes
    assert group_columns(both).keys() == {"name", "k", "found"}
