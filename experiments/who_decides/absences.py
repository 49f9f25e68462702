"""A class without some of its students: who is left, and what those learn."""

from collections.abc import Collection

import numpy as np
import polars as pl

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.methods.learned import Estimate, estimates
from inference import ExactPosterior, Posterior, exact
from models import Counts, Hyperprior, box, mean_concentration

CLASSROOMS = {"A": classroom_a(), "B": classroom_b()}
EVERYBODY = "nobody"  # nobody is absent
HEAVY, LIGHT = ("Alyssa", "Ben"), ("Emi", "Farid")  # who have brought the most bentos, and the fewest
ALL_BUT_HEAVY = f"all but {' and '.join(HEAVY)}"
HYPERPRIORS: dict[str, Hyperprior] = {"box": box(), "mean_concentration": mean_concentration()}
HAND_PICKED = 0.6  # mean of the course's Beta(6, 4)
LEARNED = (("A", "box"), ("A", "mean_concentration"), ("B", "mean_concentration"))  # as in the course
RATE = "E[a]/(E[a]+E[b])"
BELOW_1 = "P(lam < 1)"
MOVED = {RATE: "rate", "E[mu]": "mu", "E[lam]": "lam"}  # what an absence moves, and its column


def absences(counts: Counts) -> dict[str, tuple[str, ...]]:
    """The students who are left out, by what they are called: nobody, each, a pair, and all but the first pair."""
    others = tuple(name for name in counts.names if name not in HEAVY)
    pairs = {" and ".join(pair): pair for pair in (HEAVY, LIGHT)}
    return {
        EVERYBODY: (),
        **{name: (name,) for name in counts.names},
        **pairs,
        f"all but {' and '.join(HEAVY)}": others,
    }


def without(counts: Counts, absent: Collection[str]) -> Counts:
    """The counts of the students who are not absent.

    Args:
        counts: a class.
        absent: names of students in it, not all.

    Returns:
        The counts of the others, in the same order.

    Raises:
        KeyError: if a name is of no student.
    """
    unknown = set(absent) - set(counts.names)
    if unknown:
        raise KeyError(f"no student is called {', '.join(sorted(unknown))}; names: {', '.join(counts.names)}")
    left = [i for i, name in enumerate(counts.names) if name not in absent]
    return Counts(counts.k[left], counts.n[left], names=[counts.names[i] for i in left])


def emptied(counts: Counts, absent: Collection[str]) -> Counts:
    """The class in which the absent have brought 0 of 0: they say nothing, and the program keeps its size.

    Args:
        counts: a class.
        absent: names of students in it.

    Returns:
        Counts with the same posterior of the population as `without`.
    """
    there = np.array([name not in absent for name in counts.names])
    return Counts(counts.k * there, counts.n * there, names=counts.names)


def learned(posterior: Posterior) -> dict[str, Estimate]:
    """What the absence of a student may move: the implied rate, E[mu] and E[lam], each with its error.

    Also P(lam < 1), but not under the box, where lam is 1 or more.
    """
    of_all = estimates(posterior)
    found = {name: of_all[name] for name in MOVED}
    if "lam" not in posterior.hyperprior.support:
        return found
    if isinstance(posterior, ExactPosterior):
        return found | {BELOW_1: Estimate(posterior.probability_below("lam", 1.0), posterior.quantile_error("lam"))}
    share, error = posterior.expectation(posterior.draws["lam"] < 1)
    return found | {BELOW_1: Estimate(float(share), float(error))}


def absence_table() -> pl.DataFrame:
    """The exact answers of both classrooms without each student and without pairs.

    Returns:
        A row per classroom, hyperprior and absence: classroom, hyperprior, absent, students (who are left), rate, mu,
        lam, below_1 (P(lam < 1), null under the box); moved_rate, moved_mu, moved_lam, how far each is from the answer
        of everybody; largest_error, the largest numerical error of rate, mu and, in posterior sd, lam.
    """
    rows = []
    for classroom, hyperprior in LEARNED:
        everybody: dict[str, Estimate] = {}
        for called, absent in absences(CLASSROOMS[classroom]).items():
            present = without(CLASSROOMS[classroom], absent)
            posterior = exact(HYPERPRIORS[hyperprior], present)
            found = learned(posterior)
            everybody = everybody or found
            (rate, mu, lam), errors = zip(*(found[name] for name in MOVED), strict=True)
            moved = {f"moved_{column}": found[name].value - everybody[name].value for name, column in MOVED.items()}
            rows.append(
                {
                    "classroom": classroom,
                    "hyperprior": hyperprior,
                    "absent": called,
                    "students": len(present),
                    **{"rate": rate, "mu": mu, "lam": lam},
                    "below_1": found[BELOW_1].value if BELOW_1 in found else None,
                    **moved,
                    "largest_error": max(errors[0], errors[1], errors[2] / posterior.sd("lam")),
                }
            )
    return pl.DataFrame(rows, schema_overrides={"below_1": pl.Float64})
