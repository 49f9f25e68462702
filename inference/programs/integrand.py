"""The posterior density of the population in unconstrained coordinates: what `exact` integrates."""

import jax
import jax.numpy as jnp
import numpy as np

from inference.numerics.double_exponential import Coordinate
from inference.numerics.mass_finder import Plane
from inference.programs.shapes import are_positive
from models import Hyperprior
from models.families.beta_binomial.split_likelihood import SplitLikelihood
from models.hyperpriors.population_check import check_population
from models.programs.threads import shared

TOLERANCE = 1e-10  # error of log Z, and of moments relative to their size
PROBES = np.array([-1.3, 0.4, 1.7])  # coordinates at which it is asked what each address determines
POINTS_OF_ROW = 601  # at which it is asked whether that is monotone
STEP_OF_ROUNDING = 1e-9  # relative: a smaller step may be the rounding of 1 - mu near mu = 1
BATCH = 2048  # populations in a call of the compiled program: a fixed shape, so that it is compiled once


class Integrand:
    """The posterior density in unconstrained coordinates u of the outer address and v of the inner one.

        f(u, v) = log p(x, y) + log dx/du + log dy/dv + log p(k | n, a, b) - log p(k | n, a0, b0)

    Args:
        hyperprior: the prior of the population.
        likelihood: likelihood of the counts.
        outer: the outer address.
    """

    def __init__(self, hyperprior: Hyperprior, likelihood: SplitLikelihood, outer: str):
        self.hyperprior, self.likelihood = hyperprior, likelihood
        inner = next(address for address in hyperprior.addresses if address != outer)
        self.outer, self.inner = (Coordinate(name, *hyperprior.support[name]) for name in (outer, inner))
        self.reference = likelihood.centre
        self.rounding = likelihood.rounding
        self.tolerance = max(TOLERANCE, self.rounding)

    def plane(self) -> Plane:
        """The integral of e^f."""
        names = self.outer.address, self.inner.address
        return Plane(names, self.outer.limits, self.inner.limits, self.log_density, noise=self.noise)

    def population(self, u: np.ndarray, v: np.ndarray) -> dict[str, np.ndarray]:
        """The addresses' values and a, b, mu, lam."""
        return self._evaluate(u, v)[1]

    def log_density(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """f(u, v); -inf where a or b is not a positive number."""
        return self.evaluate(u, v)[0]

    def evaluate(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """`log_density` and `population` at once."""
        log_prior, population = self._evaluate(u, v)
        a, b = population["a"], population["b"]
        usable = are_positive(a, b)
        a0, b0 = self.reference
        log_likelihood = self.likelihood.relative_to(np.where(usable, a, a0), np.where(usable, b, b0), self.reference)
        log_jacobian = self.outer.log_jacobian(u) + self.inner.log_jacobian(v)
        return np.where(usable, log_prior + log_jacobian + log_likelihood, -np.inf), population

    def noise(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Relative error of e^f that arises because an address loses digits near a nonzero edge of its support."""
        return self.outer.rounding(u) + self.inner.rounding(v)

    def _evaluate(self, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        x, y = np.broadcast_arrays(self.outer.value(u), self.inner.value(v))
        own = {self.outer.address: x, self.inner.address: y}
        log_prior, a, b = assess_population(self.hyperprior, own)
        named = {name: x for name, x in own.items() if name not in ("a", "b")}
        with np.errstate(all="ignore"):  # far out, where a + b may be 0 or infinite
            return log_prior, {"a": a, "b": b, "mu": a / (a + b), "lam": a + b} | named


def outer_address(hyperprior: Hyperprior) -> tuple[str, bool] | None:
    """The address to integrate over last, and whether this order is known to miss no mass; None if no order will do.

    For fixed lam = a + b the log likelihood is concave in mu, so an address that alone determines lam is the outer one.
    If there is none, the outer address is one that does not alone determine mu.

    Where mu is not monotone in the inner address, or lam not in an outer one that determines it, a row may have several
    peaks of which one is missed. Then no order will do, nor if a or b underflows so that this cannot be seen.

    Args:
        hyperprior: a program with two addresses.

    Returns:
        The address, and whether it alone determines lam; or None.

    Raises:
        ValueError: as `check_population`.
    """
    coordinates = [Coordinate(name, *ends) for name, ends in hyperprior.support.items()]
    grid = np.meshgrid(PROBES, PROBES, indexing="ij")
    own = {c.address: c.value(grid_z) for c, grid_z in zip(coordinates, grid, strict=True)}
    _, a, b = assess_population(hyperprior, own)
    check_population(own, a, b)
    if not np.all((a > 0) & (b > 0)):
        return None
    outer, determines_lam = _first_choice(a, b)
    across, along = coordinates[outer], coordinates[1 - outer]
    usable = all(_is_monotone(row) for row in _rows(hyperprior, across, along)[0])
    if determines_lam:
        row = _rows(hyperprior, along, across)[1][0]
        usable = usable and _is_monotone(row) and not np.all(row == row[0])
    return (across.address, determines_lam) if usable else None


def _first_choice(a: np.ndarray, b: np.ndarray) -> tuple[int, bool]:
    """Which address is the outer one, 0 or 1, and whether it alone determines lam."""
    if _varies_only_along(0, a + b):
        return 0, True
    if _varies_only_along(1, a + b):
        return 1, True
    return (1 if _varies_only_along(0, a / (a + b)) else 0), False


def _rows(hyperprior: Hyperprior, fixed: Coordinate, along: Coordinate) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of mu, and log lam, at many values of one address for a few of the other, (PROBES, POINTS_OF_ROW)."""
    u, v = np.broadcast_arrays(PROBES[:, None], np.linspace(*along.limits, POINTS_OF_ROW))
    with np.errstate(all="ignore"):  # far out, where a or b may be 0 or infinite
        _, a, b = assess_population(hyperprior, {fixed.address: fixed.value(u), along.address: along.value(v)})
        return np.log(a) - np.log(b), np.log(a + b)


def _is_monotone(values: np.ndarray) -> bool:
    """Whether values rise only or fall only, apart from rounding; infinite ones and NaN are left out."""
    values = values[np.isfinite(values)]
    steps, rounding = np.diff(values), STEP_OF_ROUNDING * (1 + np.abs(values[1:]))
    return not (np.any(steps > rounding) and np.any(steps < -rounding))


def _varies_only_along(axis: int, values: np.ndarray) -> bool:
    return np.allclose(values, np.take(values, [0], axis=1 - axis), rtol=1e-12, atol=0)


def assess_population(hyperprior: Hyperprior, own: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log density of the hyperprior and its (a, b) at values of its addresses, arrays of one shape."""
    shape = next(iter(own.values())).shape
    points = np.stack([own[address].ravel() for address in hyperprior.addresses])
    missing = -points.shape[1] % BATCH
    points = np.concatenate([points, np.repeat(points[:, :1], missing, axis=1)], axis=1)
    with jax.enable_x64(True):
        assess = _compiled(hyperprior)
        started = [assess(batch) for batch in np.split(points, points.shape[1] // BATCH, axis=1)]
    batches = [np.asarray(batch) for batch in started]
    log_prior, a, b = np.concatenate(batches, axis=1)[:, : points.shape[1] - missing]
    return log_prior.reshape(shape), a.reshape(shape), b.reshape(shape)


@shared
def _compiled(hyperprior: Hyperprior):
    def assess(point: jax.Array):
        log_density, (a, b) = hyperprior.program.assess(dict(zip(hyperprior.addresses, point, strict=True)))
        return jnp.stack([jnp.asarray(x, jnp.float64) for x in (log_density, a, b)])

    return jax.jit(jax.vmap(assess, in_axes=1, out_axes=1))
