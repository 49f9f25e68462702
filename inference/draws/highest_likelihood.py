"""The highest likelihood of the counts under any population that a hyperprior allows, found without its draws."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from scipy.optimize import minimize

from inference.draws.weighted import WeightedDraws
from inference.programs.prepared import prepare_for_population
from inference.programs.probit import Probit
from inference.programs.unconstrained import unconstrained
from models import Classroom, Observations, aggregated, marginal
from models.programs.threads import shared

STARTS = 3  # searches: from the draws with the largest weights
MOST_STEPS = 200  # of each search; near the top a few nats do not matter


def highest_log_likelihood(counts: Observations, posterior: WeightedDraws) -> float:
    """The highest log p(k | population) that a search from the best draws finds, in unconstrained coordinates.

    See `best_population`, which finds it for one Beta without any draw.

    Args:
        counts: the students' counts.
        posterior: weighted draws of the population, from its hyperprior.

    Returns:
        The log likelihood; -inf if nothing is to be learned, because the population is known.
    """
    hyperprior = posterior.hyperprior
    if not hyperprior.addresses:
        return float("-inf")
    model = aggregated(hyperprior) if hyperprior.is_shared else marginal(hyperprior)
    given = prepare_for_population(model, counts)
    slope, start = _compiled(model, given.shapes)
    argument = given.constraints, given.trials
    best = float("-inf")
    for index in np.argsort(posterior.log_weights)[::-1][:STARTS]:
        own = {address: jnp.asarray(posterior.draws[address][index], float) for address in hyperprior.addresses}

        def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = slope(jnp.asarray(z, float), *argument)
            finite = bool(np.isfinite(value))
            return (-float(value), -np.asarray(gradient, np.float64)) if finite else (1e30, np.zeros(len(z)))

        z = np.asarray(start(own), np.float64)
        best = max(best, -float(minimize(loss, z, jac=True, method="BFGS", options={"maxiter": MOST_STEPS}).fun))
    return best + given.log_offset


@shared
def _compiled(model: Classroom, shapes: tuple[tuple[int, ...], ...]) -> tuple[Any, Any]:
    target = unconstrained(model, Probit, shapes)
    return jax.jit(jax.value_and_grad(target.log_likelihood)), jax.jit(target.at)
