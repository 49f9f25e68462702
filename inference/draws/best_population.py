"""The population with the highest likelihood, which draws may miss, and the weight that a draw there would have."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from inference.draws.weighted import WeightedDraws
from models import Counts
from models.families.beta_binomial.likelihood import PopulationLikelihood

_LIKELIHOODS: WeakKeyDictionary[Counts, PopulationLikelihood] = WeakKeyDictionary()


class BestPopulation(NamedTuple):
    """A population and its log likelihood.

    Args:
        a: first shape.
        b: second shape.
        log_likelihood: log p(k | n, a, b) minus its rounding error; -inf if there are no trials.
    """

    a: float
    b: float
    log_likelihood: float


def best_population(counts: Counts, posterior: WeightedDraws) -> BestPopulation:
    """The mode of log p(k | n, a, b), moved into the hyperprior's support.

    If the counts are very improbable under the hyperprior, none of its draws may lie where the posterior is. Then the
    draws nearest to the posterior share the weight. Their effective sample size can be in the hundreds, and nothing in
    their weights shows the failure. The likelihood shows it, because its mode is found without draws.

    Args:
        counts: the students' counts.
        posterior: posterior of the population given them. The mode is moved into its hyperprior's support; those of a,
            b, mu and lam that the support does not name are moved into the range of its draws.

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
    if not {"mu", "lam"} <= set(support):  # otherwise nothing more restricts a and b
        a, b = possible("a", a), possible("b", b)
    log_likelihood, rounding = likelihood.at(a, b)
    return BestPopulation(a, b, log_likelihood - rounding)


def log_best_weight(counts: Counts, posterior: WeightedDraws) -> float:
    """Log weight that a draw from a proposal would have at the best population.

        w = p(k | n, a, b) r,    r = p(a, b) / q(a, b)

    The ratio r of the hyperprior's density to the proposal's is taken from the draw that is nearest in log-odds of mu
    and log lam, because r varies more slowly than the likelihood.

    Args:
        counts: the students' counts.
        posterior: draws from a proposal of the population, in a form whose students have no latents.

    Returns:
        log w; -inf if there are no trials.
    """
    best, likelihood = best_population(counts, posterior), _likelihood(counts)
    if likelihood.trials == 0:
        return float("-inf")
    has_weight = np.flatnonzero(np.isfinite(posterior.log_weights))
    a, b = (shape[has_weight, 0] for shape in posterior.population_shapes)
    distance = np.hypot(np.log(a / b) - np.log(best.a / best.b), np.log((a + b) / (best.a + best.b)))
    nearest = int(np.argmin(distance))
    log_ratio = posterior.log_weights[has_weight[nearest]] - likelihood.at(a[nearest], b[nearest])[0]
    return float(best.log_likelihood + log_ratio)


def _likelihood(counts: Counts) -> PopulationLikelihood:
    likelihood = _LIKELIHOODS.get(counts)
    if likelihood is None:
        likelihood = _LIKELIHOODS.setdefault(counts, PopulationLikelihood(*counts.pairs))
    return likelihood
