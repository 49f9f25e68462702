"""ArviZ's k-hat of weights, and posteriors in ArviZ's format."""

import arviz_base
import jax
import numpy as np
import pytest
import xarray
from scipy.stats import betabinom

from inference import exact, importance, mcmc
from inference.numerics.pareto_smoothing import pareto_smoothed
from models import Counts, box, explicit, marginal, mean_concentration


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_khat_is_the_shape_of_a_pareto_tail_not_of_its_negative(shape):
    """The weights are U^-shape. With the wrong sign, easily given to `psislw`, k-hat is that of the bounded end."""
    log_weights = -shape * np.log(np.random.default_rng(0).uniform(size=10_000))
    smoothed, khat = pareto_smoothed(log_weights)
    tail = 3 * np.sqrt(10_000)
    assert abs(khat - shape) < 4 * (1 + shape) / np.sqrt(tail)  # the standard error of the maximum likelihood shape
    assert np.isclose(np.exp(smoothed).sum(), 1)
    # Only the tail is smoothed; the other weights keep their ratios.
    order = np.argsort(log_weights)
    others = order[: -int(tail)]
    np.testing.assert_allclose(np.ptp((smoothed - log_weights)[others]), 0, atol=1e-9)


def test_weights_without_a_tail_and_too_few_of_them():
    assert pareto_smoothed(np.zeros(1_000))[1] == -np.inf
    assert pareto_smoothed(np.log(np.arange(1.0, 11.0)))[1] == np.inf
    one_of_many = np.zeros(10_000)
    one_of_many[0] = 1
    assert pareto_smoothed(one_of_many)[1] == np.inf
    few = np.where(np.arange(1_000) < 3, 0.0, -np.inf)
    smoothed, khat = pareto_smoothed(few)
    assert khat == np.inf
    np.testing.assert_allclose(np.exp(smoothed), (np.arange(1_000) < 3) / 3)


def test_impossible_particles_stay_impossible():
    rng = np.random.default_rng(0)
    log_weights = np.where(rng.uniform(size=4_000) < 0.5, -np.inf, rng.normal(size=4_000))
    smoothed, khat = pareto_smoothed(log_weights)
    assert np.array_equal(np.isneginf(smoothed), np.isneginf(log_weights))
    assert khat < 0.7


@pytest.fixture(scope="module")
def chains(six):
    return mcmc(marginal(mean_concentration()), six, key=jax.random.key(0))


@pytest.fixture(scope="module")
def tree(learned, six):
    return learned("A", "mean_concentration").to_arviz(six)


@pytest.mark.costly
def test_weighted_draws_become_one_chain_with_the_students_rates(tree, six):
    assert tree["posterior"]["theta"].dims == ("chain", "draw", "student")
    assert tree["posterior"].sizes == {"chain": 1, "draw": 4_000, "student": 6}
    assert list(tree["posterior"]["student"].values) == list(six.names)
    truth = exact(mean_concentration(), six).shrinkage(six)
    theta = tree["posterior"]["theta"].to_numpy()[0]
    # 4,000 draws are resampled from 20,000 weighted ones, whose effective sample size is about 1,500.
    error = truth["sd"].to_numpy() * np.sqrt(1 / 4_000 + 1 / 1_000)
    assert np.all(np.abs(theta.mean(axis=0) - truth["mean"].to_numpy()) < 4 * error)
    # The prediction is for as many further trials, so E[k] = n E[theta].
    predicted = tree["posterior_predictive"]["k"].to_numpy()[0]
    spread = predicted.std(axis=0) * np.sqrt(1 / 4_000 + 1 / 1_000)
    assert np.all(np.abs(predicted.mean(axis=0) - six.n * truth["mean"].to_numpy()) < 4 * spread)
    assert np.array_equal(tree["observed_data"]["k"], six.k)


@pytest.mark.costly
def test_log_likelihoods_are_the_beta_binomial_of_each_student(tree, six, eps):
    a, b = (tree["posterior"][name].to_numpy()[0, :, None].astype(np.float64) for name in ("a", "b"))
    expected = betabinom.logpmf(six.k, six.n, a, b)
    # Our error is up to about 60 eps (1 + |log p|) (docs/log_pmf.md); SciPy's is up to 4e-6, as measured there.
    found = tree["log_likelihood"]["k"].to_numpy()[0]
    assert np.all(np.abs(found - expected) < 60 * eps * (1 + np.abs(expected)) + 4e-6)


@pytest.mark.costly
def test_the_prior_is_the_hyperpriors(tree, six):
    mu, size = tree["prior"]["mu"].to_numpy().ravel(), 4_000
    assert abs(mu.mean() - 0.5) < 4 * np.sqrt(1 / 12 / size)
    predicted = tree["prior_predictive"]["k"].to_numpy()[0]
    assert abs((predicted / six.n).mean() - 0.5) < 4 * 0.5 / np.sqrt(size)


@pytest.mark.costly
def test_chains_are_kept_in_their_order(chains, six):
    tree = chains.to_arviz(six)
    assert tree["posterior"].sizes == {"chain": 4, "draw": 1_000, "student": 6}
    np.testing.assert_array_equal(tree["posterior"]["lam"], chains.chains("lam"))


@pytest.mark.costly
def test_a_population_alone_needs_no_students(learned):
    tree = learned("A", "box").to_arviz()
    assert set(tree.children) == {"posterior", "prior"}
    assert set(tree["posterior"].data_vars) == {"a", "b", "mu", "lam"}


@pytest.mark.costly
def test_netcdf_keeps_everything(chains, six, tmp_path):
    tree = chains.to_arviz(six)
    tree.to_netcdf(tmp_path / "six.nc", engine="h5netcdf")
    with xarray.open_datatree(tmp_path / "six.nc", engine="h5netcdf") as again:
        assert set(again.children) == set(tree.children)
        for group in tree.children:
            xarray.testing.assert_equal(again[group].to_dataset(), tree[group].to_dataset())
    assert arviz_base.extract(tree, var_names="theta").sizes["sample"] == 4_000


@pytest.mark.costly
def test_every_posterior_has_a_table_of_diagnostics(chains, learned, six):
    weighted = learned("A", "mean_concentration")
    table = weighted.diagnostics()
    assert table.columns == ["name", "mcse", "ess", "khat"]
    assert table["name"].to_list() == list(weighted.draws)
    assert table["mcse"].to_list() == [weighted.mean_error(name) for name in weighted.draws]
    of_chains = chains.diagnostics()
    assert of_chains.columns == ["name", "mcse", "ess_bulk", "ess_tail", "rhat", "acceptance", "divergences"]
    assert of_chains["rhat"].max() == chains.rhat
    assert of_chains["ess_bulk"].min() == chains.ess
    assert exact(box(), six).khat == -np.inf


@pytest.mark.costly
def test_a_collapsed_sampler_is_seen_by_its_khat(six, learned):
    """The explicit theta of sixty students is drawn from its prior: few of a thousand particles have any weight."""
    sixty = Counts(k=np.tile(six.k, 10), n=np.tile(six.n, 10))
    assert importance(explicit(box()), sixty, key=jax.random.key(0), n_particles=1_000).khat > 0.7
    assert learned("A", "box").khat < 0.5
