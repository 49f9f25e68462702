"""Questions about students are refused if the population was learned by students about whom the family says nothing.

The family's students have theta ~ Beta(a, b) and k ~ Binomial(n, theta). A student who guesses has another rate, so a
table of the family's rates would be wrong, and nothing would show it.
"""

import pickle
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest
from genjax import gen

from inference import (
    Posterior,
    evaluate,
    importance,
    leave_one_out,
    mcmc,
    predict,
    predictive_checks,
    predictive_pmf,
    smc,
    theta_draws,
    vi,
    write_students,
)
from models import (
    aggregated,
    beta_binomial,
    beta_binomials,
    binomial_log_odds,
    box,
    classroom,
    explicit,
    gamma_poissons,
    known,
    logit_beta,
    marginal,
    marginalised,
    masked,
    mean_concentration,
    recovered,
)
from tests.families import CASES, MIXTURE
from tests.families import known as posterior_on

KEY = jax.random.key(0)
COUNTS = CASES["mixture"].counts
SAID = "learned by students of a program of your own, but questions about students are answered for those of {}"


@gen
def guessing_student(a, b, n):
    return beta_binomial(n, a + 1, b) @ "k"


@gen
def copied_student(a, b, n):
    return beta_binomial(n, a, b) @ "k"


@gen
def two_weeks(a, b, n):
    log_odds = logit_beta(a, b) @ "log_odds"
    first = binomial_log_odds(n, log_odds) @ "k"
    binomial_log_odds(5.0, log_odds) @ "later"
    return first


def one_beta() -> Posterior:
    a, b = np.full(8, 2.0), np.full(8, 3.0)
    return Posterior.from_weights(box(), {"a": a, "b": b}, np.zeros(8))


def mixture() -> Posterior:
    values = {"share": 0.5, "mu1": 0.3, "gap": 0.5, "lam1": 5.0, "lam2": 5.0}
    return posterior_on(MIXTURE, **{name: np.full(8, value) for name, value in values.items()})


POSTERIORS = {"beta_binomials": one_beta, "mixture": mixture}
QUESTIONS = {
    "shrinkage": lambda posterior: posterior.shrinkage(COUNTS),
    "above": lambda posterior: posterior.above(COUNTS, 0.5),
    "ranking": lambda posterior: posterior.ranking(COUNTS),
    "pairwise": lambda posterior: posterior.pairwise(COUNTS),
    "predict": lambda posterior: posterior.predict(COUNTS, 5),
    "predict, each": lambda posterior: predict(posterior, COUNTS, [5] * len(COUNTS)),
    "predict, unseen": lambda posterior: posterior.predict(None, 5),
    "evaluate": lambda posterior: evaluate(posterior, COUNTS, COUNTS),
    "leave_one_out": lambda posterior: leave_one_out(posterior, COUNTS),
    "leave_one_out, no pit": lambda posterior: posterior.leave_one_out(COUNTS, pit=False),
    "predictive_checks": lambda posterior: predictive_checks(posterior, COUNTS, key=KEY, n_draws=8),
    "theta_draws": lambda posterior: theta_draws(posterior, COUNTS, key=KEY, n_draws=8),
    "to_arviz": lambda posterior: posterior.to_arviz(COUNTS, n_draws=8),
}


@pytest.mark.parametrize("made", POSTERIORS)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_a_question_about_students_is_refused(question, made):
    with pytest.raises(ValueError, match=SAID.format(made)):
        question(replace(POSTERIORS[made](), has_family_students=False))


@pytest.mark.slow
@pytest.mark.parametrize("made", POSTERIORS)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_it_is_answered_for_draws_of_which_nothing_is_said(question, made):
    """Draws that a user made, or that a program without students of its own gave."""
    assert question(POSTERIORS[made]()) is not None


def test_predictive_pmf_is_refused():
    with pytest.raises(ValueError, match=SAID.format("beta_binomials")):
        predictive_pmf(replace(one_beta(), has_family_students=False), 1, 2, 3)


def test_a_file_of_all_students_is_refused_before_it_is_written(tmp_path):
    source, target = tmp_path / "source.parquet", tmp_path / "target.parquet"
    pl.DataFrame({"k": COUNTS.k, "n": COUNTS.n}).write_parquet(source)
    with pytest.raises(ValueError, match=SAID.format("beta_binomials")):
        write_students(replace(one_beta(), has_family_students=False), COUNTS, source, target)
    assert not target.exists()


OF_FAMILY = {
    "explicit": explicit(box()),
    "marginal": marginal(box()),
    "aggregated": aggregated(box()),
    "aggregated mixture": aggregated(MIXTURE),
    "marginal mixture": marginal(MIXTURE),
    "by hand": classroom(beta_binomials.marginal_student, box()),
    "masked": classroom(masked(beta_binomials.marginal_student), box()),
    "masked explicit": classroom(masked(beta_binomials.explicit_student), box()),
    "known": classroom(known(beta_binomials.explicit_student, "log_odds"), box()),
    "masked and known": classroom(masked(known(beta_binomials.explicit_student, "log_odds")), box()),
    "marginalised": classroom(marginalised(beta_binomials.explicit_student, "log_odds"), box()),
    "recovered": classroom(recovered(beta_binomials.explicit_student, "log_odds"), box()),
    "said": classroom(copied_student, box(), has_family_students=True),
}
OF_ANOTHER = {
    "guessing": classroom(guessing_student, box()),
    "not said": classroom(copied_student, box()),
    "masked": classroom(masked(guessing_student), box()),
    "another choice": classroom(marginalised(two_weeks, "log_odds"), box()),
    "another family": classroom(gamma_poissons.marginal_student, box()),
    "its one kind": classroom(beta_binomials.marginal_student, MIXTURE),
}


@pytest.mark.parametrize("model", OF_FAMILY.values(), ids=OF_FAMILY)
def test_a_student_made_of_the_familys_is_known_as_one(model):
    assert model.has_family_students
    assert pickled(model).has_family_students


@pytest.mark.parametrize("model", OF_ANOTHER.values(), ids=OF_ANOTHER)
def test_a_student_of_another_program_is_not_of_the_family(model):
    assert not model.has_family_students
    assert not pickled(model).has_family_students


def pickled(model: Any) -> Any:
    """A copy by pickle; the model itself, where a wrapper of a student has no name by which it is found."""
    try:
        return pickle.loads(pickle.dumps(model))
    except (pickle.PicklingError, AttributeError):
        return model


PRIOR = mean_concentration()
ALGORITHMS = {
    "importance": lambda model: importance(model, COUNTS, key=KEY, n_particles=50),
    "importance, observed": lambda model: importance(
        model, COUNTS, key=KEY, n_particles=50, observed={"students": {"k": np.zeros(len(COUNTS))}}
    ),
    "mcmc": lambda model: mcmc(model, COUNTS, key=KEY, n_chains=2, n_warmup=10, n_draws=10),
    "smc": lambda model: smc(model, COUNTS, key=KEY, n_particles=20, n_islands=2),
    "vi": lambda model: vi(model, COUNTS, key=KEY, n_draws=100, n_steps=10),
}


@pytest.mark.costly
@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
def test_every_algorithm_says_whose_students_it_learned_from(algorithm):
    learned = algorithm(classroom(guessing_student, PRIOR))
    assert np.isfinite(learned.mean("mu"))
    with pytest.raises(ValueError, match=SAID.format("beta_binomials")):
        learned.shrinkage(COUNTS)
    with pytest.raises(ValueError, match="students of its own"):
        learned.with_more(COUNTS)
    with pytest.raises(ValueError, match=SAID.format("beta_binomials")):
        pickled(learned).shrinkage(COUNTS)


@pytest.mark.costly
def test_what_is_said_of_a_student_is_believed():
    """A copy of the family's student has its law, and so its answers."""
    own = importance(classroom(copied_student, PRIOR, has_family_students=True), COUNTS, key=KEY, n_particles=2_000)
    family = importance(marginal(PRIOR), COUNTS, key=KEY, n_particles=2_000)
    np.testing.assert_allclose(own.shrinkage(COUNTS)["mean"], family.shrinkage(COUNTS)["mean"], rtol=1e-4)


def test_the_population_may_be_asked_about():
    posterior = replace(one_beta(), has_family_students=False)
    assert posterior.mean("mu") == pytest.approx(0.4)
    assert posterior.plug_in() == pytest.approx((2.0, 3.0))
    assert posterior.summary()["mean"][0] == 2.0
