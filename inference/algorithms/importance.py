"""Importance sampling over programs: GenJAX's `generate` weights each particle by how well it explains the counts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn

from inference.algorithms.best_population import best_population, log_best_weight
from inference.posteriors.posterior import Posterior
from inference.programs.addresses import checked, choices_of
from inference.programs.batches import are_those_of, argument_of, batch_for, in_batches, left_out
from inference.programs.conjugate_proposal import conjugate_proposal
from inference.programs.devices import Device, chosen, over_devices
from inference.programs.keys import single_key
from inference.programs.shapes import are_weighed
from inference.programs.sizes import check_memory, whole
from models import Counts, Trials, aggregated, explicit, hyperprior_of, marginal
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared


@own_arithmetic
def importance(
    model: Fn[jax.Array],
    counts: Counts,
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
        proposal_args: further arguments of the proposal, arrays, such as mean and frame of `normal_proposal`.
        batch_size: number of particles whose weights are computed at once. Besides the populations of all particles,
            memory is O(batch_size x students), or O(batch_size) in the aggregated form; by default some tens of MB for
            each array.
        observed: observation map written by hand, instead of `counts.observed`.
        devices: devices to use, by default all that JAX sees; each computes the weights of its share of the particles.
            In a program of several processes (`jax.distributed`) all of them must make the same call, and each gets the
            whole answer.

    Returns:
        The weighted population draws.

    Raises:
        KeyError: if `observed` or the proposal has an address that the model lacks; the message lists those it has.
        ValueError: if nothing is observed, a value has the wrong shape, a number is not positive, or the hyperprior's
            program does not match what it declares, see `check_hyperprior`.
        WeightError: if a weight is NaN or +inf, if no particle explains the counts, or if a drawn a or b is negative
            or not a number.

    References:
        Owen (2013), Monte Carlo theory, methods and examples, chapter 9, eqs. 9.3 and 9.8.
    """
    key, n_particles = single_key(key), whole("n_particles", n_particles)
    hyperprior, trials = hyperprior_of(model), argument_of(model, counts, observed)
    check_hyperprior(hyperprior)
    check_memory(hyperprior, n_particles=n_particles)
    batch_size = batch_for(model, trials) if batch_size is None else whole("batch_size", batch_size)
    observed = counts.observed if observed is None else observed
    constraints = _constraints(model, proposal, observed, trials, proposal_args)

    keys, arguments = jax.random.split(key, n_particles), (constraints, trials, proposal_args)
    if len(several := chosen(devices)) > 1:
        share = -(-n_particles // len(several))
        weigh = _weigh_over(model, proposal, min(batch_size, share), several)
    else:
        weigh = compiled_weigher(model, proposal, min(batch_size, n_particles))
        if devices is not None:
            keys, arguments = jax.device_put((keys, arguments), *several)
    log_weights, own, a, b = jax.device_get(weigh(keys, *arguments))

    log_weights = np.asarray(log_weights, np.float64) + left_out(model, trials)
    posterior = Posterior.from_weights(
        hyperprior, own | {"a": a, "b": b}, log_weights, advice=_advice(model, trials, proposal)
    )
    if not are_those_of(counts, observed):
        return posterior
    # A student of one's own has a likelihood of its own.
    if proposal is None or proposal is conjugate_proposal(hyperprior):
        if any(model is form(hyperprior) for form in (explicit, marginal, aggregated)):
            return replace(posterior, log_best_weight=best_population(counts, posterior).log_likelihood)
    elif any(model is form(hyperprior) for form in (marginal, aggregated)):
        return replace(posterior, log_best_weight=log_best_weight(counts, posterior))
    return posterior


def _advice(model: Fn[Any], trials: Trials, proposal: Fn[Any] | None) -> str:
    """What would give a larger effective sample size and has not been done yet."""
    latent = [address for address in choices_of(model, trials) if address[0] == "students" and address[1] != "k"]
    if proposal is None and latent:
        return "integrate theta out (marginal, aggregated), propose it (conjugate_proposal), or use exact"
    if proposal is None or proposal is conjugate_proposal(hyperprior_of(model)):
        return "take more particles, propose from vi (normal_proposal), or use smc or exact"
    return "take more particles, or use smc or exact"


def _constraints(
    model: Fn[Any],
    proposal: Fn[Any] | None,
    observed: Mapping[str, Any],
    trials: Trials,
    proposal_args: tuple[Any, ...],
) -> dict[str, Any]:
    """The observation map, checked against the model's addresses, as are the proposal's addresses."""
    valid = choices_of(model, trials)
    if not jax.tree.leaves(observed):
        has = ", ".join(".".join(address) for address in valid)
        raise ValueError(f"nothing is observed, so that nothing would be learned: give values at some of {has}")
    constraints = checked(observed, valid)
    if proposal is not None:
        for address in choices_of(proposal, constraints, trials, *proposal_args):
            if address not in valid:
                known = ", ".join(".".join(known) for known in valid)
                raise KeyError(f"the proposal draws {'.'.join(address)}, the model has only {known}")
    return constraints


@shared
def compiled_weigher(model: Fn[Any], proposal: Fn[Any] | None, batch_size: int):
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
def _weigh_over(model: Fn[Any], proposal: Fn[Any] | None, batch_size: int, devices: tuple[Device, ...]):
    return over_devices(weigher(model, proposal, batch_size), devices)


def weigher(model: Fn[Any], proposal: Fn[Any] | None, batch_size: int):
    """The program of `importance`, not yet compiled; the data are arguments of each call.

    Args:
        model: classroom.
        proposal: as in `importance`.
        batch_size: number of particles whose weights are computed at once.

    Returns:
        Function of the particles' keys, the constraints, the trials and optionally the proposal's arguments. It returns
        log weights (without the constant `left_out`), the hyperprior's own addresses, a and b, each of shape
        (particles,).
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
        population = trace.get_choices()["population"]
        _, (a, b) = hyperprior.program.assess(population)
        # If a or b underflows or overflows, the weight is zero, whatever value the density has.
        log_weight = jnp.where(are_weighed(a, b, log_weight), log_weight, -jnp.inf)
        # Return nothing else of the trace, so that XLA keeps none of its per-student arrays.
        return log_weight, population, a, b

    def weigh(keys, *arguments):
        return in_batches(lambda key: particle(key, *arguments), keys, batch_size)

    return weigh
