"""Hyperpriors of the concentration: their densities, the published answer for the rats, and what does not exist."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import seed
from scipy.integrate import quad

from experiments.options import DATA
from inference import QuadratureError, exact, importance
from models import Counts, bda3, half_cauchy, marginal, pareto
from models.hyperpriors.distributions import positive_cauchy, power_law

LAWS = {
    "bda3": (lambda x: power_law.logpdf(x, 0.01, 1e6, 1.5), (0.01, 1e6)),
    "pareto": (lambda x: power_law.logpdf(x, 1.0, inf, 2.5), (1.0, inf)),
    "half-Cauchy": (lambda x: positive_cauchy.logpdf(x, 2.0), (0.0, inf)),
}
HYPERPRIORS = [bda3(), pareto(), half_cauchy()]
IDS = ["bda3", "pareto", "half_cauchy"]


@pytest.mark.parametrize("law", LAWS)
def test_densities_integrate_to_one(law):
    log_density, (low, high) = LAWS[law]
    with jax.enable_x64(True):
        # Integrate over log x, in which all densities are smooth; the tails beyond e^80 and e^-80 are below 1e-17.
        ends = np.log(max(low, 1e-35)), min(np.log(high), 80.0)
        density = jax.jit(lambda t: jnp.exp(log_density(jnp.exp(t)) + t))
        total, error = quad(lambda t: float(density(t)), *ends, limit=400, points=[0.0])
    assert abs(total - 1) < 1e-8 + error


@pytest.mark.parametrize("law", LAWS)
def test_there_is_no_density_outside_of_the_support(law):
    log_density, (low, high) = LAWS[law]
    assert log_density(jnp.asarray(low)) == -inf
    assert log_density(jnp.asarray(-1.0)) == -inf
    if high < inf:
        assert log_density(jnp.asarray(high)) == -inf


@pytest.mark.parametrize(
    ("hyperprior", "cumulative"),
    [
        (bda3(), lambda lam: (10 - lam**-0.5) / (10 - 1e-3)),
        (pareto(), lambda lam: 1 - lam**-1.5),
        (half_cauchy(2.0), lambda spread: 2 / np.pi * np.arctan(spread / 2.0)),
    ],
    ids=IDS,
)
def test_draws_have_the_distribution_function_of_the_law(hyperprior, cumulative):
    keys = jax.random.split(jax.random.key(0), 4_000)
    draws = jax.jit(jax.vmap(lambda key: seed(hyperprior.program.simulate)(key).get_choices()))(keys)
    address = hyperprior.addresses[1]
    u = np.sort(cumulative(np.asarray(draws[address], np.float64)))
    # Kolmogorov's statistic exceeds 1.95 / sqrt(N) once in a thousand samples.
    assert np.max(np.abs(u - (np.arange(4_000) + 0.5) / 4_000)) < 1.95 / np.sqrt(4_000)
    low, high = hyperprior.support[address]
    assert np.all((low < draws[address]) & (draws[address] < high))


def test_the_rats_meet_the_published_answer():
    """Gelman et al. (2013), section 5.3: E[a] = 2.4, E[b] = 14.3 from a grid over the posterior."""
    truth = exact(bda3(), Counts.read(DATA / "rats.csv"))
    assert round(truth.mean("a"), 1) == 2.4
    assert round(truth.mean("b"), 1) == 14.3


@pytest.mark.parametrize("hyperprior", HYPERPRIORS, ids=IDS)
def test_exact_and_importance_agree(hyperprior, six):
    truth = exact(hyperprior, six)
    posterior = importance(marginal(hyperprior), six, key=jax.random.key(0), n_particles=20_000)
    assert posterior.ess > 100
    assert abs(posterior.log_evidence - truth.log_evidence) < 4 * posterior.log_evidence_error
    assert abs(posterior.mean("mu") - truth.mean("mu")) < 4 * posterior.mean_error("mu")


def test_a_mean_that_does_not_exist_is_refused_and_quantiles_are_not(six):
    truth = exact(half_cauchy(), six)
    with pytest.raises(QuadratureError, match="does not exist"):
        truth.mean("lam")
    assert 1 < truth.quantile("lam", 0.5) < truth.quantile("lam", 0.9) < inf


def test_the_same_arguments_give_the_same_object():
    assert bda3() is bda3((0.01, 1e6)) is not bda3((0.01, 1e5))
    assert pareto() is pareto(1, 1.5) is not pareto(2.0)
    assert half_cauchy() is half_cauchy(1) is not half_cauchy(2.0)


@pytest.mark.parametrize(
    "build",
    [
        lambda: bda3((0.0, 10.0)),
        lambda: bda3((1.0, inf)),
        lambda: bda3((2.0, 1.0)),
        lambda: pareto(0.0),
        lambda: pareto(1.0, -1.0),
        lambda: half_cauchy(inf),
        lambda: half_cauchy(float("nan")),
    ],
)
def test_impossible_arguments_are_value_errors(build):
    with pytest.raises(ValueError, match="must"):
        build()
