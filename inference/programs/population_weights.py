"""The weights GenJAX's `generate` gives to populations drawn elsewhere, such as the course's own draws."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn

from inference.programs.batches import in_batches
from inference.programs.keys import single_key
from inference.programs.populations import is_usable
from inference.programs.prepared import prepare
from models import Classroom, Observations, hyperprior_of
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared


@own_arithmetic
def population_weights(
    model: Classroom,
    counts: Observations,
    population: Mapping[str, Any],
    *,
    key: jax.Array,
    proposal: Fn[Any] | None = None,
) -> np.ndarray:
    """Log weight of the counts at given populations.

    `generate` constrained to a population gives the joint log density. Minus the hyperprior's own log density this is

        log w_j = log p(k | population_j)                                in the marginal and aggregated forms,
        log w_j = log p(k, theta_j | population_j) / q(theta_j | ...)    with theta_j drawn, whose mean over theta_j
                                                                         is the same likelihood.

    Args:
        model: classroom, such as `marginal(box())`.
        counts: the students' counts.
        population: values at each of the hyperprior's addresses, each of shape (particles,), or (particles, ...) if the
            address draws an array.
        key: JAX random key, for the choices that are not given.
        proposal: generative function of (observed, trials), such as `conjugate_proposal(hyperprior)`; its own
            population is replaced by the given one.

    Returns:
        Log weights, float64, shape (particles,); -inf where the hyperprior itself has no density, or where a or b is
        too close to 0 or infinity for floating point, see `have_valid_weight`.

    Raises:
        KeyError: if the addresses in `population` are not those of the hyperprior; the message lists both.
        ValueError: if its values are not all of one shape (particles,), or there is no particle, or the hyperprior's
            program does not match what it declares, see `check_hyperprior`.
    """
    key, given = single_key(key), prepare(model, counts)
    hyperprior = given.hyperprior
    if set(population) != set(hyperprior.addresses):
        raise KeyError(
            f"population has the addresses {sorted(population)}, but the hyperprior's addresses are "
            f"{hyperprior.addresses}"
        )
    population = {address: jnp.asarray(population[address], float) for address in hyperprior.addresses}
    shapes = {address: values.shape for address, values in population.items()}
    sizes = {values.shape[:1] for values in population.values()}
    each = zip(population.values(), given.shapes, strict=True)
    if len(sizes) != 1 or sizes & {(), (0,)} or any(values.shape[1:] != shape for values, shape in each):
        raise ValueError(f"population has shapes {shapes}; give one value per particle at each address")
    keys = jax.random.split(key, *sizes.pop())
    score = _score(model, proposal, min(len(keys), given.batch_size))
    log_weights = jax.device_get(score(keys, population, given.constraints, given.trials))
    return np.asarray(log_weights, dtype=np.float64) + given.log_offset


@shared
def _score(model: Classroom, proposal: Fn[Any] | None, batch_size: int):
    hyperprior = hyperprior_of(model)

    def particle(key, population, observed, trials):
        constraints = {"population": population, **observed}
        log_prior, parameters = hyperprior.assess(population, trials)

        def possible(log_weight):
            # On the edge of the support, such as mu = 0, densities are 0 and the weight would be -inf minus -inf, NaN.
            return jnp.where(
                (log_prior > -jnp.inf) & is_usable(hyperprior, parameters, log_weight), log_weight, -jnp.inf
            )

        if proposal is None:
            _, log_joint = seed(model.generate)(key, constraints, trials)
            return possible(log_joint - log_prior)
        # The proposal, conditioned on the same population, draws the latents of the students. Its log weight is the log
        # density of that population; its score is minus the log density of all its choices.
        proposed, log_conditioned = seed(proposal.generate)(key, {"population": population}, observed, trials)
        merged, _ = model.merge(proposed.get_choices(), constraints)
        _, log_joint = seed(model.generate)(key, merged, trials)
        return possible(log_joint - log_prior + proposed.get_score() + log_conditioned)

    @jax.jit
    def score(keys, population, observed, trials):
        def one(key_and_population):
            key, population = key_and_population
            return particle(key, population, observed, trials)

        return in_batches(one, (keys, population), batch_size)

    return score
