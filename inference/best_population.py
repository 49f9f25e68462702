"""The population that explains the counts best, which draws from a hyperprior may miss."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

import numpy as np

from models import Counts
from models.likelihood import PopulationLikelihood

_LIKELIHOODS: WeakKeyDictionary[Counts, PopulationLikelihood] = WeakKeyDictionary()


def highest_log_likelihood(counts: Counts, draws: Mapping[str, np.ndarray]) -> float:
    """log p(k | n, a, b) at its mode, moved into the range of the draws: what a draw there would weigh.

    A hyperprior that hardly expects the counts may put no draw where the posterior is. The draws that are furthest in
    its direction then share the weight, an effective sample size of hundreds among them, and nothing in their weights
    tells. The likelihood tells: its mode is found without draws.

    Args:
        counts: the students' counts.
        draws: a, b, mu and lam, each of shape (N,).

    Returns:
        The log likelihood less its rounding error; -inf where there are no trials.
    """
    likelihood = _LIKELIHOODS.get(counts)
    if likelihood is None:
        likelihood = _LIKELIHOODS.setdefault(counts, PopulationLikelihood(*counts.pairs))
    if likelihood.trials == 0:
        return float("-inf")
    a, b = likelihood.mode
    # What the hyperprior excludes, a box for instance, no draw has.
    mu, lam = _within(a / (a + b), draws["mu"]), _within(a + b, draws["lam"])
    log_likelihood, rounding = likelihood.at(_within(mu * lam, draws["a"]), _within((1 - mu) * lam, draws["b"]))
    return log_likelihood - rounding


def _within(value: float, drawn: np.ndarray) -> float:
    return float(np.clip(value, np.min(drawn), np.max(drawn)))
