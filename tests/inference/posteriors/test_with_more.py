"""Further counts: reweighed draws agree with what is learned from all counts, and the verdict says when they cannot."""

import pickle

import jax
import numpy as np
import pytest

from inference import conjugate_proposal, exact, importance, mcmc, normal_proposal, smc, vi
from models import (
    Categories,
    Counts,
    CountsError,
    Events,
    aggregated,
    classroom,
    explicit,
    fixed,
    marginal,
    mean_concentration,
)
from models.families.beta_binomial.students import marginal_student
from tests.families import CASES, learned_case

KEY = jax.random.key(0)
PRIOR = mean_concentration()
FIRST = Counts(k=[70, 28, 6, 3], n=[100, 40, 10, 5], names=["Alyssa", "Ben", "Carmen", "Diego"])
LATER = Counts(k=[4, 2, 0], n=[6, 2, 1], names=["Diego", "Emi", "Farid"])  # more of Diego, and two new students
BOTH = FIRST.joined(LATER)
N = 20_000


def proposed(model, counts, fitted=None):
    normal = vi(fitted or model, counts, key=KEY)
    return importance(
        model, counts, key=KEY, n_particles=N, proposal=normal_proposal(PRIOR), proposal_args=normal.proposal_args
    )


LEARNED = {
    "importance": lambda counts: importance(marginal(PRIOR), counts, key=KEY, n_particles=N),
    "aggregated": lambda counts: importance(aggregated(PRIOR), counts, key=KEY, n_particles=N),
    "conjugate": lambda counts: importance(
        explicit(PRIOR), counts, key=KEY, n_particles=N, proposal=conjugate_proposal(PRIOR)
    ),
    "proposed": lambda counts: proposed(marginal(PRIOR), counts),
    "mcmc": lambda counts: mcmc(marginal(PRIOR), counts, key=KEY),
    "smc": lambda counts: smc(marginal(PRIOR), counts, key=KEY),
    "vi": lambda counts: vi(marginal(PRIOR), counts, key=KEY),
}
HOW = [name if name == "importance" else pytest.param(name, marks=pytest.mark.slow) for name in LEARNED]


@pytest.mark.parametrize("how", HOW)
def test_reweighed_draws_agree_with_the_exact_posterior_of_all_counts(how):
    """Means and log Z within 4.5 of the standard errors that the reweighed posterior states."""
    truth = exact(PRIOR, BOTH)
    posterior = LEARNED[how](FIRST).with_more(LATER)
    # VI itself is not trusted here, and then nor are its draws with further weights; their numbers agree all the same.
    assert posterior.verdict.startswith("do not trust: before the further counts" if how == "vi" else "trust")
    assert posterior.learned_from.names == BOTH.names
    for name in ("mu", "lam", "a", "b"):
        assert abs(posterior.mean(name) - truth.mean(name)) < 4.5 * posterior.mean_error(name)
    if how == "mcmc":
        assert np.isnan(posterior.log_evidence)
    else:
        assert abs(posterior.log_evidence - truth.log_evidence) < 4.5 * posterior.log_evidence_error


def test_weights_from_the_hyperprior_are_those_of_all_counts():
    """The same particles, weighed twice or at once: the log weights differ by rounding, and so does log Z."""
    at_once, twice = (importance(marginal(PRIOR), counts, key=KEY, n_particles=2_000) for counts in (BOTH, FIRST))
    twice = twice.with_more(LATER)
    eps = float(np.finfo(np.float32).eps)
    scale = len(BOTH) * (20 + np.abs(at_once.log_weights))
    assert np.all(np.abs(at_once.log_weights - twice.log_weights) < 32 * eps * scale)
    assert twice.log_evidence == pytest.approx(at_once.log_evidence, abs=1e-4)
    assert twice.log_evidence_error == pytest.approx(at_once.log_evidence_error, rel=1e-3)
    assert twice.log_best_weight == pytest.approx(at_once.log_best_weight, abs=0.1)


def test_more_one_by_one_is_more_at_once():
    """The counts of a student may come in parts: a part is weighed given those before it."""
    first = importance(marginal(PRIOR), FIRST, key=KEY, n_particles=2_000)
    once, twice = first.with_more(LATER), first
    parts = [Counts([3], [4], names=["Diego"]), Counts([1], [2], names=["Diego"]), LATER.taken([1]), LATER.taken([2])]
    for part in parts:
        twice = twice.with_more(part)
    assert repr(twice.learned_from) == repr(once.learned_from) == repr(BOTH)
    np.testing.assert_allclose(once.log_weights, twice.log_weights, rtol=0, atol=1e-9)
    assert once.log_evidence == pytest.approx(twice.log_evidence, abs=1e-9)


def test_without_names_all_groups_are_new():
    unnamed = Counts(FIRST.k, FIRST.n)
    posterior = importance(marginal(PRIOR), unnamed, key=KEY, n_particles=2_000).with_more(Counts(LATER.k, LATER.n))
    assert len(posterior.learned_from) == 7


def test_an_exact_posterior_is_computed_anew():
    more, truth = exact(PRIOR, FIRST).with_more(LATER), exact(PRIOR, BOTH)
    assert more.mean("mu") == truth.mean("mu")
    assert more.log_evidence == truth.log_evidence


def test_a_known_population_stays_known():
    more = exact(fixed(6, 4), FIRST).with_more(LATER)
    assert more.log_evidence == pytest.approx(exact(fixed(6, 4), BOTH).log_evidence, abs=1e-10)
    assert (more.mean("a"), more.mean("b")) == (6, 4)


def test_the_verdict_says_when_the_draws_do_not_reach_the_new_posterior():
    """A thousand students like those of a narrow population leave few of the draws with any weight."""
    many = Counts(k=[62] * 1_000, n=[100] * 1_000)
    posterior = importance(marginal(PRIOR), FIRST, key=KEY, n_particles=2_000).with_more(many)
    assert posterior.verdict.startswith("do not trust")
    assert "learn the population anew from all counts" in posterior.verdict


MORE = {
    "mixture": Counts([5], [9]),
    "regression": Counts([5], [9], covariates={"x": [0.5]}),
    "school": Counts([5], [9], covariates={"c": ["b"]}),
    "events": Events([3], [10.0]),
    "categories": Categories([[1, 2, 3]], categories=CASES["categories"].counts.categories),
}


@pytest.mark.costly
@pytest.mark.parametrize("name", MORE)
def test_further_counts_of_any_family_weigh_like_all_counts_at_once(name):
    hyperprior, counts = CASES[name]
    more = MORE[name]
    both = counts + more
    at_once = importance(marginal(hyperprior), both, key=KEY, n_particles=4_000)
    twice = learned_case(name).with_more(more)
    kept = at_once.log_weights > -200
    eps = float(np.finfo(np.float32).eps)
    bound = 64 * eps * len(both) * (20 + np.abs(at_once.log_weights))
    assert np.all(np.abs(at_once.log_weights - twice.log_weights)[kept] < bound[kept])
    assert twice.log_evidence == pytest.approx(at_once.log_evidence, abs=1e-3)
    for parameter, expected in zip(twice.plug_in(), at_once.plug_in(), strict=True):
        assert np.shape(parameter) == np.shape(expected)  # a population for each group, the further ones too


@pytest.mark.costly
def test_what_cannot_be_added_is_refused():
    posterior = importance(marginal(PRIOR), FIRST, key=KEY, n_particles=2_000)
    with pytest.raises(TypeError, match="observed as Counts, not as Events"):
        posterior.with_more(Events([1], [2.0]))
    by_hand = importance(
        marginal(PRIOR), FIRST, key=KEY, n_particles=2_000, observed={"students": {"k": FIRST.k - 1.0}}
    )
    own = importance(classroom(marginal_student, PRIOR), FIRST, key=KEY, n_particles=2_000)
    for other in (by_hand, own):
        with pytest.raises(ValueError, match="further counts cannot be added"):
            other.with_more(LATER)
    regression = learned_case("regression")
    with pytest.raises((CountsError, KeyError), match="covariate"):
        regression.with_more(Counts([1], [2]))


@pytest.mark.costly
@pytest.mark.parametrize("form", [marginal, aggregated, explicit], ids=["marginal", "aggregated", "explicit"])
def test_a_proposal_that_was_fitted_is_fitted_anew(form):
    """A thousand further students leave no weight to draws from a normal of the first four; they are not needed."""
    many = Counts(k=[62] * 1_000, n=[100] * 1_000)
    few = form is explicit  # the rates of students are drawn from the prior, so that no class can be large
    more = LATER if few else many
    posterior = proposed(form(PRIOR), FIRST, marginal(PRIOR))
    copy = pickle.loads(pickle.dumps(posterior))
    after = posterior.with_more(more)
    truth = exact(PRIOR, FIRST).with_more(more)
    if not few:
        assert after.verdict.startswith("trust")
    assert len(after.log_weights) + after.weightless == N
    for name in ("mu", "lam"):
        assert abs(after.mean(name) - truth.mean(name)) < 4.5 * after.mean_error(name)
    assert abs(after.log_evidence - truth.log_evidence) < 4.5 * after.log_evidence_error
    np.testing.assert_array_equal(copy.with_more(more).log_weights, after.log_weights)


def test_more_without_trials_changes_nothing():
    posterior = importance(marginal(PRIOR), FIRST, key=KEY, n_particles=2_000)
    same = posterior.with_more(Counts([0], [0], names=["Ben"]))
    np.testing.assert_array_equal(same.log_weights, posterior.log_weights)
    assert same.log_evidence == posterior.log_evidence
