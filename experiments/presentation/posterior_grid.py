"""The exact posterior of a population on a grid: what the panels of the population draw."""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import betaln, gammaln, logsumexp

from inference import Posterior
from models import Counts, Family, Observations, beta_binomials, gamma_poissons
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.split_likelihood import SplitLikelihood

GRID = 161  # cells along each axis
LOG_RATIO = 100.0  # high / low: a positive support at least this wide is drawn on a log axis
HEAVY = 30.0  # in medians: a quantity whose tail reaches further is drawn on a log axis


# SciPy's own densities take five to ten times as long.
def beta_density(theta: np.ndarray, a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """The density of Beta(a, b) at theta in (0, 1); all broadcast."""
    return np.exp((a - 1) * np.log(theta) + (b - 1) * np.log1p(-theta) - betaln(a, b))


def gamma_density(theta: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The density of Gamma(shape, rate) at theta > 0; all broadcast."""
    return np.exp((shape - 1) * np.log(theta) - rate * theta + shape * np.log(rate) - gammaln(shape))


DENSITIES: dict[Family, Callable[..., np.ndarray]] = {
    beta_binomials: beta_density,
    gamma_poissons: gamma_density,
}
"""The density of a rate given the family's parameters."""


def is_log_scaled(support: tuple[float, float], ends: tuple[float, float], median: float) -> bool:
    """Whether a quantity and its density are drawn on a log scale: if its support is wide or its tail is heavy.

    Args:
        support: lowest and highest possible value.
        ends: quantiles between which nearly all of its posterior lies.
        median: its posterior median.

    Returns:
        True for a log scale.
    """
    low, high = support
    return (low > 0 and high / low >= LOG_RATIO) or (low >= 0 and ends[1] > HEAVY * median)


class PosteriorGrid(NamedTuple):
    """Posterior mass of the cells of a grid over the bulk of the exact posterior, and the population at their centres.

    The parameters of the population are those of its family, such as (a, b), each of shape (cells,).
    """

    axes: tuple[np.ndarray, np.ndarray]
    is_log: tuple[bool, bool]  # whether an axis is equally spaced in logs
    mass: np.ndarray
    family: Family
    parameters: tuple[np.ndarray, ...]

    @classmethod
    @lru_cache(maxsize=4)  # panels side by side show the same posterior
    def around(cls, truth: Posterior, counts: Observations) -> "PosteriorGrid":
        hyperprior = truth.hyperprior
        axes, logs, log_width = [], [], []
        for name in hyperprior.addresses:
            ends = truth.quantile(name, 1e-4), truth.quantile(name, 1 - 1e-4)
            logs.append(is_log_scaled(hyperprior.support[name], ends, truth.quantile(name, 0.5)))
            if logs[-1]:
                axes.append(np.geomspace(*ends, GRID))
                log_width.append(np.log(axes[-1]))
            else:
                axes.append(np.linspace(*ends, GRID))
                log_width.append(np.zeros(GRID))
        x, y = np.meshgrid(*axes, indexing="ij")
        with jax.enable_x64(True):
            points = dict(zip(hyperprior.addresses, (jnp.asarray(x.ravel()), jnp.asarray(y.ravel())), strict=True))
            log_prior, parameters = jax.device_get(jax.jit(jax.vmap(hyperprior.assess))(points))
        log_density = (log_prior + _log_likelihood(hyperprior.family, counts, parameters)).reshape(x.shape)
        log_density += log_width[0][:, None] + log_width[1][None, :]
        mass = np.exp(log_density - logsumexp(log_density))
        return cls((axes[0], axes[1]), (logs[0], logs[1]), mass, hyperprior.family, parameters)


def _log_likelihood(family: Family, counts: Observations, parameters: tuple[np.ndarray, ...]) -> np.ndarray:
    """Log likelihood of all groups at each population, up to a constant, shape (cells,)."""
    if isinstance(counts, Counts) and family is beta_binomials:
        mode = PopulationLikelihood(*counts.pairs).mode
        a, b = parameters
        return SplitLikelihood(*counts.pairs).relative_to(a, b, mode)
    log_likelihood = np.zeros(np.shape(parameters[0]))
    with jax.enable_x64(True):
        of_group = jax.jit(jax.vmap(family.log_marginal, in_axes=(None, None, 0)))
        groups = counts.k.astype(float), counts.design_values.astype(float), counts.multiplicity
        for k, design, times in zip(*groups, strict=True):
            log_likelihood += times * np.asarray(of_group(k, design, parameters))
    return log_likelihood


def density_band(
    grid: PosteriorGrid, theta: np.ndarray, interval: float = 0.9
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Central posterior interval of the population's density at each theta, by default of 90 %, and its mean."""
    mass = grid.mass.ravel()
    kept = np.argsort(mass)[::-1][: np.searchsorted(np.cumsum(np.sort(mass)[::-1]), 0.9999)]
    weights = mass[kept] / mass[kept].sum()
    densities = DENSITIES[grid.family](theta, *(parameter[kept, None] for parameter in grid.parameters))
    bands = np.empty((2, len(theta)))
    for column, values in enumerate(densities.T):
        order = np.argsort(values)
        midpoints = np.cumsum(weights[order]) - weights[order] / 2
        bands[:, column] = np.interp(((1 - interval) / 2, (1 + interval) / 2), midpoints, values[order])
    return bands[0], bands[1], weights @ densities
