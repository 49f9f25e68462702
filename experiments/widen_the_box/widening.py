"""Bounds moved one at a time: the exact answers, how far each quantity moves, and the limits of the rates."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl
from scipy.stats import beta

from experiments.methods.learned import Estimate, estimates
from inference import Posterior
from models import Counts, Hyperprior, box, mean_concentration

# In posterior sds: what moves by less than BARELY barely moves; what moves by less than CLEARLY only drifts.
BARELY, CLEARLY = 0.1, 1.0
QUANTITIES = {
    "rate": "E[a]/(E[a]+E[b])",
    "mu": "E[mu]",
    "a": "E[a]",
    "b": "E[b]",
    "lam": "E[lam]",
    "emi": "Emi",
    "farid": "Farid",
    "log_evidence": "log Z",
}
MOVED = [column for column in QUANTITIES if column != "log_evidence"]  # quantities with a posterior, and so an sd
UPPER, LOWER, CONCENTRATION = "upper bound of a, b", "lower bound of a, b", "upper bound of lam"


class Scan(NamedTuple):
    """One bound that is moved, while the others stay as in the course; five times as wide is not extreme yet."""

    hyperprior: Callable[[float], Hyperprior]
    bounds: tuple[float, ...]
    course: float
    five_times: float
    extreme: float

    @property
    def landmarks(self) -> tuple[float, ...]:
        """The bounds of a quick run."""
        return tuple(sorted({self.bounds[0], self.course, self.five_times, self.extreme, self.bounds[-1]}))


SCANS = {
    UPPER: Scan(
        lambda bound: box(0.5, bound),
        (5.0, 7.0, 10.0, 14.0, 20.0, 30.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 3000.0, 1e4),
        course=20.0,
        five_times=100.0,
        extreme=1e4,
    ),
    LOWER: Scan(
        lambda bound: box(bound, 20.0),
        (0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.5, 1.0, 2.0),
        course=0.5,
        five_times=0.1,
        extreme=0.001,
    ),
    CONCENTRATION: Scan(
        lambda bound: mean_concentration(lam=(0.1, bound)),
        (10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 3000.0, 1e4),
        course=100.0,
        five_times=500.0,
        extreme=1e4,
    ),
}


def learned(posterior: Posterior, counts: Counts) -> dict[str, Estimate]:
    """Estimates of every quantity that a bound may move.

    Args:
        posterior: of the population.
        counts: the students, Emi and Farid among them.

    Returns:
        `estimates`, and E[theta] of Emi and Farid, each with its error.
    """
    students = posterior.shrinkage(counts).select("name", "mean", "mean_error").iter_rows()
    found = estimates(posterior) | {name: Estimate(mean, error) for name, mean, error in students}
    return {name: found[name] for name in QUANTITIES.values()}


def answers_row(posterior: Posterior, counts: Counts) -> dict[str, float]:
    """One row of the exact answers.

    Args:
        posterior: exact, of the population.
        counts: the students, Emi and Farid among them.

    Returns:
        Each quantity; its posterior sd (for the rate, that of mu); and the largest numerical error, in such sds.
    """
    found = learned(posterior, counts)
    sd = {name: posterior.sd(name) for name in ("mu", "a", "b", "lam")}
    sd |= {name.lower(): theta_sd for name, theta_sd in posterior.shrinkage(counts).select("name", "sd").iter_rows()}
    sd["rate"] = sd["mu"]
    return {
        **{column: found[name].value for column, name in QUANTITIES.items()},
        **{f"sd_{column}": sd[column] for column in MOVED},
        "largest_error_in_sd": max(found[QUANTITIES[column]].error / sd[column] for column in MOVED),
    }


def moves(answers: pl.DataFrame) -> pl.DataFrame:
    """How far each quantity moves as one bound is widened, in its posterior sd under the course's bounds.

    Args:
        answers: an `answers_row` per "scan" and "bound", those of `Scan.landmarks` among them.

    Returns:
        A row per scan and quantity: its value at the course's bound, at five times the width and at the extreme, the
        sd, how far it has moved at both, and whether the course's sentence is true of it.
    """
    rows = []
    for name, scan in SCANS.items():
        course, five_times, extreme = (
            answers.row(by_predicate=(pl.col("scan") == name) & (pl.col("bound") == bound), named=True)
            for bound in (scan.course, scan.five_times, scan.extreme)
        )
        for quantity in MOVED:
            sd = course[f"sd_{quantity}"]
            moved = [(row[quantity] - course[quantity]) / sd for row in (five_times, extreme)]
            rows.append(
                {
                    "scan": name,
                    "quantity": quantity,
                    "course": course[quantity],
                    "sd": sd,
                    "five_times": five_times[quantity],
                    "extreme": extreme[quantity],
                    "moved_five_times": moved[0],
                    "moved_extreme": moved[1],
                    "verdict": verdict(*moved),
                }
            )
    return pl.DataFrame(rows)


def verdict(moved_five_times: float, moved_extreme: float) -> str:
    """Whether "it barely moves until the bounds get extreme" is true of a quantity.

    Args:
        moved_five_times: how far it has moved, in posterior sd, where the bound is five times as wide.
        moved_extreme: how far where it is extreme.

    Returns:
        The verdict, in words.
    """
    if abs(moved_five_times) < BARELY:
        return "true, and at the extreme too" if abs(moved_extreme) < BARELY else "true"
    return "not true, it drifts" if abs(moved_extreme) < CLEARLY else "not true, it follows the bound"


def limits(counts: Counts) -> dict[str, float]:
    """Limits of the rates as the upper bound of the box grows: complete pooling, where everybody's theta is mu.

    In nearly all of a wide box lam is large. There p(k | n, mu) is proportional to mu^K (1 - mu)^(N - K), for K
    successes of N. A box up to U allows lam < U / m with m = max(mu, 1 - mu), with a density proportional to lam. So

        E[mu] -> <mu m^-2> / <m^-2>,   E[a] / (E[a] + E[b]) -> <mu m^-3> / <m^-3>,   E[a] / U -> 2/3 <mu m^-3> / <m^-2>

    where <> is the mean over mu ~ Beta(K + 1, N - K + 1).

    Args:
        counts: the students.

    Returns:
        The limits of "rate", "mu", "emi" and "farid", and of "a_share" and "b_share", E[a] / U and E[b] / U.
    """
    successes, trials = (float(counts.multiplicity @ of) for of in (counts.k, counts.n))
    pooled = beta(successes + 1, trials - successes + 1)

    def mean(power: int, of_mu: Callable[[float], float] = lambda mu: 1.0) -> float:
        def integral(low: float, high: float) -> float:
            return float(pooled.expect(lambda mu: of_mu(mu) * max(mu, 1 - mu) ** -power, lb=low, ub=high))

        return integral(0.0, 0.5) + integral(0.5, 1.0)  # in two parts, because m has a kink at 1/2

    mu = mean(2, lambda mu: mu) / mean(2)
    return {
        "rate": mean(3, lambda mu: mu) / mean(3),
        "mu": mu,
        "emi": mu,
        "farid": mu,
        "a_share": 2 / 3 * mean(3, lambda mu: mu) / mean(2),
        "b_share": 2 / 3 * mean(3, lambda mu: 1 - mu) / mean(2),
    }
