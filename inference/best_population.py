"""The population that explains the counts best, which draws from a hyperprior may miss."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from models import Counts, Hyperprior
from models.likelihood import PopulationLikelihood

_LIKELIHOODS: WeakKeyDictionary[Counts, PopulationLikelihood] = WeakKeyDictionary()


def highest_log_likelihood(counts: Counts, hyperprior: Hyperprior, draws: Mapping[str, np.ndarray]) -> float:
    """log p(k | n, a, b) at its mode, or near it where the hyperprior excludes that: what a draw there would weigh.

    A hyperprior that hardly expects the counts may put no draw where the posterior is. The draws that are furthest in
    its direction then share the weight, an effective sample size of hundreds among them, and nothing in their weights
    tells. The likelihood tells: its mode is found without draws.

    Args:
        counts: the students' counts.
        hyperprior: what was believed before them; the mode is moved into its support.
        draws: a, b, mu and lam, each of shape (N,), in whose range is what the support does not name.

    Returns:
        The log likelihood less its rounding error; -inf where there are no trials.
    """
    likelihood = _LIKELIHOODS.get(counts)
    if likelihood is None:
        likelihood = _LIKELIHOODS.setdefault(counts, PopulationLikelihood(*counts.pairs))
    if likelihood.trials == 0:
        return float("-inf")

    def possible(name: str, value: float) -> float:
        low, high = hyperprior.support.get(name, (np.min(draws[name]), np.max(draws[name])))
        return float(np.clip(value, low, high))

    a, b = likelihood.mode
    mu, lam = possible("mu", a / (a + b)), possible("lam", a + b)
    a, b = mu * lam, (1 - mu) * lam
    if not {"mu", "lam"} <= set(hyperprior.support):  # or there is nothing more that it excludes
        a, b = possible("a", a), possible("b", b)
    log_likelihood, rounding = likelihood.at(a, b)
    return log_likelihood - rounding
