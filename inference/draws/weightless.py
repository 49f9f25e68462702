"""Draws with zero weight, because their a or b is too close to 0 or infinity for floating point, and their share."""

import numpy as np

from inference.draws.weighted import WeightedDraws

# Largest trusted share of the hyperprior's draws that are lost. How much of the posterior is lost with them is unknown,
# and log Z is off by about this much.
MOST_LOST = 0.01


def n_drawn(posterior: WeightedDraws) -> int:
    """The number of draws, including those with zero weight because of rounding."""
    return len(posterior.log_weights) + posterior.weightless


def weightless_sentences(posterior: WeightedDraws) -> list[str]:
    """A sentence with the number of draws that have zero weight because of rounding; an empty list if none has."""
    if not posterior.weightless:
        return []
    floats = next(iter(posterior.draws.values())).dtype
    parameter = "an a or b" if posterior.hyperprior.has_one_beta else "a parameter"
    return [
        f"{posterior.weightless} of {n_drawn(posterior)} draws have {parameter} too close to 0 or infinity for "
        f"{floats}, and weight zero"
    ]


def loss_sentence(posterior: WeightedDraws) -> str | None:
    """Why a posterior that lost more than 1 % of its draws to rounding cannot be trusted; None if it lost fewer."""
    if posterior.weightless <= MOST_LOST * n_drawn(posterior):
        return None
    single = next(iter(posterior.draws.values())).dtype == np.float32
    wider_floats, other_hyperprior = (
        "run inside `with jax.enable_x64(True):`",
        "use a hyperprior whose parameters stay away from 0 and infinity",
    )
    cure = wider_floats if single else other_hyperprior
    return f"do not trust: more than {100 * MOST_LOST:.0f} % of the hyperprior's draws are lost to rounding; {cure}"
