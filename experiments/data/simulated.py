"""Simulated classes: theta_i ~ Beta(6, 4), k_i ~ Binomial(n_i, theta_i), n_i = 100, 40, 10, 5, 2, 1 again and again."""

import numpy as np
from scipy.stats import betabinom

from models import Counts

POPULATION = (6.0, 4.0)  # a and b
TRIALS = (100, 40, 10, 5, 2, 1)  # the largest first, so that a class of any size has it


def simulated_class(students: int, seed: int) -> Counts:
    """A class with a row per student.

    Args:
        students: number of students.
        seed: seed of their draws; a smaller class has the first students of a larger one.

    Returns:
        Their counts.
    """
    rng = np.random.default_rng(seed)
    n = np.resize(TRIALS, students)
    return Counts([rng.binomial(n_i, rng.beta(*POPULATION)) for n_i in n], n)


def simulated_pairs(students: int, seed: int) -> Counts:
    """A class of any size, such as 10^8 students, with a row per different (k, n).

    How many of the students with n trials have k successes is multinomial, with the beta-binomial probabilities of k.

    Args:
        students: number of students.
        seed: seed of their draws.

    Returns:
        Their counts.
    """
    rng = np.random.default_rng(seed)
    k, n, multiplicity = [], [], []
    for i, trials in enumerate(TRIALS):
        alike = len(range(i, students, len(TRIALS)))
        hits = np.arange(trials + 1)
        p = betabinom.pmf(hits, trials, *POPULATION)
        times = rng.multinomial(alike, p / p.sum())
        k.append(hits[times > 0])
        n.append(np.full(np.sum(times > 0), trials))
        multiplicity.append(times[times > 0])
    return Counts(np.concatenate(k), np.concatenate(n), multiplicity=np.concatenate(multiplicity))
