"""The tables of classrooms and of Emi and Farid: alone, in the school, and in a new classroom."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from experiments.methods.learned import Estimate
from experiments.one_level_up.alone import one_classroom
from experiments.one_level_up.estimates import numbers_of_classroom, probability_of_bento, quantile_estimate
from experiments.one_level_up.together import CLASSROOMS, NAMES, NEW
from inference import Posterior, exact
from models import Counts, mean_concentration

ENDS = {"low": 0.05, "median": 0.5, "high": 0.95}
NOTHING = Counts([0], [0])
ALONE, IN_SCHOOL, UNSEEN_SCHOOL = "alone", "in the school", "no school seen"
NEWCOMERS = ("Emi", "Farid")


class Alone(NamedTuple):
    """The exact posteriors of classrooms that are learned without the school."""

    own: dict[str, Posterior]  # under `one_classroom`, by classroom; the new one has no students
    of_chapter: dict[str, Posterior]  # under `mean_concentration`


def learn_alone() -> Alone:
    """Learn A and B one by one, and nothing at all."""
    rooms = {name: classroom() for name, classroom in CLASSROOMS.items()}
    return Alone(
        {name: exact(one_classroom(), counts) for name, counts in {**rooms, NEW: NOTHING}.items()},
        {name: exact(mean_concentration(), counts) for name, counts in rooms.items()},
    )


def classroom_table(alone: Alone, school: Posterior) -> pl.DataFrame:
    """Median and 90 % interval of mu and lam of each classroom, by what was seen.

    Args:
        alone: exact posteriors.
        school: draws of the school of A, B and the new classroom.

    Returns:
        A row per classroom and way of learning: classroom, learned; mu_low, mu_median, mu_high and the same of lam,
        each with its error.
    """
    rows = []
    for name in NAMES:
        if name != NEW:
            of_chapter = alone.of_chapter[name]
            rows.append(_row(name, "alone, mean_concentration()", lambda q, p=of_chapter: _exact(p, q, "mu", "lam")))
        learned = UNSEEN_SCHOOL if name == NEW else ALONE
        rows.append(_row(name, learned, lambda q, p=alone.own[name]: _exact(p, q, "log_odds", "log_lam")))
        numbers = numbers_of_classroom(school, name)
        rows.append(_row(name, IN_SCHOOL, lambda q, numbers=numbers: _sampled(school, numbers, q)))
    for k in (1, 0):
        text, numbers = f"{IN_SCHOOL}, and {k} of 1", numbers_of_classroom(school, NEW)
        seen = probability_of_bento(k, 1, numbers[0])
        rows.append(_row(NEW, text, lambda q, numbers=numbers, seen=seen: _sampled(school, numbers, q, seen)))
    return pl.DataFrame(rows)


def _row(classroom: str, learned: str, quantiles: Callable[[float], tuple[Estimate, Estimate]]) -> dict[str, Any]:
    row: dict[str, Any] = {"classroom": classroom, "learned": learned}
    found = {end: quantiles(q) for end, q in ENDS.items()}
    for at, name in enumerate(("mu", "lam")):
        for end in ENDS:
            value, error = found[end][at]
            row |= {f"{name}_{end}": value, f"{name}_{end}_error": error}
    return row


def _exact(posterior: Posterior, q: float, *names: str) -> tuple[Estimate, Estimate]:
    back = {"log_odds": expit, "log_lam": np.exp}
    first, second = (Estimate(float(back.get(name, float)(posterior.quantile(name, q))), 0.0) for name in names)
    return first, second


def _sampled(
    posterior: Posterior, numbers: tuple[np.ndarray, np.ndarray], q: float, seen: np.ndarray | None = None
) -> tuple[Estimate, Estimate]:
    mu, lam = expit(numbers[0]), np.exp(numbers[1])
    return quantile_estimate(posterior, mu, q, seen), quantile_estimate(posterior, lam, q, seen)


def student_table(alone: Alone, school: Posterior, everybody: Counts) -> pl.DataFrame:
    """Emi and Farid in both classrooms, alone and in the school.

    Args:
        alone: exact posteriors.
        school: draws of the school.
        everybody: the students of the school.

    Returns:
        A row per student and classroom: name, k, n, raw; alone with its 90 % interval, alone_low and alone_high;
        school, its error, school_low and school_high.
    """
    together = {row["name"]: row for row in school.shrinkage(everybody).iter_rows(named=True)}
    rows = []
    for room, classroom in CLASSROOMS.items():
        for row in alone.own[room].shrinkage(classroom()).iter_rows(named=True):
            name, of_school = row["name"], together[f"{row['name']} in {room}"]
            if name in NEWCOMERS:
                rows.append(
                    {"name": f"{name} in {room}"}
                    | {column: row[column] for column in ("k", "n", "raw")}
                    | {"alone": row["mean"], "alone_low": row["low"], "alone_high": row["high"]}
                    | {"school": of_school["mean"], "school_error": of_school["mean_error"]}
                    | {"school_low": of_school["low"], "school_high": of_school["high"]}
                )
    return pl.DataFrame(rows)
