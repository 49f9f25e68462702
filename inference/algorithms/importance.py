"""Importance sampling over programs: GenJAX's `generate` weights each particle by its likelihood."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn

from inference.algorithms.vi import vi
from inference.draws.best_population import best_population, log_best_weight
from inference.draws.highest_likelihood import highest_log_likelihood
from inference.posteriors.fitted_posterior import FittedPosterior
from inference.posteriors.posterior import Posterior
from inference.programs.addresses import choices_of
from inference.programs.batches import in_batches
from inference.programs.conjugate_proposal import conjugate_proposal
from inference.programs.devices import Device, devices_to_use, over_devices
from inference.programs.keys import single_key
from inference.programs.normal_proposal import normal_proposal
from inference.programs.populations import exact_applies, is_usable, population_draw
from inference.programs.prepared import Prepared, are_those_of, kept_of, prepare
from inference.programs.sizes import check_memory, whole_number
from models import Classroom, Counts, Observations, aggregated, explicit, hyperprior_of, marginal
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared


@own_arithmetic
def importance(
    model: Classroom,
    counts: Observations,
    *,
    key: jax.Array,
    n_particles: int = 20_000,
    proposal: Fn[Any] | None = None,
    proposal_args: tuple[Any, ...] = (),
    batch_size: int | None = None,
    observed: Mapping[str, Any] | None = None,
    devices: Sequence[Device] | None = None,
) -> Posterior:
    """Learn the population by importance sampling with GenJAX's `generate`.

    Particle j draws everything that is not observed from the program itself, or from `proposal`. Its weight is w_j:

        w_j = p(choices_j, observed) / q(choices_j),    Z ~ mean_j w_j,    E[f] ~ sum_j w_j f_j / sum_j w_j.

    Args:
        model: classroom, such as `marginal(box())`.
        counts: the students' counts.
        key: JAX random key; the same key gives the same particles, whatever the batch size.
        n_particles: number of particles.
        proposal: generative function of (observed, trials) that proposes the latent choices, such as
            `conjugate_proposal(hyperprior)`; by default the program's own prior.
        proposal_args: further arguments of the proposal, arrays, such as mean and scale_tril of `normal_proposal`.
        batch_size: number of particles whose weights are computed at once. Besides the populations of all particles,
            memory is O(batch_size x students), or O(batch_size) in the aggregated form; by default some tens of MB for
            each array.
        observed: observation map written by hand, instead of `counts.observed`.
        devices: devices to use, by default all that JAX sees; each computes the weights of its share of the particles.
            In a program of several processes (`jax.distributed`) all of them must make the same call, and each gets the
            whole answer.

    Returns:
        The weighted population draws. If they were proposed by `normal_proposal`, given further counts a normal is
        fitted and drawn from anew, see `fit_and_weigh`; other draws are weighed anew.

    Raises:
        KeyError: if `observed` or the proposal has an address that the model lacks; the message lists those it has.
        ValueError: if nothing is observed, a value has the wrong shape, a number is not positive, or the hyperprior's
            program does not match what it declares, see `check_hyperprior`.
        WeightError: if a weight is NaN or +inf, if the counts have probability zero under all particles, or if a drawn
            a or b is negative or not a number.

    References:
        Owen (2013), Monte Carlo theory, methods and examples, chapter 9, eqs. 9.3 and 9.8.
    """
    key, n_particles = single_key(key), whole_number("n_particles", n_particles)
    check_memory(hyperprior_of(model), n_particles=n_particles)
    given = prepare(model, counts, observed)
    hyperprior = given.hyperprior
    batch_size = given.batch_size if batch_size is None else whole_number("batch_size", batch_size)
    if proposal is not None:
        _check_proposal(proposal, given, proposal_args)

    keys, arguments = jax.random.split(key, n_particles), (given.constraints, given.trials, proposal_args)
    if len(several := devices_to_use(devices)) > 1:
        share = -(-n_particles // len(several))
        weigh = _weigh_over(model, proposal, min(batch_size, share), several)
    else:
        weigh = compiled_weigher(model, proposal, min(batch_size, n_particles))
        if devices is not None:
            keys, arguments = jax.device_put((keys, arguments), *several)
    log_weights, drawn = jax.device_get(weigh(keys, *arguments))

    log_weights = np.asarray(log_weights, np.float64) + given.log_offset
    result, learn = Posterior, {}
    if proposal is normal_proposal(hyperprior):
        result, learn = FittedPosterior, {"learn": partial(fit_and_weigh, model, key=key, n_particles=n_particles)}
    posterior = result.from_weights(
        hyperprior,
        drawn.draws,
        log_weights,
        status=drawn.status,
        advice=_advice(given, proposal),
        **kept_of(model, counts, given.trials),
        **learn,
    )
    if observed is not None and not are_those_of(counts, observed):
        return replace(posterior, has_own_likelihood=False)
    return replace(posterior, log_best_weight=_log_best_weight(model, counts, posterior, proposal))


def fit_and_weigh(model: Classroom, counts: Observations, *, key: jax.Array, n_particles: int) -> Posterior:
    """Importance sampling from the normal that `vi` fits to the counts.

    Args:
        model: classroom of the hyperprior's own students.
        counts: the students' counts.
        key: JAX random key, for both.
        n_particles: number of particles.

    Returns:
        The weighted population draws.
    """
    hyperprior, (of_fit, of_draws) = hyperprior_of(model), jax.random.split(key)
    fitted = vi(model if _is_integrated(model) else marginal(hyperprior), counts, key=of_fit)
    return importance(
        model,
        counts,
        key=of_draws,
        n_particles=n_particles,
        proposal=normal_proposal(hyperprior),
        proposal_args=fitted.proposal_args,
    )


def _is_integrated(model: Classroom) -> bool:
    """Whether it is the family's own classroom without a latent choice of a student."""
    hyperprior = hyperprior_of(model)
    return model is marginal(hyperprior) or (hyperprior.is_shared and model is aggregated(hyperprior))


def _log_best_weight(model: Classroom, counts: Observations, posterior: Posterior, proposal: Fn[Any] | None) -> float:
    """Log weight of a draw with the highest likelihood; -inf where it is not known."""
    hyperprior, is_integrated = posterior.hyperprior, _is_integrated(model)
    # A classroom with a user's own student has another likelihood.
    if not is_integrated and model is not explicit(hyperprior):
        return float("-inf")
    if proposal is None or proposal is conjugate_proposal(hyperprior):
        if isinstance(counts, Counts) and hyperprior.has_one_beta:
            return best_population(counts, posterior).log_likelihood
        return highest_log_likelihood(counts, posterior)
    if is_integrated and isinstance(counts, Counts) and hyperprior.has_one_beta:
        return log_best_weight(counts, posterior)
    return float("-inf")


def _advice(given: Prepared, proposal: Fn[Any] | None) -> str:
    """Advice for the verdict: what would give a larger effective sample size, apart from what was done already."""
    hyperprior = given.hyperprior
    exact = " or exact" if exact_applies(hyperprior, given.trials) else ""
    latent = [address for address in given.choices if address[0] == "students" and address[1] != "k"]
    if proposal is None and latent:
        integrated = "marginal, aggregated" if hyperprior.is_shared else "marginal"
        first = f"integrate theta out ({integrated})"
        if exact:
            return f"{first}, propose it (conjugate_proposal), or use exact"
        return f"{first}, or propose it (conjugate_proposal)"
    if proposal is None or proposal is conjugate_proposal(hyperprior):
        return f"take more particles, propose from vi (normal_proposal), or use smc{exact}"
    return f"take more particles, or use smc{exact}"


def _check_proposal(proposal: Fn[Any], given: Prepared, proposal_args: tuple[Any, ...]) -> None:
    """Raise a KeyError if the proposal has an address that the model lacks."""
    for address in choices_of(proposal, given.constraints, given.trials, *proposal_args):
        if address not in given.choices:
            known = ", ".join(".".join(known) for known in given.choices)
            raise KeyError(f"the proposal draws {'.'.join(address)}, but the model has only {known}")


@shared
def compiled_weigher(model: Classroom, proposal: Fn[Any] | None, batch_size: int):
    """The program of `importance` on one device, kept: one for each model, proposal and batch size.

    Args:
        model: classroom.
        proposal: as in `importance`.
        batch_size: number of particles whose weights are computed at once.

    Returns:
        The function of `weigher` under `jax.jit`, which compiles it once for each shape of the data.
    """
    return jax.jit(weigher(model, proposal, batch_size))


@shared
def _weigh_over(model: Classroom, proposal: Fn[Any] | None, batch_size: int, devices: tuple[Device, ...]):
    return over_devices(weigher(model, proposal, batch_size), devices)


def weigher(model: Classroom, proposal: Fn[Any] | None, batch_size: int):
    """The program of `importance`, not yet compiled; the data are arguments of each call.

    Args:
        model: classroom.
        proposal: as in `importance`.
        batch_size: number of particles whose weights are computed at once.

    Returns:
        Function of the particles' keys, the constraints, the trials and optionally the proposal's arguments. It returns
        log weights (without the model's `log_offset`), shape (particles,), and the `PopulationDraws`.
    """
    hyperprior = hyperprior_of(model)

    def particle(key, constraints, trials, proposal_args=()):
        if proposal is None:
            trace, log_weight = seed(model.generate)(key, constraints, trials)
        else:
            key_proposal, key_model = jax.random.split(key)
            proposed = seed(proposal.simulate)(key_proposal, constraints, trials, *proposal_args)
            merged, _ = model.merge(proposed.get_choices(), constraints)
            trace, log_weight = seed(model.generate)(key_model, merged, trials)
            log_weight = log_weight + proposed.get_score()  # a GenJAX score is minus the log density
        population = trace.get_choices().get("population", {})  # it is not there if the population is known
        _, parameters = hyperprior.assess(population, trials)
        drawn = population_draw(hyperprior, population, trials, log_weight)
        # If a parameter underflows or overflows, the weight is zero, whatever value the density has.
        log_weight = jnp.where(is_usable(hyperprior, parameters, log_weight), log_weight, -jnp.inf)
        # Nothing else of the trace is returned, so that XLA keeps none of its per-student arrays.
        return log_weight, drawn

    def weigh(keys, *arguments):
        return in_batches(lambda key: particle(key, *arguments), keys, batch_size)

    return weigh
