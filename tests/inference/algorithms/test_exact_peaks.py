"""Posteriors of one number with several peaks, against sums over a fine grid: right, or refused."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen, normal
from scipy.special import betaln, expit

from inference import QuadratureError, exact
from models import Counts, Hyperprior, open_uniform


@gen
def two_peaks():
    """x and, roughly, -x give the same mean."""
    x = normal(0.0, 1.0) @ "x"
    mu = jax.nn.sigmoid(x * x + 0.3 * x - 1)
    return 500 * mu, 500 * (1 - mu)


@gen
def twelve_peaks():
    x = open_uniform(0.0, 1.0) @ "x"
    mu = 0.5 + 0.4 * jnp.sin(40 * x)
    return 200 * mu, 200 * (1 - mu)


@gen
def known_concentration():
    mu = open_uniform(0.0, 1.0) @ "mu"
    return 7.3 * mu, 7.3 * (1 - mu)  # a + b is 7.3 up to rounding


TWO = Hyperprior(two_peaks, {"x": (-inf, inf)})
TWELVE = Hyperprior(twelve_peaks, {"x": (0.0, 1.0)})


def on_grid(k: int, n: int, groups: int) -> tuple[np.ndarray, np.ndarray]:
    """x, and its distribution function, of `two_peaks` and groups that are alike."""
    x = np.linspace(-9, 9, 1_000_001)
    mu = expit(x * x + 0.3 * x - 1)
    a, b = 500 * mu, 500 * (1 - mu)
    log_density = groups * (betaln(a + k, b + n - k) - betaln(a, b)) - x * x / 2
    density = np.exp(log_density - log_density.max())
    return x, np.cumsum(density) / density.sum()


def test_quantiles_on_both_sides_of_a_gap():
    posterior = exact(TWO, Counts([900], [1000], multiplicity=[20]))
    x, below = on_grid(900, 1000, 20)
    for q in (0.05, 0.3, 0.6, 0.95):
        found = posterior.quantile("x", q)
        # A step of the grid is 2e-5.
        assert abs(found - x[np.searchsorted(below, q)]) < 4e-5
        assert abs(posterior.probability_below("x", found) - q) < 2e-6
    # mu rises within the peak at positive x and falls within the other one.
    with pytest.raises(QuadratureError, match="monotone throughout"):
        posterior.quantile("mu", 0.5)


@pytest.mark.parametrize("groups", [1, 20, 400, 10_000])
@pytest.mark.parametrize("k", [300, 700, 900])
def test_two_peaks_are_right_or_refused(k, groups):
    try:
        posterior = exact(TWO, Counts([k], [1000], multiplicity=[groups]))
    except QuadratureError:
        assert groups > 1  # one group leaves peaks that a lattice resolves
        return
    x, below = on_grid(k, 1000, groups)
    assert abs(posterior.mean("x") - np.diff(below, prepend=0) @ x) < 1e-5  # half a step of the grid


def test_peaks_that_a_coarse_rule_steps_over_are_not_forgotten():
    # A rule near the nodes that a coarser one kept found half of the twelve, all of the same mass.
    with pytest.raises(QuadratureError, match="several peaks"):
        exact(TWELVE, Counts([1000] * 6, [3000] * 6))


def test_a_number_that_the_hyperprior_keeps_constant_has_no_spread():
    posterior = exact(Hyperprior(known_concentration, {"mu": (0.0, 1.0)}), Counts([1, 2, 9], [3, 7, 10]))
    assert posterior.mean("lam") == pytest.approx(7.3, rel=1e-12)
    assert posterior.sd("lam") == 0
