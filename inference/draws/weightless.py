"""Draws whose a or b floats do not hold, and what that says of a posterior."""

import numpy as np

from inference.draws.weighted import WeightedDraws

# Of the hyperprior's mass: the posterior's share of it is not known, and log Z is off by about as much.
MOST_LOST = 0.01


def drawn(posterior: WeightedDraws) -> int:
    """The number of draws, those that weigh nothing because of floats among them."""
    return len(posterior.log_weights) + posterior.weightless


def counted(posterior: WeightedDraws) -> list[str]:
    """A sentence that counts the draws that weigh nothing because of floats; none if there are none."""
    if not posterior.weightless:
        return []
    floats = posterior.draws["a"].dtype
    return [
        f"{posterior.weightless} of {drawn(posterior)} draws have a or b next to 0 or inf in {floats} and weigh nothing"
    ]


def too_many(posterior: WeightedDraws) -> str | None:
    """Why a posterior is not to be trusted that has lost more than 1 % of its draws so; None if it has not."""
    if posterior.weightless <= MOST_LOST * drawn(posterior):
        return None
    single = posterior.draws["a"].dtype == np.float32
    cure = "run inside `with jax.enable_x64(True):`" if single else "bound the hyperprior away from there"
    return f"do not trust: more of the hyperprior than {100 * MOST_LOST:.0f} % is lost to rounding; {cure}"
