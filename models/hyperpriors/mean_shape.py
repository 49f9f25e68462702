"""A hyperprior of rates of events: independent mean and shape of the population, both of unknown magnitude."""

from genjax import gen

from models.families.gamma_poisson.family import gamma_poissons
from models.hyperpriors.distributions import log_uniform
from models.hyperpriors.hyperprior import Hyperprior, finite_bounds
from models.programs.threads import shared


def mean_shape(mean: tuple[float, float] = (1e-3, 1e3), shape: tuple[float, float] = (0.1, 100.0)) -> Hyperprior:
    """Independent population mean and shape of rates of events: what `mean_concentration` is for shares.

    mean ~ LogUniform(mean),  shape ~ LogUniform(shape),  theta_i ~ Gamma(shape, shape / mean)

    The mean of the rates is `mean`, and their standard deviation is mean / sqrt(shape): the larger the shape, the more
    alike are the groups.

    Args:
        mean: bounds of the mean rate, in events per unit of exposure, both positive.
        shape: bounds of the shape, in pseudo-events, both positive.

    Returns:
        The hyperprior of `gamma_poissons`, addresses "mean" and "shape"; the same object for the same bounds.

    Raises:
        ValueError: if bounds are not 0 < low < high < inf.
    """
    mean, shape = finite_bounds("mean", mean), finite_bounds("shape", shape)
    for name, bounds in (("mean", mean), ("shape", shape)):
        if bounds[0] == 0:
            raise ValueError(f"{name} is log-uniform: its lower bound must be positive, not 0")
    return _mean_shape(mean, shape)


@shared
def _mean_shape(mean_bounds: tuple[float, float], shape_bounds: tuple[float, float]) -> Hyperprior:
    @gen
    def population():
        mean = log_uniform(*mean_bounds) @ "mean"
        shape = log_uniform(*shape_bounds) @ "shape"
        return shape, shape / mean

    recipe = mean_shape, (mean_bounds, shape_bounds)
    return Hyperprior(population, {"mean": mean_bounds, "shape": shape_bounds}, gamma_poissons, recipe=recipe)
