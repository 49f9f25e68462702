"""BlackJAX's NUTS as its documentation shows it: window adaptation, and then a loop of the kernel."""

from collections.abc import Callable
from functools import partial
from typing import Any

import blackjax
import jax
import numpy as np

from experiments.performance.samplers import Drawn, Sample


def nuts_of_density(
    log_density: Callable[[jax.Array], jax.Array],
    lam: Callable[[jax.Array], jax.Array],
    starts: jax.Array,
    *,
    seed: int,
    warmup: int,
) -> Sample:
    """NUTS with window adaptation, by BlackJAX's defaults.

    Args:
        log_density: of unconstrained z, shape (d,).
        lam: the concentration at z.
        starts: z of each chain, shape (chains, d).
        seed: of the chains.
        warmup: steps of adaptation of each chain.

    Returns:
        The chains, vectorised.
    """
    window_adaptation: Any = blackjax.window_adaptation(blackjax.nuts, log_density)
    keys = jax.random.split(jax.random.key(seed), len(starts))

    @partial(jax.jit, static_argnums=0)
    def run(draws: int, keys: jax.Array, starts: jax.Array) -> tuple[jax.Array, jax.Array]:
        def chain(key: jax.Array, start: jax.Array) -> tuple[jax.Array, jax.Array]:
            key_warmup, key_draws = jax.random.split(key)
            adapted: Any = window_adaptation.run(key_warmup, start, warmup)[0]
            kernel: Any = blackjax.nuts(log_density, **adapted.parameters)

            def one(state: Any, key: jax.Array):
                state, info = kernel.step(key, state)
                return state, (lam(state.position), info.is_divergent)

            return jax.lax.scan(one, adapted.state, jax.random.split(key_draws, draws))[1]

        return jax.vmap(chain)(keys, starts)

    def sample(draws: int) -> Drawn:
        drawn, diverged = run(draws, keys, starts)
        return Drawn(np.asarray(drawn), int(diverged.sum()))

    return sample
