"""The closed form: where the population is known, each count is negative binomial and each rate has a Gamma posterior.

p(k | shape, rate) = NegativeBinomial(k; shape, rate / (rate + exposure))
theta | k ~ Gamma(shape + k, rate + exposure)
"""

import numpy as np
from scipy.stats import nbinom

from models import Events


def log_evidence(events: Events, shape: float, rate: float) -> float:
    """sum_i log p(k_i | shape, rate), by SciPy.

    Args:
        events: the groups, each with an exposure > 0.
        shape: shape of the population's Gamma.
        rate: its rate, in units of exposure.

    Returns:
        The log probability of all counts.
    """
    return float(np.sum(nbinom.logpmf(events.k, shape, rate / (rate + events.exposure))))


def posterior_means(events: Events, shape: float, rate: float) -> np.ndarray:
    """(shape + k) / (rate + exposure) of each group."""
    return (shape + events.k) / (rate + events.exposure)
