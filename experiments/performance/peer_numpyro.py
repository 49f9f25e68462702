"""The same model as a NumPyro user writes it: weights by prior draws, and the posterior by NUTS."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro  # pyright: ignore[reportMissingImports]
import numpyro.distributions as dist  # pyright: ignore[reportMissingImports]
from numpyro.infer import MCMC, NUTS, Predictive, log_likelihood  # pyright: ignore[reportMissingImports]

CHAINS = 4


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


def nuts(
    form: str, k: np.ndarray, n: np.ndarray, bounds: tuple[float, float], *, seed: int, warmup: int, draws: int
) -> tuple[Callable[[], Any], Callable[[], np.ndarray]]:
    """NUTS in four chains, vectorised.

    Args:
        form: "marginal" or "explicit".
        k: successes of each student.
        n: trials of each student.
        bounds: of lam.
        seed: of the chains.
        warmup: steps of adaptation of each chain.
        draws: draws of each chain.

    Returns:
        A function that adapts; and a function that samples from where adaptation ended and returns lam, shape
        (chains, draws). The first call of each compiles.
    """
    sampler = MCMC(
        NUTS(_marginal if form == "marginal" else _explicit),
        num_warmup=warmup,
        num_samples=draws,
        num_chains=CHAINS,
        chain_method="vectorized",
        progress_bar=False,
    )
    key_warmup, key_draws = jax.random.split(jax.random.key(seed))
    data = jnp.asarray(n, float), jnp.asarray(k, float), bounds
    adapted: Any = None

    def adapt() -> Any:
        nonlocal adapted
        sampler.post_warmup_state = None  # otherwise it would continue from there
        sampler.warmup(key_warmup, *data)
        adapted = sampler.last_state
        return adapted.z

    def sample() -> np.ndarray:
        sampler.post_warmup_state = adapted
        sampler.run(key_draws, *data)
        return np.asarray(sampler.get_samples(group_by_chain=True)["lam"])

    return adapt, sample
