"""How an overhypothesis is learned, in black and white: by bags, by marbles, and by what was believed before."""

import numpy as np
import polars as pl

from experiments.overhypotheses.one_marble import next_marble
from experiments.overhypotheses.programs import two_colours
from experiments.overhypotheses.worlds import ALIKE, OWN, TWO, mixed_alike, observations, own_colours, settings
from inference import exact

MOST_BAGS = 20
MARBLES = (2, 20)  # seen of each bag
MEANS = (1.0, 10.0, 100.0)  # of lam, before any bag is seen
BAGS_OF = {OWN: own_colours, ALIKE: mixed_alike}
POINTS = 161  # of a density


def learning_curve() -> pl.DataFrame:
    """The certainty after one black marble of a new bag, after 0, 2, 4, ... bags, exactly.

    Returns:
        Columns world, marbles (seen of each bag), bags, same (the probability that the next marble is black too) and
        its numerical error.
    """
    rows = []
    for world, bags_of in BAGS_OF.items():
        for marbles in MARBLES:
            for bags in range(0, MOST_BAGS + 1, 2):
                # Bags not seen are there without a marble: all data have the same shape.
                seen = np.concatenate([bags_of(2, bags, marbles), np.zeros((MOST_BAGS - bags, 2), int), [[1, 0]]])
                same = next_marble(exact(two_colours(), observations(seen, ("black", "white"))), 0, 1)
                rows.append(
                    {"world": world, "marbles": marbles, "bags": bags, "same": same.value, "same_error": same.error}
                )
    return pl.DataFrame(rows)


def beliefs() -> pl.DataFrame:
    """The answers in both worlds, in black and white, by the mean of lam before any bag is seen, exactly.

    Returns:
        Columns world, prior_mean, lam (posterior mean), same (probability that the next marble is black too), and their
        numerical errors.
    """
    rows = []
    for world in (OWN, ALIKE):
        for mean in MEANS:
            posterior = exact(two_colours(mean), settings()[TWO].data(world, 1))
            same = next_marble(posterior, 0, 1)
            rows.append(
                {
                    "world": world,
                    "prior_mean": mean,
                    "lam": posterior.mean("lam"),
                    "lam_error": posterior.mean_error("lam"),
                    "same": same.value,
                    "same_error": same.error,
                }
            )
    return pl.DataFrame(rows)


def density_of_log_lam(world: str) -> tuple[np.ndarray, np.ndarray]:
    """The posterior density of log10 lam, in black and white, from differences of its exact distribution function.

    Args:
        world: the bags seen, and one marble of a new bag.

    Returns:
        lam, and the density, each of shape (points,).
    """
    posterior = exact(two_colours(), settings()[TWO].data(world, 1))
    low, high = (np.log10(posterior.quantile("lam", q)) for q in (0.002, 0.998))
    edges = np.linspace(low, high, POINTS + 1)
    below = np.array([posterior.probability_below("lam", 10**edge) for edge in edges])
    return 10 ** ((edges[1:] + edges[:-1]) / 2), np.diff(below) / np.diff(edges)
