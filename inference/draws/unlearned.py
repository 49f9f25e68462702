"""What the counts cannot tell of a population, whatever the algorithm: that is the hyperprior's answer."""

import numpy as np

from inference.draws.weighted import WeightedDraws
from models import Categories, Counts


def unlearned_sentences(posterior: WeightedDraws) -> list[str]:
    """A sentence if every group has at most one trial, so that nothing is learned of how much the groups differ.

        p(k | a, b) = mu^k (1 - mu)^(1 - k),    k = 0 or 1,  mu = a / (a + b)

    does not depend on lam = a + b. So the posterior of lam for given mu is the hyperprior's, and if mu and lam are
    independent under the hyperprior, so is the posterior of lam itself. Of categories the same holds for their mean
    shares.

    Args:
        posterior: posterior of the population.

    Returns:
        The sentence; an empty list if there are two trials of one group, or if it is not known what was counted.
    """
    counts = posterior.learned_from
    if not isinstance(counts, Counts | Categories) or not (
        posterior.hyperprior.addresses and posterior.has_own_likelihood
    ):
        return []
    if np.max(counts.n[counts.multiplicity > 0], initial=0) > 1:
        return []
    if posterior.hyperprior.has_one_beta:
        return [
            "every group has at most one trial, so the likelihood depends on (a, b) only through mu: lam cannot be "
            "learned, and what is said of it is the hyperprior's answer"
        ]
    return [
        "every group has at most one trial, so the likelihood depends on the population only through its mean: how "
        "much groups differ cannot be learned, and what is said of it is the hyperprior's answer"
    ]
