"""What is for one Beta only says so, and what to do instead, for every other population."""

import pytest

from inference import closed_form, compare_hyperpriors, exact, predictive_pmf, write_students
from models import Counts, box
from tests.families import CASES, EACH_THE_SAME, known

QUESTIONS = {
    "write_students": lambda hyperprior, posterior, counts: write_students(posterior, counts, "a.csv", "b.parquet"),
    "predictive_pmf": lambda hyperprior, posterior, counts: predictive_pmf(posterior, 1, 2, 3),
}


@pytest.mark.parametrize("name", ["mixture", "regression", "each the same", "events", "categories", "fixed events"])
@pytest.mark.parametrize("question", QUESTIONS)
def test_other_populations_are_refused_with_a_sentence(question, name):
    hyperprior, counts = CASES[name]
    described = "is of the family" if hyperprior.is_shared else "differs from student to student"
    # The posterior is not looked at: that of another hyperprior with the same addresses is quickly made.
    posterior = known(EACH_THE_SAME, mu=[0.5], lam=[2.0])
    posterior = type(posterior)(hyperprior, posterior.draws, posterior.log_weights, 0.0, 0.0)
    with pytest.raises(TypeError, match=rf"^{question}.* needs one Beta\(a, b\).* {described}.*: (use|compare) "):
        QUESTIONS[question](hyperprior, posterior, counts)


@pytest.mark.parametrize("name", ["events", "categories"])
def test_other_data_are_refused_with_a_sentence(name):
    counts = CASES[name].counts
    with pytest.raises(TypeError, match="observed as Counts, not as"):
        exact(box(), counts)
    (problem,) = compare_hyperpriors({"box": box()}, counts).table["problem"]
    assert "observed as Counts, not as" in problem
    with pytest.raises(TypeError, match=r"closed_form .* not of (Events|Categories): use population_weights"):
        closed_form(counts, 1.0, 1.0)


def test_covariates_that_no_program_reads_are_ignored():
    with_covariates = Counts([3, 0, 4], [5, 4, 6], covariates={"x": [0.5, 1.0, 2.0]})
    truth, other = (exact(box(), counts) for counts in (with_covariates, with_covariates.only_counts()))
    assert truth.log_evidence == other.log_evidence
    assert truth.leave_one_out(with_covariates).equals(other.leave_one_out(with_covariates.only_counts()))
