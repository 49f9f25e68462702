"""The classroom as one distribution over all counts; its density costs the same for any number of students."""

import jax
import jax.numpy as jnp
from genjax import gen
from genjax.core import Distribution, Fn, distribution
from jax import lax

from models.classrooms.forms import as_classroom
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.hyperpriors.hyperprior import Hyperprior
from models.observations.columns import CountsError
from models.observations.counts import Trials
from models.programs.pickling import made_by
from models.programs.threads import shared

STUDENTS_AT_ONCE = 32  # students a step where pmfs are added up one by one; their memory is allocated in any case


def _sample(trials: Trials, a: jax.Array, b: jax.Array) -> jax.Array:
    if trials.multiplicity is not None:
        raise CountsError("a class too large to be written out cannot be simulated: simulate some of its students")
    a, b = jnp.broadcast_to(a, trials.n.shape), jnp.broadcast_to(b, trials.n.shape)
    return beta_binomial.sample(trials.n, a, b)


def _log_density(k: jax.Array, trials: Trials, a: jax.Array, b: jax.Array) -> jax.Array:
    tally = trials.tally
    if tally is None:
        return _one_by_one(k, trials, a, b)
    if trials.only_tallied:
        return tally.log_density(a, b)
    # The tally holds the observed counts only. For other counts, such as simulated ones, the log pmfs are added up.
    return lax.cond(
        jnp.array_equal(k, tally.k),
        lambda: tally.log_density(a, b),
        lambda: _one_by_one(k, trials, a, b) - jnp.asarray(tally.offset, k.dtype),
    )


def _one_by_one(k: jax.Array, trials: Trials, a: jax.Array, b: jax.Array) -> jax.Array:
    """sum_i multiplicity_i log p(k_i | n_i, a, b), a few students at a time so that memory does not grow with them."""
    students = jnp.stack([k, trials.n, jnp.ones_like(k) if trials.multiplicity is None else trials.multiplicity])
    # The padding is 0 successes in 0 trials, which has probability 1.
    students = jnp.pad(students, ((0, 0), (0, -k.shape[0] % min(STUDENTS_AT_ONCE, k.shape[0]))))
    few = students.reshape(3, -1, min(STUDENTS_AT_ONCE, k.shape[0])).swapaxes(0, 1)

    def add(total: jax.Array, some: jax.Array) -> tuple[jax.Array, None]:
        k, n, multiplicity = some
        return total + jnp.sum(multiplicity * beta_binomial_log_pmf(k, n, a, b)), None

    return lax.scan(add, jnp.zeros((), k.dtype), few)[0]


class_counts: Distribution[jax.Array] = distribution(_sample, _log_density, name="class_counts")
"""All counts k of a class, given `Trials` and scalars a, b: k_i ~ BetaBinomial(n_i, a, b) independently.

    log p(k | n, a, b) = sum_i log p(k_i | n_i, a, b) - offset

The offset is `trials.tally.offset`. It is 0, or, where the sum is so large that floats would have no digits left for
the differences that matter, the log density near the mode.
"""


@gen
def whole_class(trials, a, b):
    """k ~ class_counts(trials, a, b): every student's theta integrated out."""
    return class_counts(trials, a, b) @ "k"


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def aggregated(hyperprior: Hyperprior) -> Fn[jax.Array]:
    """The class with every student's rate integrated out, as one distribution: hyperprior -> k.

    It has the density of `marginal`, computed from tail counts that are added up once, in `Counts`: a particle costs
    O(log max n), whatever the number of students. For counts other than those of `counts.trials` the density is equally
    accurate, at the cost of `marginal`.

    Args:
        hyperprior: what is believed of (a, b).

    Returns:
        Generative function of `counts.trials`, conditioned by `counts.observed`; no latent below the population.
        Its log weights leave out `counts.trials.tally.offset`, see `class_counts`; every algorithm of `inference` adds
        it back. The same object for the same hyperprior.
    """

    def model(trials: Trials):
        a, b = hyperprior.program() @ "population"
        return whole_class(trials, a, b) @ "students"

    return made_by(as_classroom(model, hyperprior, is_aggregated=True), aggregated, hyperprior)
