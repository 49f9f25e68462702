"""Few draws that stand for all draws of a posterior, where a question costs much for each draw."""

import numpy as np
import scipy

from inference.draws.names import names_of
from inference.draws.weighted import WeightedDraws

NEGLIGIBLE_WEIGHT = 1e-9  # total weight of the draws that are left out


def few_draws(posterior: WeightedDraws, most: int) -> WeightedDraws:
    """At most so many draws, chosen without random numbers, for means of smooth functions of the population.

    If more than `most` draws have a weight that matters, the draws are put in an order in which neighbours are alike:
    they are halved, by weight, along the address in which they differ most, then each half is halved, and so on. In
    this order the draws at the cumulative weights (i + 1/2) / most are taken (systematic resampling; Kitagawa 1996).
    The error of a mean is less than the standard error of `most` independent draws; with one or two addresses it is
    far less.

    Args:
        posterior: posterior of the population, of any algorithm.
        most: the largest number of draws.

    Returns:
        Draws of the hyperprior's own addresses, each different, with weights; all draws whose weight matters, if they
        are not more than `most`; one draw, if the population is known.
    """
    own = posterior.hyperprior.addresses
    order = np.argsort(posterior.weights)[::-1]
    kept = order[: np.searchsorted(np.cumsum(posterior.weights[order]), 1 - NEGLIGIBLE_WEIGHT) + 1]
    weights = posterior.weights[kept]
    if not own:
        kept, weights = kept[:1], np.ones(1)
    elif len(kept) > most:
        names = [name for address in own for name in names_of(address, np.shape(posterior.draws[address])[1:])]
        # Ranks instead of values, so that one address with long tails does not decide where to halve.
        ranks = scipy.stats.rankdata  # SciPy imports its `stats` here, which takes long
        places = np.stack([ranks(posterior.values(name)[kept], method="dense") for name in names], axis=1)
        order = _neighbours_together(places / places.max(axis=0), weights, weights.sum() / most)
        cumulative = np.cumsum(weights[order])
        at = np.searchsorted(cumulative, (np.arange(most) + 0.5) / most * cumulative[-1])
        chosen, times = np.unique(at, return_counts=True)
        kept, weights = kept[order][chosen], times.astype(np.float64)
    return WeightedDraws(
        posterior.hyperprior,
        {address: np.asarray(posterior.draws[address])[kept] for address in own},
        np.log(weights / weights.sum()),
        log_evidence=posterior.log_evidence,
        log_evidence_error=posterior.log_evidence_error,
        trials=posterior.trials,
        learned_from=posterior.learned_from,
    )


def _neighbours_together(places: np.ndarray, weights: np.ndarray, enough: float) -> np.ndarray:
    """An order of points in which neighbours are near one another: parts of the weight `enough` are not divided.

    Args:
        places: coordinates, shape (points, d).
        weights: of the points, shape (points,).
        enough: a part that weighs less is not halved again.

    Returns:
        Indices of the points, shape (points,).
    """
    parts, order = [np.arange(len(places))], []
    while parts:
        part = parts.pop()
        if len(part) == 1 or weights[part].sum() <= enough:
            order.append(part)
            continue
        axis = np.argmax(np.ptp(places[part], axis=0))
        part = part[np.argsort(places[part, axis], kind="stable")]
        cumulative = np.cumsum(weights[part])
        half = int(np.clip(np.searchsorted(cumulative, cumulative[-1] / 2) + 1, 1, len(part) - 1))
        parts += [part[half:], part[:half]]  # the first half is taken next
    return np.concatenate(order)
