"""The methods that weigh particles: each goes from one random key to the log weights of all particles.

Every method draws its own populations from mean_concentration(), weighs them by the counts, and returns both. It does
so in one compiled call in JAX's default float type, with the counts as arguments. Nothing that happens on the host,
such as the checks of `importance`, is in the call, so that the methods differ only in how they weigh.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen, seed, tfp_distribution
from genjax.core import Fn
from jax.scipy.special import betaln, gammaln
from tensorflow_probability.substrates.jax import distributions as tfd

from experiments.performance.peers import NUMPYRO, is_there
from inference.programs.batches import batch_for, in_batches
from models import Classroom, Counts, aggregated, beta_binomial, classroom, hyperprior_of, marginal, mean_concentration

BOUNDS = (0.1, 100.0)  # of lam
AGGREGATED, MARGINAL = "generate, aggregated", "generate, marginal"
GENERIC, BY_HAND, PRIOR_WEIGHTS = "generate, TFP's pmf", "JAX by hand", f"{NUMPYRO}, prior weights"


class Weighed(NamedTuple):
    """Particles: their log weights and populations, each of shape (particles,)."""

    log_weights: jax.Array
    a: jax.Array
    b: jax.Array


tfp_beta_binomial = tfp_distribution(lambda n, a, b: tfd.BetaBinomial(n, a, b), name="tfp_beta_binomial")


@gen
def tfp_student(a, b, n):
    """k ~ BetaBinomial(n, a, b), with the pmf of TFP."""
    return tfp_beta_binomial(n, a, b) @ "k"


def names(*, written_out: bool = True) -> list[str]:
    """Names of the methods, NumPyro's among them if it is installed.

    Args:
        written_out: whether the students are written out one by one; if they are not, there is only one method.
    """
    if not written_out:
        return [AGGREGATED]
    return [AGGREGATED, MARGINAL, GENERIC, BY_HAND, *([PRIOR_WEIGHTS] if is_there(NUMPYRO) else [])]


def call(method: str, counts: Counts, key: jax.Array, n_particles: int) -> Callable[[], Weighed]:
    """One method, ready to be timed.

    Args:
        method: one of `names`.
        counts: the students.
        key: JAX random key.
        n_particles: number of particles.

    Returns:
        Function without arguments; its first call compiles.
    """
    observed = counts.observed
    k, n = observed["students"]["k"], counts.trials.n
    if method == BY_HAND:
        by_hand = _by_hand(n_particles)
        return lambda: Weighed(*by_hand(key, k, n))
    if method == PRIOR_WEIGHTS:
        from experiments.performance.peer_numpyro import prior_weights

        weigh = prior_weights(BOUNDS, n_particles)
        return lambda: Weighed(*weigh(key, k, n))
    model = _model(method)
    trials = model.argument(counts)
    # GENERIC weighs all particles at once, as a user would; the suite's own forms use the batches of `importance`.
    batch_size = n_particles if method == GENERIC else min(n_particles, batch_for(model, trials))
    generated = _generated(model, n_particles, batch_size)
    return lambda: Weighed(*generated(key, observed, trials))


def full_log_weights(method: str, counts: Counts, weighed: Weighed) -> np.ndarray:
    """Log weights in float64, including the constant that the aggregated form leaves out."""
    model = aggregated(mean_concentration(lam=BOUNDS))
    log_offset = model.log_offset(model.argument(counts)) if method == AGGREGATED else 0.0
    return np.asarray(weighed.log_weights, np.float64) + log_offset


def reference(counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Log weights at given populations in float64, summed over the different (k, n) one by one.

        sum over the different (k, n) of multiplicity x log p(k | n, a, b)

    The log pmf is right to 1e-13, see docs/log_pmf.md; a sum of SciPy's log betas would be off by 3e-6 per student.

    Args:
        counts: the students.
        a: first shape of the population Beta, shape (particles,).
        b: second shape.

    Returns:
        Log weights, shape (particles,).
    """
    total = np.zeros(len(a))
    with jax.enable_x64(True):
        wide_a, wide_b = jnp.asarray(a, jnp.float64), jnp.asarray(b, jnp.float64)
        for k, n, multiplicity in zip(*counts.pairs, strict=True):
            log_p = _log_pmf(jnp.float64(k), jnp.float64(n), wide_a, wide_b)
            total += float(multiplicity) * np.asarray(log_p)
    return total


_log_pmf = jax.jit(beta_binomial.logpdf)


def _model(method: str) -> Classroom:
    hyperprior = mean_concentration(lam=BOUNDS)
    if method == AGGREGATED:
        return aggregated(hyperprior)
    return marginal(hyperprior) if method == MARGINAL else _tfp_classroom()


@cache
def _tfp_classroom() -> Classroom:
    return classroom(tfp_student, mean_concentration(lam=BOUNDS))


@cache  # one compiled program for each; JAX adds one for each shape of the data
def _generated(model: Fn[Any], n_particles: int, batch_size: int):
    hyperprior = hyperprior_of(model)

    def particle(key, observed, trials):
        trace, log_weight = seed(model.generate)(key, observed, trials)
        _, (a, b) = hyperprior.program.assess(trace.get_choices()["population"])
        return log_weight, a, b

    @jax.jit
    def weigh(key, observed, trials):
        keys = jax.random.split(key, n_particles)
        return in_batches(lambda key: particle(key, observed, trials), keys, batch_size)

    return weigh


@cache
def _by_hand(n_particles: int):
    """The course's formula as a user writes it in JAX: draw populations, vmap over particles, jit."""

    def log_likelihood(a, b, k, n):
        log_choose = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return jnp.sum(log_choose + betaln(a + k, b + (n - k)) - betaln(a, b))

    @jax.jit
    def weigh(key, k, n):
        key_mu, key_lam = jax.random.split(key)
        mu = jax.random.uniform(key_mu, (n_particles,), minval=jnp.finfo(n.dtype).tiny)  # 0 would have a weight of NaN
        log_lam = jax.random.uniform(key_lam, (n_particles,), minval=np.log(BOUNDS[0]), maxval=np.log(BOUNDS[1]))
        a, b = jnp.exp(log_lam) * mu, jnp.exp(log_lam) * (1 - mu)
        return jax.vmap(log_likelihood, in_axes=(0, 0, None, None))(a, b, k, n), a, b

    return weigh
