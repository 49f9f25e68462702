"""Next counts in any family: one Beta in disguise, closed forms of known populations, and groups that were not seen."""

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import betabinom, nbinom

from inference import predict, predictive_pmf
from inference.questions.any_family.predict import DRAWS
from models import Categories, Counts, Events, dirichlet_multinomials, fixed, gamma_poissons
from tests.alike import COUNTS, DISGUISED, both
from tests.families import CASES, FAILURES, MARBLES, known

NEXT = [10, 0, 3, 4, 10, 10, 4, 7]  # of the groups of COUNTS, and the unseen one
TOLERANCE = 5 * np.sqrt(0.05 * 0.95 / DRAWS)  # in probability: five standard errors of the draws


def assert_reached(law, x: np.ndarray, q: float) -> None:
    """x is the smallest count at which the distribution function reaches q, up to the error of the draws."""
    assert np.all(law.cdf(x) >= q - TOLERANCE)
    assert np.all(law.cdf(x - 1) < q + TOLERANCE)


@pytest.mark.costly
@pytest.mark.parametrize("hyperprior", DISGUISED.values(), ids=list(DISGUISED))
def test_one_beta_in_disguise(hyperprior):
    disguised, one = both(hyperprior)
    unseen = None if hyperprior.is_shared else Counts([0], [0])
    found, expected = predict(disguised, COUNTS, NEXT, unseen=unseen), predict(one, COUNTS, NEXT)
    ends = ["low", "high"]
    expected = expected.drop("interval_error")  # of what is integrated; the ends of another population are drawn
    assert_frame_equal(found.drop(ends), expected.drop(ends), abs_tol=1e-10, rel_tol=1e-10)
    assert found.columns == expected.columns
    for end in ends:
        # Counts of up to 10: a probability within the error of the draws moves an end by one at most.
        assert (found[end] - expected[end]).abs().max() <= 1


@pytest.mark.costly
def test_events_of_a_known_population():
    shape, rate, following = 2.0, 3.0, 12.5
    table = predict(known(fixed(shape, rate, family=gamma_poissons)), FAILURES, following, interval=0.9)
    k, exposure = np.append(FAILURES.k, 0), np.append(FAILURES.exposure, 0.0)
    law = nbinom(shape + k, (rate + exposure) / (rate + exposure + following))
    np.testing.assert_allclose(table["mean"], law.mean(), rtol=1e-10)
    np.testing.assert_allclose(table["sd"], law.std(), rtol=1e-10)
    np.testing.assert_allclose(table["none"], law.pmf(0), rtol=1e-10)
    assert_reached(law, table["low"].to_numpy(), 0.05)
    assert_reached(law, table["high"].to_numpy(), 0.95)
    assert table["name"][10] == "(unseen)"
    assert table.columns[:4] == ["name", "k", "exposure", "exposure_next"]


@pytest.mark.costly
def test_categories_of_a_known_population():
    alpha, n = np.array([1.0, 2.0, 0.5]), 12
    table = predict(known(fixed(alpha.tolist(), family=dirichlet_multinomials)), MARBLES, n)
    after = np.concatenate([alpha + MARBLES.k, alpha[None]])
    law = betabinom(n, after.ravel(), (after.sum(axis=1, keepdims=True) - after).ravel())
    np.testing.assert_allclose(table["mean"], law.mean(), rtol=1e-10)
    np.testing.assert_allclose(table["sd"], law.std(), rtol=1e-8)
    np.testing.assert_allclose(table["none"], law.pmf(0), rtol=1e-8)
    assert_reached(law, table["low"].to_numpy(), 0.05)
    assert_reached(law, table["high"].to_numpy(), 0.95)
    assert table["name"].to_list()[-3:] == ["(unseen)"] * 3
    assert table["category"].to_list() == ["red", "green", "blue"] * 5


@pytest.fixture(scope="module")
def two_schools():
    """A known school of two classrooms, b better than a."""
    return known(
        CASES["school"].hyperprior,
        m=[0.5, 0.5],
        t=[2.0, 3.0],
        l=[2.0, 2.5],
        s=[0.5, 0.5],
        eta=[[-1.0, 1.0], [-0.5, 1.5]],
        z=[[0.0, 0.5], [1.0, 0.0]],
    )


@pytest.mark.costly
def test_an_unseen_group_has_the_population_of_its_covariates(two_schools):
    counts = CASES["school"].counts
    # The code of "b" is 1, although it is the only value in `unseen`.
    table = predict(two_schools, counts, 10, unseen=Counts([0], [0], covariates={"c": ["b"]}))
    eta, lam = np.array([1.0, 1.5]), np.exp([2.0 + 0.5 * 0.5, 2.5])
    expected = 10 * np.mean(1 / (1 + np.exp(-eta)))
    assert table["mean"][6] == pytest.approx(expected, rel=1e-10)
    law = [betabinom(10, l / (1 + np.exp(-e)), l / (1 + np.exp(e))) for l, e in zip(lam, eta, strict=True)]  # noqa: E741
    assert table["none"][6] == pytest.approx(np.mean([one.pmf(0) for one in law]), rel=1e-9)


def test_an_unseen_group_of_which_nothing_is_known_is_refused(two_schools):
    counts = CASES["school"].counts
    with pytest.raises(TypeError, match="unseen=Counts"):
        predict(two_schools, counts, 10)
    with pytest.raises(TypeError, match=r"covariate 'c' of the unseen group is 'z'.*'a', 'b'"):
        predict(two_schools, counts, 10, unseen=Counts([0], [0], covariates={"c": ["z"]}))
    with pytest.raises(TypeError, match="give their counts too"):
        predict(two_schools, None, 10, unseen=Counts([0], [0], covariates={"c": ["b"]}))
    with pytest.raises(ValueError, match="one group without data"):
        predict(two_schools, counts, 10, unseen=Counts([1], [1], covariates={"c": ["b"]}))
    with pytest.raises(ValueError, match="one group without data"):
        predict(two_schools, counts, 10, unseen=Counts([0, 0], [0, 0], covariates={"c": ["b", "a"]}))
    with pytest.raises(TypeError, match=r"unseen=Categories\("):
        predict(known(fixed([1.0, 2.0], family=dirichlet_multinomials)), None, 3)


@pytest.mark.costly
def test_an_unseen_group_alone():
    posterior = known(fixed(2.0, 3.0, family=gamma_poissons))
    assert predict(posterior, None, 5.0)["mean"].to_list() == [pytest.approx(10 / 3, rel=1e-12)]
    bag = known(fixed([1.0, 2.0], family=dirichlet_multinomials))
    table = predict(bag, None, 3, unseen=Categories([[0, 0]], categories=["red", "green"]))
    assert table["category"].to_list() == ["red", "green"]
    np.testing.assert_allclose(table["mean"], [1, 2], rtol=1e-12)


def test_what_is_asked_is_checked():
    posterior = known(fixed(2.0, 3.0, family=gamma_poissons))
    for n in (-1.0, np.inf, [1.0], "x"):
        with pytest.raises(ValueError, match="n must be"):
            predict(posterior, FAILURES, n)
    with pytest.raises(ValueError, match="whole numbers"):
        predict(both(DISGUISED["one kind"])[0], COUNTS, 2.5)
    with pytest.raises(TypeError, match="observed as Events, not as Counts"):
        predict(posterior, COUNTS, 1)
    with pytest.raises(TypeError, match=r"predictive_pmf needs one Beta.*use predict"):
        predictive_pmf(posterior, 1, 2, 3)
    one = both(DISGUISED["one kind"])[1]
    with pytest.raises(TypeError, match="observed as Counts, not as Events"):
        predict(one, None, 1, unseen=Events([0], [0.0]))
