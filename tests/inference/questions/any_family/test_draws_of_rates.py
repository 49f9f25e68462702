"""Joint draws, ranks and pairs of groups, and ArviZ's format, of any family."""

import jax
import numpy as np
import pytest
import xarray
from scipy.integrate import quad
from scipy.special import betainc
from scipy.stats import beta, dirichlet_multinomial, nbinom

from inference import Posterior, predicted_counts, prior_predictive, theta_draws
from models import Categories, Counts, Events, dirichlet_multinomials, fixed, gamma_poissons
from tests.families import CASES, FAILURES, MARBLES, PUMPS, known

GAMMAS = fixed(2.0, 3.0, family=gamma_poissons)
ALPHA = np.array([1.0, 2.0, 0.5])
SHARES = fixed(ALPHA, family=dirichlet_multinomials)
TWO_PUMPS = Events([5, 9], [10.0, 8.0])
TWO_BAGS = Categories([[5, 1, 2], [3, 4, 0]], categories=["red", "green", "blue"])
SIZE = 4_000


def repeated(hyperprior, size: int = SIZE) -> Posterior:
    """A posterior of equal draws of a known population, as algorithms return."""
    return Posterior.from_weights(hyperprior, {"mean": np.ones(size)}, np.zeros(size), status=np.zeros(size, int))


@pytest.mark.costly
def test_of_two_known_gammas_the_larger_is_known():
    """X / Y of gammas is a ratio of independent ones: P(X > Y) = P(Beta(s_Y, s_X) < r_Y / (r_X + r_Y))."""
    (sx, sy), (rx, ry) = 2.0 + TWO_PUMPS.k, 3.0 + TWO_PUMPS.exposure
    expected = betainc(sy, sx, ry / (rx + ry))
    posterior = repeated(GAMMAS)
    pair = posterior.pairwise(TWO_PUMPS).row(0, named=True)
    assert abs(pair["probability"] - expected) < 4.5 * np.sqrt(expected * (1 - expected) / SIZE)
    ranks = posterior.ranking(TWO_PUMPS)
    assert ranks.columns[:3] == ["name", "k", "exposure"]
    # The same key draws the same rates.
    assert ranks["best"][0] == ranks["worst"][1] == pytest.approx(pair["probability"], rel=1e-12)
    assert ranks["rank"][0] == pytest.approx(2 - pair["probability"], rel=1e-12)


@pytest.mark.costly
@pytest.mark.parametrize("category", TWO_BAGS.categories)
def test_of_two_known_dirichlets_the_larger_share_is_known(category):
    j = TWO_BAGS.categories.index(category)
    after = ALPHA + TWO_BAGS.k
    first, second = (beta(row[j], row.sum() - row[j]) for row in after)
    expected, _ = quad(lambda x: first.pdf(x) * second.cdf(x), 0, 1, epsabs=1e-8)
    pair = repeated(SHARES).pairwise(TWO_BAGS, category=category).row(0, named=True)
    assert abs(pair["probability"] - expected) < 4.5 * np.sqrt(expected * (1 - expected) / SIZE)
    ranks = repeated(SHARES).ranking(TWO_BAGS, category=category)
    assert ranks["category"].to_list() == [category] * 2
    assert ranks["k"].to_list() == TWO_BAGS.k[:, j].tolist()
    assert ranks["best"][0] == pytest.approx(pair["probability"], rel=1e-12)


def test_a_rank_among_several_shares_needs_their_category():
    posterior = repeated(SHARES, 2)
    for ask in (posterior.ranking, posterior.pairwise):
        with pytest.raises(TypeError, match="say which one this is about, such as category='red'"):
            ask(TWO_BAGS)
        with pytest.raises(KeyError, match="there is no category 'black'; there are 'red', 'green', 'blue'"):
            ask(TWO_BAGS, category="black")
        with pytest.raises(TypeError, match="observed as Categories, not as Events"):
            ask(TWO_PUMPS)
    with pytest.raises(TypeError, match="category is 'red', but Events have one rate a group"):
        repeated(GAMMAS, 2).ranking(TWO_PUMPS, category="red")


@pytest.mark.costly
def test_draws_of_shares_have_the_moments_of_the_table_and_add_up_to_1():
    posterior = repeated(SHARES, 10)
    drawn = theta_draws(posterior, MARBLES, key=jax.random.key(0), n_draws=SIZE)
    assert set(drawn) == {"mean", "log_shares", "theta"}
    theta = drawn["theta"]
    assert theta.shape == (SIZE, 4, 3)
    np.testing.assert_allclose(theta.sum(axis=2), 1.0, rtol=1e-5)
    table = posterior.shrinkage(MARBLES)
    mean, sd = (table[column].to_numpy().reshape(4, 3) for column in ("mean", "sd"))
    assert np.all(np.abs(theta.mean(axis=0) - mean) < 4.5 * sd / np.sqrt(SIZE))
    squares = (theta - mean) ** 2
    assert np.all(np.abs(squares.mean(axis=0) - sd**2) < 4.5 * squares.std(axis=0) / np.sqrt(SIZE))
    k = predicted_counts(drawn, np.full(4, 20), key=jax.random.key(1), family=SHARES.family)
    np.testing.assert_array_equal(k.sum(axis=2), 20)
    assert np.all(np.abs(k.mean(axis=0) - 20 * mean) < 4.5 * k.std(axis=0) / np.sqrt(SIZE))


@pytest.mark.costly
def test_draws_of_events_have_the_moments_of_the_table_and_their_counts_those_of_the_exposure():
    posterior = repeated(GAMMAS, 10)
    drawn = theta_draws(posterior, FAILURES, key=jax.random.key(0), n_draws=SIZE)
    table = posterior.shrinkage(FAILURES)
    mean, sd = table["mean"].to_numpy(), table["sd"].to_numpy()
    assert np.all(np.abs(drawn["theta"].mean(axis=0) - mean) < 4.5 * sd / np.sqrt(SIZE))
    exposure = np.linspace(0.5, 20.0, 10)
    k = predicted_counts(drawn, exposure, key=jax.random.key(1), family=gamma_poissons)
    law = nbinom(2.0 + FAILURES.k, (3.0 + FAILURES.exposure) / (3.0 + FAILURES.exposure + exposure))
    assert np.all(np.abs(k.mean(axis=0) - law.mean()) < 4.5 * law.std() / np.sqrt(SIZE))


@pytest.mark.costly
def test_prior_predictive_counts_of_a_school_are_those_of_its_classrooms():
    """With 0 trials or 1, E[k] = n E[theta]; the classroom means are exchangeable, with E[m] = 1/2."""
    hyperprior = CASES["school"].hyperprior
    counts = Counts([0, 0, 0], [1, 1, 0], covariates={"c": ["a", "b", "a"]})
    drawn = prior_predictive(hyperprior, counts, key=jax.random.key(3), n_draws=SIZE)
    assert drawn["eta"].shape == (len(drawn["k"]), 2)
    lost = 1 - len(drawn["k"]) / SIZE  # draws whose a or b floats cannot hold
    assert np.all(np.abs(drawn["k"][:, :2].mean(axis=0) - 0.5) < 4.5 * 0.5 / np.sqrt(SIZE) + lost)
    assert not drawn["k"][:, 2].any()


def school_posterior(size: int = 30) -> Posterior:
    hyperprior = CASES["school"].hyperprior
    rng = np.random.default_rng(0)
    draws = {name: rng.uniform(0.2, 0.8, (size, 2) if name in ("eta", "z") else size) for name in hyperprior.support}
    draws["t"] += 2.0
    return known(hyperprior, **draws)


@pytest.mark.costly
def test_arviz_has_the_shares_of_each_group_by_category():
    tree = repeated(SHARES, 10).to_arviz(MARBLES, n_draws=50)
    assert tree["posterior"]["theta"].dims == ("chain", "draw", "student", "category")
    assert tree["posterior"]["category"].values.tolist() == ["red", "green", "blue"]
    assert tree["posterior_predictive"]["k"].sum("category").values.tolist() == [[MARBLES.n.tolist()] * 50]
    assert tree["prior_predictive"]["k"].dims == ("chain", "draw", "student", "category")
    assert np.array_equal(tree["observed_data"]["k"], MARBLES.k)
    assert np.array_equal(tree["constant_data"]["n"], MARBLES.n)
    expected = dirichlet_multinomial(ALPHA, MARBLES.n).logpmf(MARBLES.k)
    np.testing.assert_allclose(tree["log_likelihood"]["k"].values, np.broadcast_to(expected, (1, 50, 4)), rtol=1e-9)


@pytest.mark.costly
def test_arviz_has_the_vectors_of_a_school_and_can_be_saved(tmp_path):
    counts = CASES["school"].counts
    tree = school_posterior().to_arviz(counts, n_draws=40)
    assert tree["posterior"]["eta"].dims == ("chain", "draw", "eta_dim_0")
    assert set(tree["prior"].data_vars) == set(CASES["school"].hyperprior.support)
    assert tree["posterior"]["theta"].sizes == {"chain": 1, "draw": 40, "student": 6}
    tree.to_netcdf(tmp_path / "school.nc", engine="h5netcdf")
    with xarray.open_datatree(tmp_path / "school.nc", engine="h5netcdf") as again:
        for group in tree.children:
            xarray.testing.assert_equal(again[group].to_dataset(), tree[group].to_dataset())


@pytest.mark.costly
def test_arviz_has_the_exposure_of_events_and_a_population_alone():
    posterior = known(PUMPS, m=[0.5, 1.0, 2.0], s=[1.0, 2.0, 3.0])
    tree = posterior.to_arviz(FAILURES, n_draws=30)
    assert np.array_equal(tree["constant_data"]["exposure"], FAILURES.exposure)
    m, s = (tree["posterior"][name].values[0, :, None].astype(np.float64) for name in ("m", "s"))
    expected = nbinom.logpmf(FAILURES.k, s, (s / m) / (s / m + FAILURES.exposure))
    np.testing.assert_allclose(tree["log_likelihood"]["k"].values[0], expected, rtol=1e-9)
    alone = posterior.to_arviz(n_draws=30)
    assert set(alone.children) == {"posterior", "prior"}
    assert {"m", "s"} <= set(alone["prior"].data_vars)
    with pytest.raises(TypeError, match="observed as Events, not as Categories"):
        posterior.to_arviz(MARBLES)
