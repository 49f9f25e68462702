"""The classroom as one distribution over all counts; its density costs the same for any number of students."""

from dataclasses import field

import jax
import jax.numpy as jnp
from genjax import Pytree, const, gen
from genjax.core import Distribution, distribution
from jax import lax

from models.classrooms.classroom import Classroom
from models.classrooms.different_rows import STUDENTS_AT_ONCE, check_written_out, rows_of_class
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.beta_binomial.tally import Tally, tally
from models.hyperpriors.hyperprior import Hyperprior, repeated
from models.observations.counts import Counts
from models.observations.observations import Observations
from models.observations.trials import Trials
from models.programs.pickling import made_by
from models.programs.threads import shared


@Pytree.dataclass(has_implicitly_inherited_fields=True)  # of `Trials`
class Tallied(Trials):
    """The trials of a class, and a summary of its counts.

    Args:
        tally: the summary, computed once.
        only_tallied: whether a program is evaluated at the counts of the tally only.
    """

    tally: Tally = field(kw_only=True)
    only_tallied: bool = Pytree.static(default=False, kw_only=True)


def _sample(trials: Trials, a: jax.Array, b: jax.Array) -> jax.Array:
    check_written_out(trials)
    return beta_binomial.sample(trials.n, *repeated((a, b), trials.rows))


def _log_density(k: jax.Array, trials: Trials, a: jax.Array, b: jax.Array) -> jax.Array:
    if not isinstance(trials, Tallied):
        return _one_by_one(k, trials, a, b)
    tally = trials.tally
    if trials.only_tallied:
        return tally.log_density(a, b)
    # The tally is of the counts that were observed; other counts, such as simulated ones, have their own density.
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

Without a tally the offset is 0. With one it is that of the tally: 0, or the log density near the mode, where the sum is
so large that floats would have no digits left for the differences that matter.
"""


@gen
def whole_class(trials, a, b):
    """k ~ class_counts(trials, a, b): every student's theta integrated out."""
    return class_counts(trials, a, b) @ "k"


def tally_of(counts: Counts) -> Tally | None:
    """The tally of counts, computed once for each float dtype; None for a class so small that it does not pay."""
    return counts.computed_once("tally", lambda: tally(*counts.pairs, observed=counts.observed["students"]["k"]))


def _only_counts(counts: Observations) -> Counts:
    if not isinstance(counts, Counts):
        raise TypeError(f"only Counts have a tally, not {type(counts).__name__}")
    return counts


@Pytree.dataclass(has_implicitly_inherited_fields=True)  # of `Classroom`
class Aggregated(Classroom):
    """The classroom as one distribution over all counts: a tally of the counts goes with its argument."""

    def argument(self, counts: Observations, *, only_these: bool = False) -> Trials:
        """`counts.trials` and the tally of the counts; without one for a class so small that it does not pay."""
        counts = _only_counts(counts)
        trials, whole_class = counts.trials, tally_of(counts)
        if whole_class is None:
            return trials
        fields = trials.n, trials.max_n, trials.multiplicity, trials.covariates
        return Tallied(*fields, tally=whole_class, only_tallied=only_these)

    def log_offset(self, trials: Trials) -> float:
        """The offset of the tally, see `class_counts`."""
        return float(trials.tally.offset) if isinstance(trials, Tallied) else 0.0

    def numbers_per_particle(self, trials: Trials) -> int:
        """The terms of the tally, which hardly grow with the class."""
        return trials.tally.numbers if isinstance(trials, Tallied) else trials.n.shape[0]


@shared  # the same object for the same hyperprior, so that programs compiled for it are reused
def aggregated(hyperprior: Hyperprior) -> Classroom:
    """The class with every student's rate integrated out, as one distribution: hyperprior -> k.

    It has the density of `marginal`, computed from tail counts that are added up once, in `model.argument(counts)`: a
    particle costs O(log max n), whatever the number of students. For other counts, and with `counts.trials` as the
    argument, the density costs what that of `marginal` costs, and has its rounding error, which grows with the class.
    In other families a particle costs as much as there are different rows of data.

    Args:
        hyperprior: what is believed of the population.

    Returns:
        The generative function, of `model.argument(counts)`, conditioned by `counts.observed`; no latent below the
        population. Its log weights leave out `model.log_offset(argument)`, see `class_counts`; every algorithm of
        `inference` adds it back. The same object for the same hyperprior.

    Raises:
        TypeError: if the hyperprior's program describes a population for each student.
    """
    if not hyperprior.is_shared:
        raise TypeError(
            "aggregated adds up students of one population, but this hyperprior's program takes the trials and "
            "describes a population for each student: use marginal(hyperprior)"
        )
    if not hyperprior.has_one_beta:
        return made_by(rows_of_class(hyperprior), aggregated, hyperprior)

    def model(trials: Trials):
        a, b = hyperprior.program() @ "population"
        return whole_class(trials, a, b) @ "students"

    return made_by(Aggregated(const(model), hyperprior), aggregated, hyperprior)
