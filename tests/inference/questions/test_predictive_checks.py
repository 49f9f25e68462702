"""Replicated groups: closed forms where they exist, and populations of the wrong shape are detected."""

from importlib import import_module

import jax
import numpy as np
import pytest

from inference import Posterior, exact, predictive_checks
from inference.questions.predictive_checks import STATISTICS
from models import Counts, box, mean_concentration

module = import_module("inference.questions.predictive_checks")  # the package's own name is its function
KEY = jax.random.key(0)


def population(a: float, b: float, draws: int = 2_000) -> Posterior:
    """The posterior of a known population."""
    return Posterior.from_weights(box(), {"a": np.full(draws, a), "b": np.full(draws, b)}, np.zeros(draws))


def row(found, kind: str, statistic: str) -> dict:
    return found.table.filter(kind=kind, statistic=statistic).row(0, named=True)


@pytest.mark.costly
def test_one_trial_each_is_a_coin():
    # Given one population, rates of one trial are 0 or 1: the largest of three is 1 unless all are 0.
    counts, mu = Counts([1, 0, 0], [1, 1, 1]), 0.3
    found = predictive_checks(population(3.0, 7.0), counts, key=KEY)
    chance = 1 - (1 - mu) ** 3
    new = row(found, "new groups", "max")
    assert new["observed"] == 1
    assert new["mean"] == pytest.approx(chance, abs=4 * new["mean_error"])
    assert new["mean_error"] == pytest.approx(np.sqrt(chance * (1 - chance) / 2_000), rel=0.1)
    assert new["p_value"] == pytest.approx(chance / 2, abs=4 * new["p_error"])
    same = row(found, "same groups", "min")
    rates = (3 + counts.k) / 11
    assert same["p_value"] == pytest.approx(np.prod(rates) + (1 - np.prod(rates)) / 2, abs=4 * same["p_error"])


@pytest.mark.costly
def test_means_are_those_of_the_posterior(six):
    truth = exact(mean_concentration(), six)
    found = truth.predictive_checks(six, key=KEY)
    new, same = (row(found, kind, "mean") for kind in ("new groups", "same groups"))
    assert new["mean"] == pytest.approx(truth.mean("mu"), abs=4 * new["mean_error"])
    assert same["mean"] == pytest.approx(truth.shrinkage(six)["mean"].mean(), abs=4 * same["mean_error"])


@pytest.mark.costly
def test_draws_with_weights_agree_with_the_exact_posterior(six, learned):
    known = predictive_checks(exact(mean_concentration(), six), six, key=KEY).table
    found = predictive_checks(learned("A", "mean_concentration"), six, key=KEY).table
    for value, error in (("mean", "mean_error"), ("p_value", "p_error")):
        assert ((found[value] - known[value]).abs() < 4 * np.hypot(found[error], known[error])).all()


def test_new_groups_see_a_shape_that_the_same_groups_hide():
    # The rates are low or high, but the box contains no U-shaped population. Each group has so many trials that its own
    # count determines its rate.
    counts = Counts([50, 60, 40, 350, 340, 360], [400] * 6)
    found = predictive_checks(exact(box(2.0, 20.0), counts), counts, key=KEY)
    new, same = (row(found, kind, "sd") for kind in ("new groups", "same groups"))
    assert new["p_value"] < 0.01
    assert new["p_value"] < same["p_value"] - 4 * same["p_error"]
    fits = predictive_checks(exact(mean_concentration(), counts), counts, key=KEY)
    assert 0.01 < row(fits, "new groups", "sd")["p_value"] < 0.99


@pytest.mark.parametrize("interval", [0.9, 0.5])
def test_the_table_summarises_the_replicates(six, interval):
    found = predictive_checks(exact(mean_concentration(), six), six, key=KEY, interval=interval)
    below, above = (1 - interval) / 2, (1 + interval) / 2
    assert found.table["statistic"].to_list() == 2 * list(STATISTICS)
    for kind, replicates in (("same groups", found.same_groups), ("new groups", found.new_groups)):
        for name in STATISTICS:
            entry, values = row(found, kind, name), replicates[name].to_numpy()
            assert entry["mean"] == pytest.approx(found.weights @ values, rel=1e-12)
            assert entry["sd"] == pytest.approx(values.std(), rel=1e-9)
            assert np.mean(values <= entry["low"]) >= below > np.mean(values < entry["low"])
            assert np.mean(values <= entry["high"]) >= above > np.mean(values < entry["high"])
    np.testing.assert_allclose(found.weights.sum(), 1)
    rates = six.k / six.n
    expected = [rates.min(), rates.max(), rates.mean(), rates.std()]
    np.testing.assert_allclose(found.table["observed"][:4], expected, rtol=1e-12)


def test_one_group_has_no_spread_and_no_error_hides_what_no_replicate_showed():
    found = predictive_checks(population(2_000.0, 2_000.0), Counts([0], [40]), key=KEY)
    for kind in ("same groups", "new groups"):
        assert row(found, kind, "sd")["p_value"] == 0.5  # it is always 0, as observed
        largest = row(found, kind, "max")
        assert largest["p_value"] == 1
        assert largest["p_error"] == pytest.approx(1 / 2_000, rel=1e-9)


def test_groups_without_trials_and_rows_that_stand_for_several(six):
    truth = exact(mean_concentration(), six)
    plain = predictive_checks(truth, six, key=KEY).table
    unseen = Counts([*six.k, 0], [*six.n, 0])
    assert predictive_checks(truth, unseen, key=KEY).table.equals(plain)
    merged, written_out = Counts([3, 1], [5, 4], multiplicity=[1, 5]), Counts([3, *[1] * 5], [5, *[4] * 5])
    tables = [predictive_checks(truth, counts, key=KEY).table for counts in (merged, written_out)]
    assert tables[0].equals(tables[1])


def test_batches_make_no_difference_but_chance(six, monkeypatch):
    truth = exact(mean_concentration(), six)
    whole = predictive_checks(truth, six, key=KEY).table
    monkeypatch.setattr(module, "HELD_AT_ONCE", 6 * 750)  # three batches, of which the last is short
    batched = predictive_checks(truth, six, key=KEY)
    assert len(batched.new_groups) == 2_000
    for value, error in (("mean", "mean_error"), ("p_value", "p_error")):
        assert ((batched.table[value] - whole[value]).abs() < 4 * np.hypot(batched.table[error], whole[error])).all()
    same_population = predictive_checks(population(3.0, 7.0), six, key=KEY).new_groups["mean"].to_numpy()
    assert not np.array_equal(same_population[:750], same_population[750:1_500])


def test_nothing_to_compare_is_refused(six):
    truth = exact(mean_concentration(), six)
    with pytest.raises(ValueError, match="no group has trials"):
        predictive_checks(truth, Counts([0], [0]), key=KEY)
    with pytest.raises(ValueError, match="n_draws"):
        predictive_checks(truth, six, key=KEY, n_draws=0)
    with pytest.raises(ValueError, match="interval must lie strictly between 0 and 1"):
        predictive_checks(truth, six, key=KEY, interval=1.0)
