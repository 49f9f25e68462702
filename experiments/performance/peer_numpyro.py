"""The same model as a NumPyro user writes it: weights by prior draws, and the posterior by NUTS."""

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro  # pyright: ignore[reportMissingImports]
import numpyro.distributions as dist  # pyright: ignore[reportMissingImports]
from numpyro.infer import MCMC, NUTS, Predictive, log_likelihood  # pyright: ignore[reportMissingImports]

from experiments.performance.samplers import CHAINS, Drawn, Sample


def _population(bounds: tuple[float, float]) -> tuple[Any, Any]:
    mu = numpyro.sample("mu", dist.Uniform(0, 1))
    lam = numpyro.sample("lam", dist.LogUniform(*bounds))
    return lam * mu, lam * (1 - mu)


def _marginal(n: jax.Array, k: jax.Array, bounds: tuple[float, float]) -> None:
    a, b = _population(bounds)
    with numpyro.plate("students", n.shape[0]):
        numpyro.sample("k", dist.BetaBinomial(a, b, total_count=n), obs=k)


def _explicit(n: jax.Array, k: jax.Array, bounds: tuple[float, float]) -> None:
    a, b = _population(bounds)
    with numpyro.plate("students", n.shape[0]):
        theta = numpyro.sample("theta", dist.Beta(a, b))
        numpyro.sample("k", dist.Binomial(total_count=n, probs=theta), obs=k)


def prior_weights(bounds: tuple[float, float], n_particles: int) -> Callable[..., Any]:
    """Importance sampling from the prior: `Predictive` draws the populations, `log_likelihood` weighs them.

    Args:
        bounds: of lam.
        n_particles: number of particles.

    Returns:
        Compiled function of (key, k, n) that returns log weights, a and b, each of shape (particles,).
    """

    @jax.jit
    def weigh(key: jax.Array, k: jax.Array, n: jax.Array):
        draw = Predictive(_marginal, num_samples=n_particles, return_sites=["mu", "lam"], parallel=True)
        drawn = draw(key, n, k, bounds)
        log_weights = jnp.sum(log_likelihood(_marginal, drawn, n, k, bounds, parallel=True)["k"], axis=-1)
        return log_weights, drawn["lam"] * drawn["mu"], drawn["lam"] * (1 - drawn["mu"])

    return weigh


def nuts(form: str, k: np.ndarray, n: np.ndarray, bounds: tuple[float, float], *, seed: int, warmup: int) -> Sample:
    """NUTS of the model.

    Args:
        form: "marginal" or "explicit".
        k: successes of each student.
        n: trials of each student.
        bounds: of lam.
        seed: of the chains.
        warmup: steps of adaptation of each chain.

    Returns:
        The chains, vectorised.
    """
    model = _marginal if form == "marginal" else _explicit
    data = jnp.asarray(n, float), jnp.asarray(k, float), bounds
    return _chains(lambda: NUTS(model), lambda drawn: drawn["lam"], data, None, seed=seed, warmup=warmup)


def nuts_of_density(
    log_density: Callable[[jax.Array], jax.Array],
    lam: Callable[[jax.Array], jax.Array],
    starts: jax.Array,
    *,
    seed: int,
    warmup: int,
) -> Sample:
    """NUTS of a density.

    Args:
        log_density: of unconstrained z, shape (d,).
        lam: the concentration at z.
        starts: z of each chain, shape (chains, d).
        seed: of the chains.
        warmup: steps of adaptation of each chain.

    Returns:
        The chains, vectorised.
    """

    def kernel() -> NUTS:
        return NUTS(potential_fn=lambda z: -log_density(z))

    of_all = jax.vmap(jax.vmap(lam))
    return _chains(kernel, of_all, (), starts, seed=seed, warmup=warmup)


def _chains(
    kernel: Callable[[], Any],
    lam: Callable[[Any], jax.Array],
    data: tuple[Any, ...],
    starts: jax.Array | None,
    *,
    seed: int,
    warmup: int,
) -> Sample:
    """Chains of a kernel.

    Args:
        kernel: makes NumPyro's, which serves one number of draws only.
        lam: the concentration of all draws, shape (chains, draws), from NumPyro's samples by chain.
        data: arguments of the model.
        starts: unconstrained start of each chain; NumPyro's own if None.
        seed: of the chains.
        warmup: steps of adaptation of each chain.
    """

    @cache
    def compiled(draws: int) -> Callable[[jax.Array], tuple[jax.Array, jax.Array]]:
        sizes: Any = {"num_warmup": warmup, "num_samples": draws, "num_chains": CHAINS}
        chains = MCMC(kernel(), **sizes, chain_method="vectorized", progress_bar=False)

        @jax.jit  # otherwise `run` would trace and compile in every call, for as long as sampling takes or longer
        def run(key: jax.Array) -> tuple[jax.Array, jax.Array]:
            chains.run(key, *data, init_params=starts, extra_fields=("diverging",))
            return lam(chains.get_samples(group_by_chain=True)), chains.get_extra_fields()["diverging"].sum()

        return run

    def sample(draws: int) -> Drawn:
        drawn, diverged = compiled(draws)(jax.random.key(seed))
        return Drawn(np.asarray(drawn), int(diverged))

    return sample
