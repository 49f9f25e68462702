"""The No-U-Turn sampler of BlackJAX on the log density that GenJAX's `assess` gives."""

from typing import Any

import blackjax
import jax

from inference.chains import Draws
from inference.unconstrained import Unconstrained

TARGET = 0.9  # acceptance in warm-up; smaller steps than Stan's 0.8 diverge less, and cost little in so few dimensions


def nuts_chains(
    target: Unconstrained, key: jax.Array, starts: jax.Array, n_warmup: int, n_draws: int, argument: Any
) -> Draws:
    """Run NUTS chains, each of which adapts its own step size and dense mass matrix in the windows of Stan.

    Args:
        target: the density.
        key: JAX random key.
        starts: z of each chain, shape (chains, d).
        n_warmup: transitions of the adaptation, not returned.
        n_draws: transitions that are returned.
        argument: constraints and trials.

    Returns:
        The draws.

    References:
        Hoffman & Gelman (2014), The No-U-Turn sampler.
    """

    def log_density(z: jax.Array) -> jax.Array:
        return target.log_joint(z, *argument)

    def chain(key: jax.Array, start: jax.Array) -> Draws:
        key_warmup, key_draws = jax.random.split(key)
        warmup: Any = blackjax.window_adaptation(
            blackjax.nuts,
            log_density,
            is_mass_matrix_diagonal=False,
            target_acceptance_rate=TARGET,
            # Of each transition of the warm-up nothing is kept.
            adaptation_info_fn=lambda *_: None,
        )
        (state, parameters), _ = warmup.run(key_warmup, start, n_warmup)
        kernel: Any = blackjax.nuts(log_density, **parameters)

        def one(state, key):
            state, info = kernel.step(key, state)
            return state, (state.position, info.acceptance_rate, info.is_divergent)

        _, (z, acceptance, diverged) = jax.lax.scan(one, state, jax.random.split(key_draws, n_draws))
        return Draws(z, acceptance.mean(), diverged.sum())

    return jax.vmap(chain)(jax.random.split(key, len(starts)), starts)
