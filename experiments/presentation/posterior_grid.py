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
TINY = 1e-150  # smallest sd; its square is not 0
HEAVY = 30.0  # in medians: a quantity whose tail reaches further is drawn on a log axis


# SciPy's own densities take five to ten times as long.
def beta_density(theta: np.ndarray, a: np.ndarray | float, b: np.ndarray | float) -> np.ndarray:
    """The density of Beta(a, b) at theta in (0, 1); all broadcast."""
    return np.exp((a - 1) * np.log(theta) + (b - 1) * np.log1p(-theta) - betaln(a, b))


def gamma_density(theta: np.ndarray, shape: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """The density of Gamma(shape, rate) at theta > 0; all broadcast."""
    return np.exp((shape - 1) * np.log(theta) - rate * theta + shape * np.log(rate) - gammaln(shape))


def no_narrower_beta(a: np.ndarray, b: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Beta with the mean of Beta(a, b) and at least this sd, where there is one."""
    mean = a / (a + b)
    lam = mean * (1 - mean) / np.maximum(sd, TINY) ** 2 - 1
    lam = np.where(lam > 0, np.minimum(lam, a + b), a + b)
    return mean * lam, (1 - mean) * lam


def no_narrower_gamma(shape: np.ndarray, rate: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Gamma with the mean of Gamma(shape, rate) and at least this sd."""
    mean = shape / rate
    shape = np.minimum(shape, (mean / np.maximum(sd, TINY)) ** 2)
    return shape, shape / mean


DENSITIES: dict[Family, Callable[..., np.ndarray]] = {
    beta_binomials: beta_density,
    gamma_poissons: gamma_density,
}
"""The density of a rate given the family's parameters."""
NO_NARROWER: dict[Family, Callable[..., tuple[np.ndarray, ...]]] = {
    beta_binomials: no_narrower_beta,
    gamma_poissons: no_narrower_gamma,
}
"""The parameters with the same mean of which a rate has at least some sd."""
MEANS: dict[Family, Callable[..., np.ndarray]] = {
    beta_binomials: lambda a, b: a / (a + b),
    gamma_poissons: lambda shape, rate: shape / rate,
}
"""The mean of a rate given the family's parameters."""


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

    @property
    def steps_of_mean(self) -> np.ndarray:
        """How far the mean of a rate is from that of the next cell, along either axis, shape (cells,)."""
        means = MEANS[self.family](*self.parameters).reshape(self.mass.shape)
        return np.hypot(*np.gradient(means)).ravel()


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
    """Central posterior interval of the population's density at each theta, by default of 90 %, and its mean.

    A cell stands for all populations in it, so that its density is taken no narrower than the cells are apart in the
    mean. Else the mean of the densities has a spike at each cell where the population is concentrated.
    """
    mass = grid.mass.copy()
    mass[[0, -1]] /= 2  # of a cell at an end half lies within, which matters where a support ends, as at a spread of 0
    mass[:, [0, -1]] /= 2
    mass = mass.ravel()
    kept = np.argsort(mass)[::-1][: np.searchsorted(np.cumsum(np.sort(mass)[::-1]), 0.9999 * mass.sum())]
    weights = mass[kept] / mass[kept].sum()
    parameters = NO_NARROWER[grid.family](*grid.parameters, grid.steps_of_mean)
    densities = DENSITIES[grid.family](theta, *(parameter[kept, None] for parameter in parameters))
    bands = np.empty((2, len(theta)))
    for column, values in enumerate(densities.T):
        order = np.argsort(values)
        midpoints = np.cumsum(weights[order]) - weights[order] / 2
        bands[:, column] = np.interp(((1 - interval) / 2, (1 + interval) / 2), midpoints, values[order])
    return bands[0], bands[1], weights @ densities
