"""A posterior in ArviZ's format, for its plots and comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np

from inference.draws.rates import predicted_counts, prior_predictive, resample, theta_given
from inference.draws.weighted import WeightedDraws
from inference.programs.prepared import as_counts
from inference.programs.shapes import usable_draws
from inference.questions.any_family import to_arviz as any_family
from inference.questions.any_family.to_arviz import STUDENT, shaped
from models import Counts, Observations, beta_binomial
from models.numerics.arithmetic import own_arithmetic

if TYPE_CHECKING:
    from xarray import DataTree


@own_arithmetic
def to_arviz(posterior: WeightedDraws, counts: Observations | None, *, key: jax.Array, n_draws: int) -> DataTree:
    """The population, the rates of all students, and predictions from both, as a tree of xarray datasets.

    Args:
        posterior: posterior of the population. Chains are kept as they are; weighted draws are resampled to one chain
            of equal weights.
        counts: the students; None for the population alone.
        key: JAX random key.
        n_draws: number of resampled draws in the one chain, and of prior draws.

    Returns:
        Groups posterior (a, b, mu, lam, the hyperprior's own addresses, theta), log_likelihood (log p(k_i | a, b) of
        each student, theta integrated out), posterior_predictive (k of as many further trials), prior (the population),
        prior_predictive (k) and observed_data (k). For other families see `inference.questions.any_family.to_arviz`.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
    """
    if counts is not None:
        counts = posterior.as_learned(counts)
    if not posterior.hyperprior.has_one_beta:
        return any_family.to_arviz(posterior, counts, key=key, n_draws=n_draws)
    from arviz_base import from_dict  # here, because importing it takes seconds

    key_population, key_theta, key_predict, key_prior = jax.random.split(key, 4)
    chains = posterior.n_chains
    population = dict(posterior.draws) if chains > 1 else resample(posterior, key_population, n_draws)

    students = Counts(k=[0], n=[0]) if counts is None else as_counts(posterior.hyperprior, counts)
    before = prior_predictive(posterior.hyperprior, students, key=key_prior, n_draws=n_draws)
    k_before = before.pop("k")
    groups = {"posterior": shaped(population, chains), "prior": shaped(usable_draws(before), 1)}
    if counts is None:
        return from_dict(groups)
    theta = theta_given(posterior.hyperprior, population, students, key_theta, n_draws=len(population["a"]))
    predicted = predicted_counts(theta, students.n, key=key_predict)
    groups["posterior"] |= shaped({"theta": theta["theta"]}, chains)
    groups |= {
        "log_likelihood": shaped({"k": _log_likelihood(population, students)}, chains),
        "posterior_predictive": shaped({"k": predicted}, chains),
        "prior_predictive": shaped({"k": k_before}, 1),
        "observed_data": {"k": np.asarray(students.k)},
    }
    return from_dict(groups, coords={STUDENT: list(students.names)}, dims={"theta": [STUDENT], "k": [STUDENT]})


def _log_likelihood(population: Mapping[str, np.ndarray], counts: Counts) -> np.ndarray:
    """log BetaBinomial(k_i; n_i, a, b) of each student, shape (draws, students)."""
    a, b = (jnp.asarray(population[name], float)[:, None] for name in ("a", "b"))
    k, n = (jnp.asarray(values, a.dtype) for values in (counts.k, counts.n))
    return np.asarray(_log_pmf(k, n, a, b))


_log_pmf = jax.jit(beta_binomial.logpdf)
