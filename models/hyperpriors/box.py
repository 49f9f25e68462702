"""The course's first hyperprior: independent uniform a and b."""

from genjax import gen

from models.hyperpriors.distributions import open_uniform
from models.hyperpriors.hyperprior import Hyperprior, finite_bounds
from models.programs.threads import shared


def box(low: float = 0.5, high: float = 20.0) -> Hyperprior:
    """Independent uniform a and b: the course's first hyperprior.

    a ~ Uniform(low, high),  b ~ Uniform(low, high)

    Args:
        low: lower bound of both, 0 <= low.
        high: upper bound of both.

    Returns:
        The hyperprior, addresses "a" and "b"; the same object for the same bounds.

    Raises:
        ValueError: if not 0 <= low < high < inf.
    """
    return _box(*finite_bounds("box", (low, high)))


@shared
def _box(low: float, high: float) -> Hyperprior:
    @gen
    def population():
        a = open_uniform(low, high) @ "a"
        b = open_uniform(low, high) @ "b"
        return a, b

    return Hyperprior(population, {"a": (low, high), "b": (low, high)}, recipe=(box, (low, high)))
