"""Text covariates of other groups stand for the populations that they stood for when the posterior was learned."""

from dataclasses import replace

import jax
import numpy as np
import pytest
import scipy.stats

from inference import Posterior, theta_draws
from models import Counts, CountsError
from tests.families import CASES, known, learned_case, school

KEY = jax.random.key(0)
DRAWS = 4_000
LEARNED_FROM = CASES["school"].counts  # of the classrooms a and b, with the codes 0 and 1
OF_B = Counts([0, 40], [0, 80], ["new", "tested"], covariates={"c": ["b", "b"]})  # alone, b would have the code 0
RATES = scipy.stats.beta([9.0, 9.0 + 40], [1.0, 1.0 + 40])


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    """Rates are Beta(1, 9) in classroom a, and Beta(9, 1) in b."""
    one = {"m": 0.5, "t": 2.0, "l": np.log(10), "s": 1.0, "eta": [-np.log(9), np.log(9)], "z": [0.0, 0.0]}
    draws = {name: np.repeat(np.asarray(value)[None], DRAWS, axis=0) for name, value in one.items()}
    return replace(known(school(2), **draws), learned_from=LEARNED_FROM, has_own_likelihood=True)


def is_mean(values: np.ndarray, expected: np.ndarray) -> bool:
    """Whether means over the first axis are the expected ones, within 4.5 standard errors and 1e-9."""
    return bool(np.all(np.abs(values.mean(axis=0) - expected) < 1e-9 + 4.5 * values.std(axis=0) / np.sqrt(len(values))))


def test_codes_become_those_of_the_groups_that_were_learned_from(posterior):
    found = posterior.as_learned(OF_B)
    assert found.covariates["c"].tolist() == [1, 1]
    assert found.levels == {"c": ("a", "b")}
    assert posterior.as_learned(found) is found
    assert posterior.as_learned(LEARNED_FROM) is LEARNED_FROM
    as_codes = posterior.as_learned(Counts(OF_B.k, OF_B.n, OF_B.names, covariates={"c": [1, 1]}))
    assert as_codes.covariates["c"].tolist() == [1, 1]
    assert as_codes.levels == {"c": ("a", "b")}


@pytest.mark.costly
def test_shrinkage_is_that_of_the_groups_own_population(posterior):
    table = posterior.shrinkage(OF_B)
    np.testing.assert_allclose(table["mean"], RATES.mean(), rtol=1e-9)
    np.testing.assert_allclose(table["plug_in"], RATES.mean(), rtol=1e-9)
    np.testing.assert_allclose(table["low"], RATES.ppf(0.05), rtol=1e-6)
    np.testing.assert_allclose(posterior.above(OF_B, 0.5)["probability"], RATES.sf(0.5), rtol=1e-9)


@pytest.mark.costly
def test_rates_and_ranks_are_drawn_from_the_groups_own_population(posterior):
    theta = theta_draws(posterior, OF_B, key=KEY, n_draws=DRAWS)["theta"].astype(np.float64)
    assert is_mean(theta, RATES.mean())
    pairs = np.random.default_rng(0).beta(*RATES.args, (100_000, 2))
    is_larger = pairs[:, 0] > pairs[:, 1]
    for table, column in ((posterior.pairwise(OF_B), "probability"), (posterior.ranking(OF_B), "best")):
        error = np.hypot(table[f"{column}_error"][0], is_larger.std() / np.sqrt(len(pairs)))
        assert abs(table[column][0] - is_larger.mean()) < 4.5 * error


@pytest.mark.costly
def test_next_counts_are_those_of_the_groups_own_population(posterior):
    law = scipy.stats.betabinom(7, *RATES.args)
    alone = posterior.predict(None, 7, unseen=Counts([0], [0], covariates={"c": ["b"]}))
    together = posterior.predict(OF_B, 7, unseen=Counts([0], [0], covariates={"c": ["a"]}))
    assert alone["mean"].to_list() == pytest.approx([6.3], rel=1e-9)
    np.testing.assert_allclose(together["mean"], [*law.mean(), 0.7], rtol=1e-9)


@pytest.mark.costly
def test_later_and_further_counts_are_weighed_in_the_groups_own_population(posterior):
    later = Counts([3, 1], [5, 2], OF_B.names, covariates=OF_B.covariates)  # by code: the code 0 is classroom a
    with_text = Counts(later.k, later.n, OF_B.names, covariates={"c": ["b", "b"]})
    groups = posterior.evaluate(OF_B, with_text).groups
    np.testing.assert_allclose(
        groups["partial"], scipy.stats.betabinom.logpmf(later.k, later.n, *RATES.args), rtol=1e-9
    )
    more = posterior.with_more(OF_B)
    of_b = scipy.stats.betabinom.logpmf(OF_B.k, OF_B.n, 9.0, 1.0).sum()
    assert more.log_evidence - posterior.log_evidence == pytest.approx(of_b, rel=1e-9)
    of_a = scipy.stats.betabinom.logpmf(later.k, later.n, 1.0, 9.0).sum()
    assert posterior.with_more(later).log_evidence - posterior.log_evidence == pytest.approx(of_a, rel=1e-9)


@pytest.mark.costly
def test_groups_are_left_out_of_their_own_population(posterior):
    """The same groups, of which b has the code 0 where they are asked about alone."""
    rows = [1, 3, 5]
    of_b = Counts(LEARNED_FROM.k[rows], LEARNED_FROM.n[rows], covariates={"c": ["b"] * 3})
    expected = scipy.stats.betabinom.logpmf(of_b.k, of_b.n, 9.0, 1.0)
    np.testing.assert_allclose(posterior.leave_one_out(of_b)["log_predictive"], expected, rtol=1e-9, atol=1e-9)
    with pytest.raises(ValueError, match="learned from other counts, without 'tested'"):
        posterior.leave_one_out(OF_B)


@pytest.mark.slow
def test_replicates_are_made_in_the_groups_own_population(posterior):
    many = Counts([100] * 4, [1_000] * 4, covariates={"c": ["b"] * 4})
    checks = posterior.predictive_checks(many, key=KEY)
    (row,) = checks.table.filter(kind="new groups", statistic="mean").iter_rows(named=True)
    assert abs(row["mean"] - 0.9) < 4.5 * row["mean_error"]


@pytest.mark.slow
def test_arviz_gets_the_groups_own_population(posterior):
    tree = posterior.to_arviz(OF_B, n_draws=DRAWS)
    assert is_mean(np.asarray(tree["posterior"]["theta"], np.float64)[0], RATES.mean())


@pytest.mark.costly
def test_rows_of_one_classroom_are_those_of_the_whole_school():
    """Of a posterior that was learned: the table of b alone has the rows that b has in the whole table."""
    learned = learned_case("school")
    rows = [1, 3, 5]
    of_b = Counts(LEARNED_FROM.k[rows], LEARNED_FROM.n[rows], covariates={"c": ["b"] * 3})
    alone, whole = learned.shrinkage(of_b), learned.shrinkage(LEARNED_FROM)
    for name in ("mean", "plug_in", "sd", "low", "high"):
        np.testing.assert_allclose(alone[name], whole[name].to_numpy()[rows], rtol=1e-6)


REFUSED = {
    "another level": (["b", "d"], "the covariate c is 'd' here, which none of the data .* they have 'a', 'b'"),
    "no such code": ([1, 2], "row 2: the covariate c is 2, which is no code .* give one of 'a', 'b', or its place"),
    "negative": ([-1, 0], "row 1: the covariate c is -1, which is no code"),
    "half": ([0.5, 1.0], "row 1: the covariate c is 0.5, which is no code"),
}


@pytest.mark.parametrize(("values", "message"), REFUSED.values(), ids=REFUSED)
def test_what_stands_for_no_population_is_refused(posterior, values, message):
    counts = Counts([1, 2], [3, 4], covariates={"c": values})
    with pytest.raises(CountsError, match=message):
        posterior.as_learned(counts)
    for ask in (posterior.shrinkage, posterior.ranking, posterior.with_more, posterior.leave_one_out):
        with pytest.raises(CountsError, match=message):
            ask(counts)


def test_a_covariate_that_is_missing_or_text_for_numbers_is_refused(posterior):
    with pytest.raises(CountsError, match="the covariate c is missing"):
        posterior.shrinkage(Counts([1], [2]))
    regression = replace(
        known(CASES["regression"].hyperprior, b0=[0.0], b1=[1.0], lam=[5.0]), learned_from=CASES["regression"].counts
    )
    with pytest.raises(CountsError, match="the covariate x is text here, but not in the data that were learned from"):
        regression.shrinkage(Counts([1], [2], covariates={"x": ["high"]}))


def test_a_population_of_all_students_needs_no_covariates():
    shared = replace(known(CASES["mixture"].hyperprior), learned_from=LEARNED_FROM)
    counts = Counts([1], [2], covariates={"c": ["d"]})
    assert shared.as_learned(counts) is counts
