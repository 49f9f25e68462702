"""Later counts predicted in any family: one Beta in disguise, and closed forms of populations that are known."""

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import dirichlet_multinomial, nbinom

from inference import Posterior, evaluate
from models import Categories, Counts, Events, dirichlet_multinomials, fixed, gamma_poissons, mixture
from tests.alike import COUNTS, DISGUISED, both
from tests.families import CASES, FAILURES, MARBLES, PUMPS, known


@pytest.mark.parametrize("hyperprior", DISGUISED.values(), ids=list(DISGUISED))
@pytest.mark.costly
def test_one_beta_in_disguise(hyperprior):
    disguised, one = both(hyperprior)
    later = Counts([40, 12, 9, 0, 1, 2, 1], [60, 40, 10, 3, 1, 8, 4], multiplicity=COUNTS.multiplicity)
    for found, expected in zip(evaluate(disguised, COUNTS, later), evaluate(one, COUNTS, later), strict=True):
        assert_frame_equal(found, expected, abs_tol=1e-10, rel_tol=1e-10)


def test_events_of_a_known_population():
    shape, rate = 2.0, 3.0
    first, later = Events([3, 0, 7], [2.0, 0.0, 5.0]), Events([1, 2, 9], [1.0, 4.0, 4.0])
    found = evaluate(known(fixed(shape, rate, family=gamma_poissons)), first, later)

    def log_p(shape, rate):
        return nbinom.logpmf(later.k, shape, rate / (rate + later.exposure))

    groups = found.groups
    np.testing.assert_allclose(groups["partial"], log_p(shape + first.k, rate + first.exposure), rtol=1e-12)
    np.testing.assert_allclose(groups["complete"], log_p(0.5 + 10, 7.0), rtol=1e-12)
    np.testing.assert_allclose(groups["complete_rate"], [10.5 / 7] * 3, rtol=1e-12)
    np.testing.assert_allclose(groups["partial_rate"], (shape + first.k) / (rate + first.exposure), rtol=1e-12)
    # Gamma(1/2, 0) without an exposure is no distribution.
    assert groups["none"][1] is None
    assert groups["none_rate"][1] is None
    expected = [nbinom.logpmf(1, 3.5, 2 / 3), nbinom.logpmf(9, 7.5, 5 / 9)]
    np.testing.assert_allclose([groups["none"][0], groups["none"][2]], expected, rtol=1e-12)
    summary = found.summary.filter(pooling="none").row(0, named=True)
    assert summary["log_predictive"] is None
    off = np.array([3.5 / 2 - 1.0, 7.5 / 5 - 9 / 4])
    assert summary["rmse"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-12)
    assert {"exposure", "exposure_later"} <= set(groups.columns)


def test_no_pooling_knows_of_no_kinds():
    # Gamma(1/2, 0) cannot weigh kinds, since it has no probability of k; each group has one kind then.
    several = fixed([0.0, 1.0], [2.0, 5.0], [3.0, 1.0], family=mixture(gamma_poissons, 2))
    one = fixed(2.0, 3.0, family=gamma_poissons)
    of_several, of_one = (evaluate(known(hyperprior), FAILURES, FAILURES).groups for hyperprior in (several, one))
    for name in ("none", "none_rate", "complete", "complete_rate"):
        assert of_several[name].to_list() == of_one[name].to_list()
        assert of_several[name].is_finite().all()
    shapes, rates, weights = np.array([2.0, 5.0]), np.array([3.0, 1.0]), np.array([1.0, np.e])

    def pmf(k, exposure, shapes, rates):
        return nbinom.pmf(np.reshape(k, (-1, 1)), shapes, rates / (rates + np.reshape(exposure, (-1, 1))))

    k, exposure = FAILURES.k[:, None], FAILURES.exposure[:, None]
    first = weights * pmf(k, exposure, shapes, rates)
    p = (first * pmf(k, exposure, shapes + k, rates + exposure)).sum(axis=1) / first.sum(axis=1)
    np.testing.assert_allclose(of_several["partial"], np.log(p), rtol=1e-9)


def test_categories_of_a_known_population():
    alpha = np.array([1.0, 2.0, 0.5])
    later = Categories([[1, 0, 2], [3, 3, 3], [0, 1, 0], [0, 0, 1]], categories=MARBLES.categories)
    found = evaluate(known(fixed(alpha.tolist(), family=dirichlet_multinomials)), MARBLES, later)

    def log_p(alphas):
        return [dirichlet_multinomial.logpmf(k, a, k.sum()) for k, a in zip(later.k, alphas, strict=True)]

    total = MARBLES.k.sum(axis=0)
    np.testing.assert_allclose(found.groups["partial"], log_p(alpha + MARBLES.k), rtol=1e-10)
    np.testing.assert_allclose(found.groups["none"], log_p(1 + MARBLES.k), rtol=1e-10)
    np.testing.assert_allclose(found.groups["complete"], log_p([1 + total] * 4), rtol=1e-10)
    rate = (alpha + MARBLES.k) / (alpha.sum() + MARBLES.n[:, None])
    np.testing.assert_allclose(found.groups["partial_rate[blue]"], rate[:, 2], rtol=1e-12)
    rmse = found.summary.filter(pooling="partial")["rmse"][0]
    assert rmse == pytest.approx(np.sqrt(np.mean((rate - later.k / later.n[:, None]) ** 2)), rel=1e-12)


def test_the_error_of_the_rmse_is_what_other_draws_would_change():
    rng, size, resamples = np.random.default_rng(0), 300, 400
    mean, shape = rng.gamma(4.0, 0.2, size), rng.gamma(2.0, 1.0, size) + 0.1
    posterior = Posterior.from_weights(PUMPS, {"m": mean, "s": shape}, np.zeros(size), status=np.zeros(size, int))
    later = FAILURES.with_counts(FAILURES.k[::-1])
    found = evaluate(posterior, FAILURES, later).summary.filter(pooling="partial").row(0, named=True)
    rates = (shape[:, None] + FAILURES.k) / ((shape / mean)[:, None] + FAILURES.exposure)
    resampled = rates[rng.integers(0, size, (resamples, size))].mean(axis=1)
    rmse = np.sqrt(np.mean((resampled - later.k / later.exposure) ** 2, axis=1))
    # The sd from a bootstrap has itself a relative standard error of 1 / sqrt(2 resamples).
    assert found["rmse_error"] == pytest.approx(rmse.std(), rel=4 / np.sqrt(2 * resamples))


def test_other_groups_are_refused():
    posterior = known(fixed([1.0, 2.0, 0.5], family=dirichlet_multinomials))
    with pytest.raises(ValueError, match="later counts must have the names"):
        posterior.evaluate(MARBLES, MARBLES.taken([0, 1]))
    with pytest.raises(ValueError, match="categories of the first"):
        posterior.evaluate(MARBLES, Categories(MARBLES.k, categories=["red", "green", "black"]))
    with pytest.raises(TypeError, match="observed as Categories, not as Counts"):
        posterior.evaluate(MARBLES, CASES["mixture"].counts)
