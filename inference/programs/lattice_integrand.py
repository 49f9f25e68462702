"""The posterior density of any population in coordinates in which it falls off double-exponentially."""

from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np

from inference.numerics.lattice.box import Integral
from inference.programs.logistic import Bijection
from inference.programs.populations import all_usable
from inference.programs.posterior_density import PosteriorDensity

TOLERANCE = 1e-10  # error of log Z, and of moments relative to their size
LARGEST_Z = 1e150  # largest |z| of an address without bounds: its square does not overflow float64
PRIOR_DRAWS = 4096  # a multiple of the batch of compiled programs


@dataclass(frozen=True, eq=False)
class LatticeIntegrand:
    """log p(w, k), where z = 2 sinh w are the logits and logs that `PosteriorDensity` has as coordinates.

        f(w) = log p(z, k) + sum_i log dz_i / dw_i

    A density that is cut off at an edge of the support, or has a heavy tail, falls off like e^-c|z|, and so within a
    few units of w (the double exponential formula of Takahasi & Mori 1974).

    Args:
        density: the posterior density.
        names: the name of the number of each coordinate.
    """

    density: PosteriorDensity
    names: tuple[str, ...]

    @property
    def dimension(self) -> int:
        """d, the number of coordinates."""
        return self.density.dimension

    def integral(self) -> Integral:
        """The integral of e^f."""
        lower, upper = np.arcsinh(
            np.clip(
                np.array([each.limits(np.dtype(np.float64)) for each in self.density.bijections]), -LARGEST_Z, LARGEST_Z
            )
            / 2
        ).T
        return Integral(self.names, lower, upper, self.log_density)

    def log_density(self, w: np.ndarray) -> np.ndarray:
        """f at points w, shape (N, d); -inf where it is not defined."""
        with np.errstate(over="ignore"):
            z, log_slope = 2 * np.sinh(w), np.log(2 * np.cosh(w)).sum(axis=1)
        within = np.all(np.abs(z) < LARGEST_Z**1.1, axis=1)
        return np.where(within, self.density.log_joint(np.where(within[:, None], z, 0.0)) + log_slope, -np.inf)

    def population(self, w: np.ndarray) -> dict[str, np.ndarray]:
        """The draws of a posterior at points w: the addresses' values and what describes the population.

        Raises:
            WeightError: if a parameter of the population is negative or not a number.
        """
        return all_usable(self.density.hyperprior, self.density.population(2 * np.sinh(w)))

    def to_line(self, name: str, x: float) -> float:
        """The coordinate w of a number that the hyperprior draws."""
        with jax.enable_x64(True):
            return float(np.arcsinh(self._bijection(name).inverse(jnp.asarray(x, jnp.float64)) / 2))

    def from_line(self, name: str, w: float) -> float:
        """The inverse of `to_line`."""
        with jax.enable_x64(True):
            return float(self._bijection(name).value(jnp.asarray(2 * np.sinh(w), jnp.float64)))

    def _bijection(self, name: str) -> Bijection:
        return self.density.bijections[self.names.index(name)]

    def prior_points(self) -> np.ndarray:
        """w of draws of the hyperprior, always the same ones, shape (PRIOR_DRAWS, d)."""
        z = self.density.draw_prior(jax.random.key(0), PRIOR_DRAWS)
        return np.arcsinh(z[np.isfinite(z).all(axis=1)] / 2)

    @cached_property
    def rounding(self) -> float:
        """About the largest rounding error of f."""
        return self.density.rounding

    @property
    def tolerance(self) -> float:
        """The largest accepted error of a rule."""
        return max(TOLERANCE, self.rounding)
