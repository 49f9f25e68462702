"""Joint draws of the rates of all students, for questions about several students together."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from scipy.special import expit

from inference.draws.rates_of_any_family import counts_given, latents_given, prior_counts
from inference.draws.weighted import WeightedDraws
from inference.programs.keys import single_key
from inference.programs.prepared import as_counts, check_kind
from inference.programs.shapes import are_representable
from inference.programs.sizes import check_memory, whole_number
from models import Hyperprior, Observations, beta_binomial, binomial_log_odds, logit_beta
from models.families.beta_binomial.family import beta_binomials
from models.families.family import Family
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic


@own_arithmetic
def theta_draws(
    posterior: WeightedDraws, counts: Observations, *, key: jax.Array, n_draws: int = 4_000
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
        (n_draws, rows). log_odds keeps its digits where theta rounds to 0 or 1. In other families "log_odds" is what
        the family calls its latent, and theta and it have another axis if a student has several rates.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
        ValueError: if `n_draws` is less than 1.
    """
    counts = posterior.as_learned(counts)
    key_population, key_theta = jax.random.split(single_key(key))
    n_draws = whole_number("n_draws", n_draws)
    check_memory(posterior.hyperprior, 2 * counts.k.size, n_draws=n_draws)
    population = resample(posterior, key_population, n_draws)
    return population | theta_given(posterior.hyperprior, population, counts, key_theta, n_draws=n_draws)


def theta_given(
    hyperprior: Hyperprior,
    population: Mapping[str, np.ndarray],
    counts: Observations,
    key: jax.Array,
    *,
    n_draws: int,
) -> dict[str, np.ndarray]:
    """The rate of every student given the counts and the population, for each draw of the population.

    Args:
        hyperprior: the prior of the population.
        population: draws of its addresses, and of "a" and "b" if the population is one Beta, each of shape (n_draws,).
        counts: the students' counts.
        key: JAX random key.
        n_draws: number of draws of the population; of one that is known for each student there are no numbers.

    Returns:
        "log_odds", or what the family calls it, and "theta", shape (n_draws, rows), with another axis if a student has
        several rates.
    """
    if not hyperprior.has_one_beta:
        x, theta = latents_given(hyperprior, population, counts, jax.random.split(key, n_draws))
        return {hyperprior.family.address: x, "theta": theta}
    counts = as_counts(hyperprior, counts)
    k, n = (jnp.asarray(values, jnp.zeros(()).dtype) for values in (counts.k, counts.n))
    a, b = (jnp.asarray(population[name], k.dtype)[:, None] for name in ("a", "b"))
    log_odds = np.asarray(_draw_log_odds(key, a + k, b + (n - k)))
    return {"log_odds": log_odds, "theta": expit(log_odds)}


@own_arithmetic
def predicted_counts(
    draws: Mapping[str, np.ndarray], n: np.ndarray, *, key: jax.Array, family: Family = beta_binomials
) -> np.ndarray:
    """Counts of further trials of the students that `theta_draws` drew: the posterior predictive distribution.

        k_new ~ Binomial(n, theta)

    Args:
        draws: the result of `theta_draws`.
        n: further trials of each student, whole numbers, or its further exposure, shape (rows,).
        key: JAX random key.
        family: the family of the students.

    Returns:
        Counts, shape (n_draws, rows), with another axis if a student has several rates.

    Raises:
        KeyError: if the draws are of another family.
    """
    if family.address not in draws:
        raise KeyError(
            f"there are no draws of {family.address!r}: give the family of the students, such as family=gamma_poissons"
        )
    if family is not beta_binomials:
        return counts_given(family, draws[family.address], n, single_key(key))
    log_odds = jnp.asarray(draws["log_odds"])
    return np.asarray(
        _draw_binomial(single_key(key), jnp.broadcast_to(jnp.asarray(n, log_odds.dtype), log_odds.shape), log_odds)
    )


@own_arithmetic
def prior_predictive(
    hyperprior: Hyperprior, counts: Observations, *, key: jax.Array, n_draws: int = 4_000
) -> dict[str, np.ndarray]:
    """Prior predictive draws: populations from the hyperprior, and counts of a class of this size from each of them.

        (a, b) ~ hyperprior,    k_i ~ BetaBinomial(n_i, a, b)

    Args:
        hyperprior: the prior of the population.
        counts: the students, of whom all but k is used.
        key: JAX random key.
        n_draws: number of joint draws.

    Returns:
        "a", "b" (if the population is one Beta) and the hyperprior's own addresses, shape (n_draws, ...), see
        `PopulationDraws`; "k", shape (n_draws, rows), with another axis if a student has several rates. A draw is left
        out if a parameter is too close to 0 or infinity for floating point, see `is_representable`.

    Raises:
        KeyError: if the addresses of the hyperprior's program are not those of its support; the message lists both.
        ValueError: if the hyperprior's program does not match what it declares, see `check_hyperprior`.
        WeightError: if a drawn a or b is negative or not a number.
    """
    check_kind(hyperprior, counts)
    check_hyperprior(hyperprior, counts.trials)
    key_population, key_k = jax.random.split(single_key(key))
    n_draws = whole_number("n_draws", n_draws)
    check_memory(hyperprior, counts.k.size, n_draws=n_draws)
    keys = jax.random.split(key_population, n_draws)
    if not hyperprior.has_one_beta:
        return prior_counts(hyperprior, counts, keys)
    counts = as_counts(hyperprior, counts)
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
        The posterior's draws by name, each of shape (n_draws,), or (n_draws, ...) if an address draws an array.
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
_draw_binomial = jax.jit(seed(binomial_log_odds.sample))
