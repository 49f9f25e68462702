"""The population that explains the counts best, which draws may miss, and what it would weigh."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from inference.draws.weighted import WeightedDraws
from models import Counts
from models.families.beta_binomial.likelihood import PopulationLikelihood

_LIKELIHOODS: WeakKeyDictionary[Counts, PopulationLikelihood] = WeakKeyDictionary()


class BestPopulation(NamedTuple):
    """A population, and how well it explains the counts.

    Args:
        a: first shape.
        b: second shape.
        log_likelihood: log p(k | n, a, b) less its rounding error; -inf where there are no trials.
    """

    a: float
    b: float
    log_likelihood: float


def best_population(counts: Counts, posterior: WeightedDraws) -> BestPopulation:
    """The mode of log p(k | n, a, b), or a population near it where the hyperprior excludes the mode.

    A hyperprior that hardly expects the counts may put no draw where the posterior is. The draws that are furthest in
    its direction then share the weight, an effective sample size of hundreds among them, and nothing in their weights
    tells. The likelihood tells: its mode is found without draws.

    Args:
        counts: the students' counts.
        posterior: of the population given them. The mode is moved into its hyperprior's support and, in what the
            support does not name, into the range of its draws.

    Returns:
        The population.
    """
    likelihood, support, draws = _likelihood(counts), posterior.hyperprior.support, posterior.draws
    if likelihood.trials == 0:
        return BestPopulation(*likelihood.centre, float("-inf"))

    def possible(name: str, value: float) -> float:
        low, high = support.get(name, (np.min(draws[name]), np.max(draws[name])))
        return float(np.clip(value, low, high))

    a, b = likelihood.mode
    mu, lam = possible("mu", a / (a + b)), possible("lam", a + b)
    a, b = mu * lam, (1 - mu) * lam
    if not {"mu", "lam"} <= set(support):  # or there is nothing more that it excludes
        a, b = possible("a", a), possible("b", b)
    log_likelihood, rounding = likelihood.at(a, b)
    return BestPopulation(a, b, log_likelihood - rounding)


def log_best_weight(counts: Counts, posterior: WeightedDraws) -> float:
    """What the best population would weigh, if a proposal had drawn it.

        w = p(k | n, a, b) r,    r = p(a, b) / q(a, b)

    The ratio r of the hyperprior and the proposal is that at the nearest draw, in log-odds of mu and log lam: weights
    vary as fast as the likelihood does, r more slowly.

    Args:
        counts: the students' counts.
        posterior: draws from a proposal of the population, in a form whose students have no latents.

    Returns:
        log w; -inf where there are no trials.
    """
    best, likelihood = best_population(counts, posterior), _likelihood(counts)
    if likelihood.trials == 0:
        return float("-inf")
    weighed = np.flatnonzero(np.isfinite(posterior.log_weights))
    a, b = (np.asarray(posterior.draws[name], np.float64)[weighed] for name in ("a", "b"))
    distance = np.hypot(np.log(a / b) - np.log(best.a / best.b), np.log((a + b) / (best.a + best.b)))
    nearest = int(np.argmin(distance))
    log_ratio = posterior.log_weights[weighed[nearest]] - likelihood.at(a[nearest], b[nearest])[0]
    return float(best.log_likelihood + log_ratio)


def _likelihood(counts: Counts) -> PopulationLikelihood:
    likelihood = _LIKELIHOODS.get(counts)
    if likelihood is None:
        likelihood = _LIKELIHOODS.setdefault(counts, PopulationLikelihood(*counts.pairs))
    return likelihood
