"""Joint draws of the rates of all students, for questions about several students together."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from genjax import binomial, seed
from scipy.special import expit

from inference.draws.weighted import WeightedDraws
from inference.programs.keys import single_key
from inference.programs.shapes import are_representable
from inference.programs.sizes import check_memory, whole_number
from models import Counts, Hyperprior, beta_binomial, logit_beta
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic


@own_arithmetic
def theta_draws(
    posterior: WeightedDraws, counts: Counts, *, key: jax.Array, n_draws: int = 4_000
) -> dict[str, np.ndarray]:
    """Joint draws of the population and of every student's rate, given the counts of all students.

        (a, b) ~ posterior,    theta_i | a, b ~ Beta(a + k_i, b + (n_i - k_i)) for every student i

    Rates are independent given the population, and therefore dependent once the population is integrated out. So
    P(theta_i > theta_j), ranks and extremes need joint draws; a table of intervals is not enough.

    Args:
        posterior: posterior of the population, from any algorithm and any form of the model.
        counts: the students; each row counts as one student, whatever its multiplicity is.
        key: JAX random key.
        n_draws: number of joint draws.

    Returns:
        "a", "b" and the hyperprior's own addresses, shape (n_draws,); "log_odds" and "theta", its sigmoid, shape
        (n_draws, rows). log_odds keeps its digits where theta rounds to 0 or 1.

    Raises:
        ValueError: if `n_draws` is less than 1.
    """
    key_population, key_theta = jax.random.split(single_key(key))
    n_draws = whole_number("n_draws", n_draws)
    check_memory(posterior.hyperprior, 2 * len(counts), n_draws=n_draws)
    population = resample(posterior, key_population, n_draws)
    return population | theta_given(population, counts, key_theta)


def theta_given(population: Mapping[str, np.ndarray], counts: Counts, key: jax.Array) -> dict[str, np.ndarray]:
    """The rate of every student given the counts and the population, for each draw of the population.

    Args:
        population: "a" and "b", each of shape (n_draws,).
        counts: the students' counts.
        key: JAX random key.

    Returns:
        "log_odds" and "theta", shape (n_draws, rows).
    """
    k, n = (jnp.asarray(values, jnp.zeros(()).dtype) for values in (counts.k, counts.n))
    a, b = (jnp.asarray(population[name], k.dtype)[:, None] for name in ("a", "b"))
    log_odds = np.asarray(_draw_log_odds(key, a + k, b + (n - k)))
    return {"log_odds": log_odds, "theta": expit(log_odds)}


@own_arithmetic
def predicted_counts(draws: Mapping[str, np.ndarray], n: np.ndarray, *, key: jax.Array) -> np.ndarray:
    """Counts of further trials of the students that `theta_draws` drew: the posterior predictive distribution.

        k_new ~ Binomial(n, theta)

    Args:
        draws: the result of `theta_draws`.
        n: further trials of each student, whole numbers, shape (rows,).
        key: JAX random key.

    Returns:
        Counts, shape (n_draws, rows).
    """
    log_odds = jnp.asarray(draws["log_odds"])
    return np.asarray(
        _draw_binomial(single_key(key), jnp.broadcast_to(jnp.asarray(n, log_odds.dtype), log_odds.shape), log_odds)
    )


@own_arithmetic
def prior_predictive(
    hyperprior: Hyperprior, counts: Counts, *, key: jax.Array, n_draws: int = 4_000
) -> dict[str, np.ndarray]:
    """Prior predictive draws: populations from the hyperprior, and counts of a class of this size from each of them.

        (a, b) ~ hyperprior,    k_i ~ BetaBinomial(n_i, a, b)

    Args:
        hyperprior: the prior of the population.
        counts: the students; only their trials n are used.
        key: JAX random key.
        n_draws: number of joint draws.

    Returns:
        "a", "b" and the hyperprior's own addresses, shape (n_draws,); "k", shape (n_draws, rows). A draw is left out if
        its a or b is too close to 0 or infinity for floating point, see `are_shapes`.

    Raises:
        KeyError: if the addresses of the hyperprior's program are not those of its support; the message lists both.
        ValueError: if the hyperprior's program does not match what it declares, see `check_hyperprior`.
        WeightError: if a drawn a or b is negative or not a number.
    """
    check_hyperprior(hyperprior)
    key_population, key_k = jax.random.split(single_key(key))
    n_draws = whole_number("n_draws", n_draws)
    check_memory(hyperprior, len(counts), n_draws=n_draws)
    keys = jax.random.split(key_population, n_draws)
    traces = jax.jit(jax.vmap(seed(hyperprior.program.simulate)))(keys)
    a, b = traces.get_retval()
    population = jax.device_get(traces.get_choices() | {"a": a, "b": b})
    representable = are_representable(population)
    # The other draws are dropped below; with their shapes TFP's binomial would draw NaNs or never return.
    a, b = (jnp.where(representable, shape, 1)[:, None] for shape in (a, b))
    n = jnp.asarray(counts.n, a.dtype)
    k = np.asarray(_draw_counts(key_k, jnp.broadcast_to(n, (n_draws, len(counts))), a, b))
    return {name: values[representable] for name, values in (population | {"k": k}).items()}


def resample(posterior: WeightedDraws, key: jax.Array, n_draws: int) -> dict[str, np.ndarray]:
    """Draws of the population with equal weights, by systematic resampling (Kitagawa 1996), in random order.

    Args:
        posterior: posterior of the population.
        key: JAX random key.
        n_draws: number of draws.

    Returns:
        The posterior's draws by name, each of shape (n_draws,).
    """
    n_draws = whole_number("n_draws", n_draws)
    check_memory(posterior.hyperprior, n_draws=n_draws)
    key_offset, key_order = jax.random.split(key)
    cumulative = np.cumsum(posterior.weights)
    points = (np.arange(n_draws) + float(jax.random.uniform(key_offset))) / n_draws * cumulative[-1]
    indices = np.minimum(np.searchsorted(cumulative, points, side="right"), len(cumulative) - 1)
    indices = indices[np.asarray(jax.random.permutation(key_order, n_draws))]
    return {name: np.asarray(values)[indices] for name, values in posterior.draws.items()}


_draw_log_odds = jax.jit(seed(logit_beta.sample))
_draw_counts = jax.jit(seed(beta_binomial.sample))
_draw_binomial = jax.jit(seed(lambda n, log_odds: binomial.sample(n, logits=log_odds)))
