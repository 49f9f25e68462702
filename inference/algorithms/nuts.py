"""BlackJAX's No-U-Turn sampler on the log density from GenJAX's `assess`."""

from typing import Any, NamedTuple

import blackjax
import jax
import jax.numpy as jnp
from blackjax.adaptation.mass_matrix import mass_matrix_adaptation
from blackjax.adaptation.step_size import dual_averaging_adaptation
from blackjax.adaptation.window_adaptation import build_schedule

from inference.algorithms.adapted_chains import Draws
from inference.programs.unconstrained import Unconstrained

# Target acceptance probability in warm-up. If the counts determine lam only weakly, the posterior is a funnel, because
# the larger lam is, the more certain is mu. With Stan's target 0.8 transitions diverge in it, and with 0.9 still in one
# run of four. In so few dimensions smaller steps cost little.
TARGET = 0.99
SLOW, DRAWING = 1, 2  # stages: 0 (Stan's fast one) adapts the step size alone, 1 the mass matrix too, 2 neither


class _State(NamedTuple):
    chain: Any
    step: Any  # state of dual averaging
    metric: Any  # mass matrix, and moments of z since the end of the last window


def nuts_chains(
    target: Unconstrained, key: jax.Array, starts: jax.Array, n_warmup: int, n_draws: int, argument: Any
) -> Draws:
    """Run NUTS chains; each adapts its own step size and dense mass matrix in Stan's windows.

    This does the same as `blackjax.window_adaptation`, but warm-up and draws are one loop. So the sampler, which takes
    most of the compile time, is compiled once instead of twice.

    Args:
        target: the density.
        key: JAX random key.
        starts: z of each chain, shape (chains, d).
        n_warmup: number of transitions of the adaptation, which are not returned.
        n_draws: number of transitions that are returned.
        argument: constraints and trials.

    Returns:
        The draws.

    References:
        Hoffman & Gelman (2014), The No-U-Turn sampler.
    """
    kernel = blackjax.nuts.build_kernel()
    start_step, update_step, final_step = dual_averaging_adaptation(TARGET)
    start_metric, update_metric, final_metric = mass_matrix_adaptation(is_diagonal_matrix=False)
    warmup: Any = build_schedule(n_warmup)  # for each transition: its stage, and whether a window of the metric ends
    stages = jnp.concatenate([warmup, jnp.tile(jnp.array([DRAWING, 0]), (n_draws, 1))])

    def log_density(z: jax.Array) -> jax.Array:
        return target.log_joint(z, *argument)

    def one(state: _State, now: tuple[jax.Array, jax.Array]):
        key, (stage, is_window_end) = now
        step_size = jnp.where(stage == DRAWING, final_step(state.step), jnp.exp(state.step.log_step_size))
        chain, info = kernel(key, state.chain, log_density, step_size, state.metric.inverse_mass_matrix)
        step = update_step(state.step, info.acceptance_rate)
        metric = update_metric(state.metric, chain.position)
        step = _where(is_window_end, start_step(final_step(step)), step)
        metric = _where(is_window_end, final_metric(metric), metric)
        state = _State(
            chain,
            _where(stage == DRAWING, state.step, step),
            _where(stage == SLOW, metric, state.metric),
        )
        return state, (chain.position, info.acceptance_rate, info.is_divergent)

    def run(key: jax.Array, start: jax.Array) -> Draws:
        state = _State(blackjax.nuts.init(start, log_density), start_step(1.0), start_metric(len(start)))
        keys = jax.random.split(key, len(stages))
        _, (z, acceptance, diverged) = jax.lax.scan(one, state, (keys, stages))
        return Draws(z[n_warmup:], acceptance[n_warmup:].mean(), diverged[n_warmup:].sum())

    return jax.vmap(run)(jax.random.split(key, len(starts)), starts)


def _where(condition: jax.Array, one: Any, other: Any) -> Any:
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), one, other)
