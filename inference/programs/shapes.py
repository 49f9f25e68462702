"""Checks of the shapes a and b of Betas: where one is too close to 0 or infinity for floats, the weight is 0."""

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

SINGLE = np.dtype(np.float32)


class WeightError(ArithmeticError):
    """Weights that cannot be used: some are NaN or infinite, or all are zero."""


def are_positive(a: Any, b: Any) -> Any:
    """Whether both are positive numbers, NumPy or JAX arrays of floats."""
    return (0 < a) & (a < np.inf) & (0 < b) & (b < np.inf)


def are_shapes(a: Any, b: Any) -> Any:
    """Whether a density can be computed in floats: both are positive, and not too close to 0 or infinity.

        smallest / eps^(3/2) <= a, b, a / b <= eps^(3/2) largest

    Farther out, their products with a count, which is up to 1 / eps, and with the other factors in a log pmf are 0 or
    infinite, and the log pmf may be -inf or NaN although its true value is finite.

    Args:
        a: NumPy or JAX array of floats, or a float.
        b: likewise.

    Returns:
        Booleans of their shape; False for a NaN.
    """
    return is_representable(a) & is_representable(b) & is_representable(a / b)


def have_valid_weight(a: Any, b: Any, log_weight: Any) -> Any:
    """Whether a weight is valid: a and b pass `are_shapes`, or are positive and the weight is finite nevertheless.

    Args:
        a: NumPy or JAX array of floats, or a float.
        b: likewise.
        log_weight: log weight of a population with these; it may be -inf or NaN.

    Returns:
        Booleans of their shape.
    """
    return are_shapes(a, b) | (are_positive(a, b) & (abs(log_weight) < np.inf))


def is_representable(shape: Any) -> Any:
    """Whether a number is positive and not too close to 0 or infinity, see `are_shapes`; False for a NaN."""
    numbers = jnp.finfo(getattr(shape, "dtype", jnp.zeros(()).dtype))  # a Python float gets the default dtype
    margin = float(numbers.eps) ** 1.5
    return (float(numbers.tiny) / margin <= shape) & (shape <= margin * float(numbers.max))


def are_representable(draws: Mapping[str, np.ndarray], log_weights: np.ndarray | None = None) -> np.ndarray:
    """Which draws of a hyperprior have an a and a b that are not too close to 0 or infinity for floating point.

    Args:
        draws: has a and b, each of shape (N,).
        log_weights: log weights of the draws, shape (N,); None if they have none.

    Returns:
        Booleans, shape (N,): by `have_valid_weight`, or by `are_shapes` without weights.

    Raises:
        WeightError: if an a or b is negative or NaN, or is infinite in float64.
    """
    a, b = np.asarray(draws["a"]), np.asarray(draws["b"])
    for name, values in {"a": a, "b": b}.items():
        # A value that is finite in float64, as `check_hyperprior` requires, may overflow in float32.
        wrong = int(np.sum(~((values >= 0) & ((values < np.inf) | (values.dtype == SINGLE)))))
        if wrong:
            raise _no_shape(name, wrong, len(values))
    with np.errstate(all="ignore"):
        return are_shapes(a, b) if log_weights is None else have_valid_weight(a, b, log_weights)


def usable_draws(draws: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The draws, with mu = a / (a + b) and lam = a + b added unless they are addresses of the hyperprior.

    Args:
        draws: the hyperprior's own addresses, and a and b, each of shape (N,).

    Returns:
        The draws of a `Posterior`.

    Raises:
        WeightError: if an a or b is not a positive number.
    """
    a, b = draws["a"], draws["b"]
    for name, values in {"a": a, "b": b}.items():
        wrong = int(np.sum(~((values > 0) & np.isfinite(values))))
        if wrong:
            raise _no_shape(name, wrong, len(values))
    population = {"a": a, "b": b, "mu": a / (a + b), "lam": a + b}
    own = {address: draws[address] for address in draws if address not in ("a", "b")}
    return population | own


def refuse_unusable(log_weights: np.ndarray) -> None:
    """Raise a WeightError if a log weight is NaN or +inf, or if all weights are zero."""
    wrong = int(np.sum(np.isnan(log_weights) | (log_weights == np.inf)))
    if wrong:
        raise WeightError(
            f"{wrong} of {log_weights.size} weights are NaN or infinite: the density of the hyperprior or of the "
            "proposal is NaN or infinite at its own draws"
        )
    if np.all(log_weights == -np.inf):
        raise WeightError("every weight is zero: the counts have probability zero under all particles")


def _no_shape(name: str, wrong: int, size: int) -> WeightError:
    return WeightError(
        f"{name} is not a positive number in {wrong} of {size} draws: check what the hyperprior's program returns"
    )
