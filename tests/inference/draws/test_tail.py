"""Means that do not exist whatever the counts are, decided from the hyperprior's own tail."""

import jax.numpy as jnp
import pytest
from genjax import gen, normal

from inference import QuadratureError, exact
from inference.draws.tail import moment_exists
from models import Counts, Hyperprior, bda3, half_cauchy, mean_concentration, open_uniform, pareto
from models.hyperpriors.distributions import positive_cauchy


@gen
def of_uniform_spread():
    mu, spread = open_uniform(0.0, 1.0) @ "mu", open_uniform(0.0, 1.0) @ "spread"
    return mu / spread**2, (1 - mu) / spread**2


@gen
def of_two_cauchys():
    return positive_cauchy(1.0) @ "a", positive_cauchy(1.0) @ "b"


@gen
def log_normal():
    mu, log_lam = open_uniform(0.0, 1.0) @ "mu", normal(3.0, 10.0) @ "log_lam"
    return mu * jnp.exp(log_lam), (1 - mu) * jnp.exp(log_lam)


UNIFORM_SPREAD = Hyperprior(of_uniform_spread, {"mu": (0.0, 1.0), "spread": (0.0, 1.0)})
TWO_CAUCHYS = Hyperprior(of_two_cauchys, {"a": (0.0, float("inf")), "b": (0.0, float("inf"))})
LOG_NORMAL = Hyperprior(log_normal, {"mu": (0.0, 1.0), "log_lam": (-float("inf"), float("inf"))})


@pytest.mark.parametrize(
    ("hyperprior", "moments"),
    [
        (half_cauchy(), 0),  # p(lam) ~ lam^-3/2
        (pareto(shape=0.5), 0),
        (pareto(shape=1.0), 0),
        (pareto(shape=1.5), 1),
        (pareto(shape=2.5), 2),
        (bda3(), 2),  # lam is bounded
        (mean_concentration(), 2),
        (UNIFORM_SPREAD, 0),  # p(lam) ~ lam^-3/2
        (TWO_CAUCHYS, 1),  # p(lam) ~ lam lam^-4 where mu stays
        (LOG_NORMAL, 2),  # falls faster than every power, but at e^60 not yet faster than lam
    ],
)
def test_the_tail_of_lam_says_which_moments_exist(hyperprior, moments):
    for name in ("a", "b", "lam"):
        assert [moment_exists(hyperprior, name, power) for power in (1, 2)] == [moments > 0, moments > 1]
    assert moment_exists(hyperprior, "mu", 2)


@pytest.mark.parametrize("counts", [Counts([3, 5], [10, 10]), Counts([3 * 10**8, 5 * 10**8], [10**9, 10**9])])
def test_an_infinite_mean_is_not_a_finite_number_even_where_no_node_sees_it(counts):
    """Of 10^9 trials the likelihood of one common rate is less than e^-1000000 of that at the mode, but positive."""
    posterior = exact(half_cauchy(), counts)
    for name in ("a", "lam"):
        with pytest.raises(QuadratureError, match=f"the posterior mean of {name} does not exist, whatever"):
            posterior.mean(name)
    table = posterior.learned_prior(counts)
    assert table["a"][0] is None
    assert table["note"][0].startswith("E[a] does not exist, whatever")
    assert 0 < posterior.mean("spread") < 2
    with pytest.raises(QuadratureError, match="the posterior sd of lam does not exist, whatever"):
        exact(pareto(), counts).sd("lam")
