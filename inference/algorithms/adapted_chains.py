"""Parallel chains of one GenJAX kernel; warm-up adapts their common step size and scale matrix to all chains."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from blackjax.adaptation.mass_matrix import welford_algorithm
from blackjax.adaptation.step_size import dual_averaging_adaptation

from inference.algorithms.genjax_kernels import TARGET, Kernel, transition
from inference.programs.unconstrained import Unconstrained

WINDOWS = (0.05, 0.15, 0.35, 0.7)  # shares of the warm-up at which a window ends and the scale matrix is estimated
PRIOR_DRAWS = 5.0  # draws: weight of the diagonal covariance, towards which the full covariance is shrunk


class Draws(NamedTuple):
    """The result of a sampler: z, and for each chain its mean acceptance and its number of divergent transitions."""

    z: jax.Array  # (chains, draws, d)
    acceptance: jax.Array  # (chains,)
    divergences: jax.Array  # (chains,)


class _State(NamedTuple):
    z: jax.Array  # (chains, d)
    scale_tril: jax.Array  # L, lower triangular, L L' ~ covariance of z, (d, d)
    step: Any  # state of dual averaging
    moments: Any  # moments of z since the end of the last window, by Welford's algorithm


def adapted_chains(
    target: Unconstrained, kernel: Kernel, key: jax.Array, starts: jax.Array, n_warmup: int, n_draws: int, argument: Any
) -> Draws:
    """Run chains of a GenJAX kernel.

    Args:
        target: the density.
        kernel: "mh", "mala" or "hmc".
        key: JAX random key.
        starts: z of each chain, shape (chains, d).
        n_warmup: number of warm-up transitions, which are not returned. Dual averaging adapts the step size to the
            kernel's best acceptance, and at the end of each of a few windows the scale matrix is estimated from the
            covariance of the chains.
        n_draws: number of transitions that are returned.
        argument: constraints and trials.

    Returns:
        The draws; these kernels report no divergent transitions.

    References:
        Hoffman & Gelman (2014), The No-U-Turn sampler, section 3.2: dual averaging.
    """
    n_chains, dimension = starts.shape
    step = transition(kernel, lambda z, argument: target.log_joint(z, *argument), dimension)
    start_step, update_step, final_step = dual_averaging_adaptation(TARGET[kernel])
    start_moments, update_moments, final_moments = welford_algorithm(is_diagonal_matrix=False)

    def transitions(key: jax.Array, state: _State, step_size: jax.Array):
        keys = jax.random.split(key, n_chains)
        return jax.vmap(step, in_axes=(0, 0, None, None, None))(keys, state.z, state.scale_tril, step_size, argument)

    def learn_scale_tril(state: _State) -> _State:
        covariance, count, _ = final_moments(state.moments)
        scale_tril = _scale_tril(covariance, count, state.scale_tril)
        return state._replace(scale_tril=scale_tril, step=start_step(1.0), moments=start_moments(dimension))

    def one(state: _State, now: tuple[jax.Array, jax.Array, jax.Array]):
        key, is_warmup, is_window_end = now
        step_size = jnp.where(is_warmup, jnp.exp(state.step.log_step_size), final_step(state.step))
        z, accepted = transitions(key, state, step_size)
        state = state._replace(z=z)
        adapted = state._replace(
            step=update_step(state.step, jnp.mean(accepted, dtype=z.dtype)),  # else float32 for booleans, even in x64
            moments=jax.lax.fori_loop(0, n_chains, lambda i, moments: update_moments(moments, z[i]), state.moments),
        )
        adapted = jax.lax.cond(is_window_end, learn_scale_tril, lambda state: state, adapted)
        state = jax.tree.map(lambda new, old: jnp.where(is_warmup, new, old), adapted, state)
        return state, (z, accepted)

    state = _State(starts, jnp.eye(dimension), start_step(1.0), start_moments(dimension))
    steps = jnp.arange(n_warmup + n_draws)
    is_window_end = jnp.isin(steps, jnp.array([int(share * n_warmup) for share in WINDOWS]))
    keys = jax.random.split(key, len(steps))
    _, (z, accepted) = jax.lax.scan(one, state, (keys, steps < n_warmup, is_window_end))
    kept = z[n_warmup:].swapaxes(0, 1)
    return Draws(kept, jnp.mean(accepted[n_warmup:], axis=0), jnp.zeros(n_chains, int))


def _scale_tril(covariance: jax.Array, count: jax.Array, scale_tril: jax.Array) -> jax.Array:
    """L with L L' = the covariance shrunk towards its diagonal; the old L if some coordinate has not moved."""
    variance = jnp.diag(covariance)
    shrunk = (count * covariance + PRIOR_DRAWS * jnp.diag(variance)) / (count + PRIOR_DRAWS)
    learned = jnp.linalg.cholesky(shrunk)
    return jnp.where(jnp.all(variance > 0) & jnp.all(jnp.isfinite(learned)), learned, scale_tril)
