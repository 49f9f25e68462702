"""A posterior of any family in ArviZ's format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from inference.draws.each_group import EachGroup
from inference.draws.rates import predicted_counts, prior_predictive, resample, theta_given
from inference.draws.rates_of_any_family import prior_populations
from inference.draws.weighted import WeightedDraws
from inference.questions.any_family.given_counts import log_marginal
from models import Categories, Observations

if TYPE_CHECKING:
    from xarray import DataTree

STUDENT, CATEGORY = "student", "category"  # dimensions; "group" would clash with the groups of a DataTree


def to_arviz(posterior: WeightedDraws, counts: Observations | None, *, key: jax.Array, n_draws: int) -> DataTree:
    """The population, the rates of all groups, and predictions from both, as a tree of xarray datasets.

    Args:
        posterior: posterior of the population.
        counts: the groups; None for the population alone.
        key: JAX random key.
        n_draws: number of resampled draws in the one chain, and of prior draws.

    Returns:
        Groups posterior (the hyperprior's own addresses, what describes the population, and theta), log_likelihood (log
        p(k_i) of each group, its rate integrated out), posterior_predictive (k of as many further trials or as much
        further exposure), prior (the population), prior_predictive (k), observed_data (k) and constant_data (n or
        exposure).
    """
    from arviz_base import from_dict  # here, because importing it takes seconds

    key_population, key_theta, key_predict, key_prior = jax.random.split(key, 4)
    hyperprior, chains = posterior.hyperprior, posterior.n_chains
    population = dict(posterior.draws) if chains > 1 else resample(posterior, key_population, n_draws)
    size = len(posterior.log_weights) if chains > 1 else n_draws

    if counts is None:
        before = prior_populations(hyperprior, posterior.trials, jax.random.split(key_prior, n_draws))
        return from_dict({"posterior": shaped(population, chains), "prior": shaped(before, 1)})
    theta = theta_given(hyperprior, population, counts, key_theta, n_draws=size)
    before = prior_predictive(hyperprior, counts, key=key_prior, n_draws=n_draws)
    k_before = before.pop("k")
    predicted = predicted_counts(theta, counts.design_values, key=key_predict, family=hyperprior.family)
    groups = {
        "posterior": shaped({**population, "theta": theta["theta"]}, chains),
        "prior": shaped(before, 1),
        "posterior_predictive": shaped({"k": predicted}, chains),
        "prior_predictive": shaped({"k": k_before}, 1),
        "observed_data": {"k": np.asarray(counts.k)},
        "constant_data": {counts.design_name: np.asarray(counts.design_values)},
    }
    coords = {STUDENT: list(counts.names)}
    of_rates, of_shares = [STUDENT], {}
    if isinstance(counts, Categories):
        coords[CATEGORY] = list(counts.categories)
        of_rates = [STUDENT, CATEGORY]
        described = set(population) - set(hyperprior.addresses)
        of_shares = {name: [CATEGORY] for name in described if np.ndim(population[name]) > 1}
    dims = {"theta": of_rates, "k": of_rates, counts.design_name: [STUDENT], **of_shares}
    tree = from_dict(groups, coords=coords, dims=dims)
    # A tree of its own, because the log likelihood of k has no axis of categories, as k has.
    log_p = {"k": _log_likelihood(posterior, population, counts, size)}
    of_groups = from_dict(
        {"log_likelihood": shaped(log_p, chains)}, coords={STUDENT: coords[STUDENT]}, dims={"k": [STUDENT]}
    )
    tree["log_likelihood"] = of_groups["log_likelihood"]
    return tree


def shaped(draws: Mapping[str, Any], chains: int) -> dict[str, np.ndarray]:
    """Draws by name with a leading axis of chains, as ArviZ wants them."""
    return {name: np.reshape(values, (chains, -1, *np.shape(values)[1:])) for name, values in draws.items()}


def _log_likelihood(
    posterior: WeightedDraws, population: Mapping[str, np.ndarray], counts: Observations, size: int
) -> np.ndarray:
    """log p(k_i) of each group in each draw of the population, shape (draws, groups)."""
    draws = WeightedDraws(posterior.hyperprior, population, np.zeros(size), np.nan, np.nan)
    each = EachGroup(draws, counts)
    of_different = np.concatenate([values for _, values in each.values(log_marginal)], axis=1)
    return each.of_table(of_different.T).T
