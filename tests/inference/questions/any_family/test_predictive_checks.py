"""Replicated rates in any family: closed forms of populations that are known."""

import jax
import numpy as np
import pytest

from inference import predictive_checks
from models import Categories, Counts, Events, dirichlet_multinomials, fixed, gamma_poissons
from tests.alike import COUNTS, DISGUISED, both
from tests.families import CASES, FAILURES, MARBLES, known

KEY = jax.random.key(0)


def row(found, kind: str, statistic: str) -> dict:
    return found.table.filter(kind=kind, statistic=statistic).row(0, named=True)


def assert_mean(found, kind: str, expected: float) -> None:
    mean = row(found, kind, "mean")
    assert abs(mean["mean"] - expected) < 4.5 * mean["mean_error"]


@pytest.mark.costly
@pytest.mark.parametrize("hyperprior", DISGUISED.values(), ids=list(DISGUISED))
def test_one_beta_in_disguise(hyperprior):
    disguised, one = both(hyperprior, draws=2_000)
    found, expected = (predictive_checks(posterior, COUNTS, key=KEY).table for posterior in (disguised, one))
    assert found["observed"].to_list() == pytest.approx(expected["observed"].to_list(), abs=1e-12)
    for name, error in (("mean", "mean_error"), ("p_value", "p_error")):
        assert ((found[name] - expected[name]).abs() < 4.5 * np.hypot(found[error], expected[error])).all()


def test_events_of_a_known_population():
    shape, rate = 2.0, 3.0
    found = predictive_checks(known(fixed(shape, rate, family=gamma_poissons)), FAILURES, key=KEY)
    assert_mean(found, "new groups", shape / rate)
    assert_mean(found, "same groups", np.mean((shape + FAILURES.k) / (rate + FAILURES.exposure)))
    assert len(found.new_groups) == len(found.weights) == 2_000
    assert row(found, "new groups", "max")["observed"] == np.max(FAILURES.k / FAILURES.exposure)


@pytest.mark.costly
def test_one_category_of_a_known_population():
    alpha = np.array([1.0, 2.0, 0.5])
    posterior = known(fixed(alpha.tolist(), family=dirichlet_multinomials))
    found = predictive_checks(posterior, MARBLES, key=KEY, category="blue")
    assert_mean(found, "new groups", 0.5 / 3.5)
    assert_mean(found, "same groups", np.mean((0.5 + MARBLES.k[:, 2]) / (3.5 + MARBLES.n)))
    assert row(found, "same groups", "mean")["observed"] == pytest.approx(np.mean(MARBLES.k[:, 2] / MARBLES.n))


@pytest.mark.costly
def test_groups_that_stand_for_several_and_groups_without_data():
    posterior = known(fixed(2.0, 3.0, family=gamma_poissons))
    merged = Events([3, 0, 8], [2.0, 0.0, 4.0], multiplicity=[2, 1, 1])
    written_out = Events([3, 3, 8], [2.0, 2.0, 4.0])
    one, other = (predictive_checks(posterior, counts, key=KEY).table for counts in (merged, written_out))
    assert one.equals(other)
    with pytest.raises(ValueError, match="no group has trials"):
        predictive_checks(posterior, Events([0], [0.0]), key=KEY)


def test_which_category_must_be_known():
    posterior = known(fixed([1.0, 2.0, 0.5], family=dirichlet_multinomials))
    with pytest.raises(TypeError, match="say which one"):
        predictive_checks(posterior, MARBLES, key=KEY)
    with pytest.raises(KeyError, match="there is no category 'black'"):
        predictive_checks(posterior, MARBLES, key=KEY, category="black")
    one = both(DISGUISED["one kind"])[1]
    with pytest.raises(TypeError, match="leave it out"):
        predictive_checks(one, COUNTS, key=KEY, category="blue")
    with pytest.raises(TypeError, match="observed as Categories, not as Counts"):
        predictive_checks(posterior, Counts([1], [2]), key=KEY)
    assert isinstance(CASES["categories"].counts, Categories)
