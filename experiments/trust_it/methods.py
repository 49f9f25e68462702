"""The methods that `trust-it` tries, each at its default settings."""

from collections.abc import Callable, Mapping
from functools import partial

import jax

from inference import Posterior, conjugate_proposal, importance, mcmc, normal_proposal, rqmc, smc, vi
from models import Classroom, Hyperprior, Observations, aggregated, explicit, marginal

Method = Callable[[Hyperprior, Observations, jax.Array], Posterior]


def integrated(hyperprior: Hyperprior) -> Classroom:
    """The form without rates that costs least: aggregated, or marginal where each group has a population of its own."""
    return aggregated(hyperprior) if hyperprior.is_shared else marginal(hyperprior)


def _conjugate(hyperprior: Hyperprior, counts: Observations, key: jax.Array) -> Posterior:
    return importance(explicit(hyperprior), counts, key=key, proposal=conjugate_proposal(hyperprior))


def _fitted(hyperprior: Hyperprior, counts: Observations, key: jax.Array) -> Posterior:
    """Importance sampling from the normal that variational inference finds, as `own-counts` does."""
    of_vi, of_importance = jax.random.split(key)
    model = integrated(hyperprior)
    return importance(
        model,
        counts,
        key=of_importance,
        proposal=normal_proposal(hyperprior),
        proposal_args=vi(model, counts, key=of_vi).proposal_args,
    )


def _by_rqmc(hyperprior: Hyperprior, counts: Observations, key: jax.Array) -> Posterior:
    return rqmc(hyperprior, counts, key=key)


def _learned(
    algorithm: Callable[..., Posterior], form: Callable, hyperprior: Hyperprior, counts: Observations, key: jax.Array
) -> Posterior:
    return algorithm(form(hyperprior), counts, key=key)


METHODS: Mapping[str, Method] = {
    "importance, explicit": partial(_learned, importance, explicit),
    "importance, conjugate": _conjugate,
    "importance, marginal": partial(_learned, importance, marginal),
    "importance, aggregated": partial(_learned, importance, aggregated),
    "importance, fitted": _fitted,
    "VI": partial(_learned, vi, integrated),
    "rqmc": _by_rqmc,
    "SMC": partial(_learned, smc, integrated),
    "MH": partial(_learned, partial(mcmc, algorithm="mh"), integrated),
    "MALA": partial(_learned, partial(mcmc, algorithm="mala"), integrated),
    "MALA, marginal": partial(_learned, partial(mcmc, algorithm="mala"), marginal),
    "HMC": partial(_learned, partial(mcmc, algorithm="hmc"), integrated),
    "NUTS": partial(_learned, partial(mcmc, algorithm="nuts"), integrated),
}
"""By name. Chains take the form `integrated`, except "MALA, marginal"."""

ONLY_SHARED = (
    "importance, aggregated",
    "MALA, marginal",
)  # without aggregated, the first is impossible, and the other MALA


def methods_of(hyperprior: Hyperprior) -> tuple[str, ...]:
    """The names of the methods that there are for a hyperprior."""
    return tuple(name for name in METHODS if hyperprior.is_shared or name not in ONLY_SHARED)
