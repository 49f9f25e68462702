"""Random data sets of three families: small and large classes, extreme populations, no data, nothing but successes."""

import numpy as np

from models import Categories, Counts, Events

GROUPS = (1, 2, 6, 40, 300, 1000)
LONGEST = (1, 5, 100, 1000)
STUDENTS, MOST_TRIALS = (1, 12, 60), 50  # of populations of each student, so that programs are reused
EXTREMES = ("none succeed", "all succeed", "one group", "no data", "all alike", "contradicts the prior")


def random_rates(rng: np.random.Generator, groups: int) -> np.ndarray:
    """Rates of a Beta of concentration 0.01 to 10^4 and a mean down to 10^-4."""
    lam, mu = 10 ** rng.uniform(-2, 4), 1 / (1 + np.exp(-rng.uniform(-9, 9)))
    return rng.beta(max(lam * mu, 1e-4), max(lam * (1 - mu), 1e-4), groups)


def random_counts(seed: int, groups: int | None = None, longest: int | None = None, **covariates: np.ndarray) -> Counts:
    """Counts of 1 to 1000 students; each third seed is an extreme.

    Args:
        seed: of the data.
        groups: students; random if omitted.
        longest: largest number of trials; random if omitted.
        covariates: columns of the students, if their number is given.
    """
    rng = np.random.default_rng(seed)
    drawn = int(rng.choice(GROUPS)), int(rng.choice(LONGEST))
    groups, longest = groups or drawn[0], longest or drawn[1]
    n = rng.integers(0, longest + 1, groups)
    n[-1] = longest  # the same largest n, so that programs are reused
    k = rng.binomial(n, random_rates(rng, groups))
    match EXTREMES[seed // 3 % len(EXTREMES)] if seed % 3 == 2 else None:
        case "none succeed":
            k = 0 * n
        case "all succeed":
            k = n
        case "one group" if groups > 1:
            n[:-1], k[:-1] = 0, 0
        case "no data":
            n = 0 * n
            k = n
        case "all alike":
            k = n // 2
        case "contradicts the prior":
            k = np.where(np.arange(groups) % 2, n, 0)
    return Counts(k, n, covariates=covariates or None)


def random_events(seed: int, groups: int | None = None, exposure: float | None = None) -> Events:
    """Events of 1 to 300 groups, at rates around 10^-2 to 10^2; each fourth seed without any event.

    Args:
        seed: of the data.
        groups: their number; random if omitted.
        exposure: that of all groups; log-uniform from 0.1 to 100 if omitted.
    """
    rng = np.random.default_rng(seed)
    groups = groups or int(rng.choice(GROUPS[:-1]))
    shape, mean = 10 ** rng.uniform(-1, 2), 10 ** rng.uniform(-2, 2)
    exposures = 10 ** rng.uniform(-1, 2, groups) if exposure is None else np.full(groups, exposure)
    rates = rng.gamma(shape, mean / shape, groups)
    k = np.minimum(rng.poisson(rates * exposures), 2000) * (seed % 4 != 3)
    return Events(k, exposures)


def random_categories(seed: int, groups: int | None = None, longest: int | None = None) -> Categories:
    """Counts in three categories, of shares around random ones; each fourth seed all in the first category.

    Args:
        seed: of the data.
        groups: their number; random if omitted.
        longest: largest number of counts of a group; random if omitted.
    """
    rng = np.random.default_rng(seed)
    groups = groups or int(rng.choice(GROUPS[:-1]))
    n = rng.integers(1, (longest or int(rng.choice(LONGEST[:-1]))) + 1, groups)
    total, shares = 10 ** rng.uniform(-1.5, 3), rng.dirichlet([0.7, 0.7, 0.7])
    of_each = rng.dirichlet(np.maximum(total * shares, 1e-3), groups)
    k = np.stack([rng.multinomial(*each) for each in zip(n, of_each, strict=True)])
    if seed % 4 == 3:
        k = n[:, None] * np.array([1, 0, 0])
    return Categories(k)


def part(counts: Counts, which: np.ndarray) -> Counts:
    """Some of the students."""
    return Counts(counts.k[which], counts.n[which])


def two_classes_of_students(seed: int, students: int) -> tuple[Counts, np.ndarray]:
    """Counts with covariates x = -1 and 1, c = 0 and 1."""
    c = np.arange(students) % 2
    return random_counts(seed, students, MOST_TRIALS, x=2.0 * c - 1, c=c), c == 1
