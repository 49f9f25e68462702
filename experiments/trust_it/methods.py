"""The methods that `trust-it` tries, each at its default settings."""

from collections.abc import Callable, Mapping
from functools import partial

import jax

from inference import Posterior, conjugate_proposal, importance, mcmc, normal_proposal, rqmc, smc, vi
from models import Counts, Hyperprior, aggregated, explicit, marginal

Method = Callable[[Hyperprior, Counts, jax.Array], Posterior]


def _conjugate(hyperprior: Hyperprior, counts: Counts, key: jax.Array) -> Posterior:
    return importance(explicit(hyperprior), counts, key=key, proposal=conjugate_proposal(hyperprior))


def _fitted(hyperprior: Hyperprior, counts: Counts, key: jax.Array) -> Posterior:
    """Importance sampling from the normal that variational inference finds, as `own-counts` does."""
    of_vi, of_importance = jax.random.split(key)
    model = aggregated(hyperprior)
    return importance(
        model,
        counts,
        key=of_importance,
        proposal=normal_proposal(hyperprior),
        proposal_args=vi(model, counts, key=of_vi).proposal_args,
    )


def _by_rqmc(hyperprior: Hyperprior, counts: Counts, key: jax.Array) -> Posterior:
    return rqmc(hyperprior, counts, key=key)


def _learned(
    algorithm: Callable[..., Posterior], form: Callable, hyperprior: Hyperprior, counts: Counts, key: jax.Array
) -> Posterior:
    return algorithm(form(hyperprior), counts, key=key)


METHODS: Mapping[str, Method] = {
    "importance, explicit": partial(_learned, importance, explicit),
    "importance, conjugate": _conjugate,
    "importance, marginal": partial(_learned, importance, marginal),
    "importance, aggregated": partial(_learned, importance, aggregated),
    "importance, fitted": _fitted,
    "VI": partial(_learned, vi, aggregated),
    "rqmc": _by_rqmc,
    "SMC": partial(_learned, smc, aggregated),
    "MH": partial(_learned, partial(mcmc, algorithm="mh"), aggregated),
    "MALA": partial(_learned, partial(mcmc, algorithm="mala"), aggregated),
    "MALA, marginal": partial(_learned, partial(mcmc, algorithm="mala"), marginal),
    "HMC": partial(_learned, partial(mcmc, algorithm="hmc"), aggregated),
    "NUTS": partial(_learned, partial(mcmc, algorithm="nuts"), aggregated),
}
"""By name. Chains take the aggregated form, whose cost does not grow with the groups, except "MALA, marginal"."""
