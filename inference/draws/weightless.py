"""Draws with zero weight, because their a or b is too close to 0 or infinity for floating point, and their share."""

import numpy as np

from inference.draws.weighted import WeightedDraws

# Largest share of the hyperprior's mass that may be lost. How much of the posterior is lost with it is not known, and
# log Z is off by about this much.
MOST_LOST = 0.01


def drawn(posterior: WeightedDraws) -> int:
    """The number of draws, including those with zero weight because of rounding."""
    return len(posterior.log_weights) + posterior.weightless


def counted(posterior: WeightedDraws) -> list[str]:
    """A sentence with the number of draws that have zero weight because of rounding; an empty list if none has."""
    if not posterior.weightless:
        return []
    floats = posterior.draws["a"].dtype
    return [
        f"{posterior.weightless} of {drawn(posterior)} draws have a or b next to 0 or inf in {floats} and weigh nothing"
    ]


def too_many(posterior: WeightedDraws) -> str | None:
    """Why a posterior that lost more than 1 % of its draws to rounding cannot be trusted; None if it lost fewer."""
    if posterior.weightless <= MOST_LOST * drawn(posterior):
        return None
    single = posterior.draws["a"].dtype == np.float32
    cure = "run inside `with jax.enable_x64(True):`" if single else "bound the hyperprior away from there"
    return f"do not trust: more of the hyperprior than {100 * MOST_LOST:.0f} % is lost to rounding; {cure}"
