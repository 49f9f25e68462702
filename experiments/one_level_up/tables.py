"""The tables and sentences that one-level-up prints."""

from math import pi, sqrt

import polars as pl

from experiments.machine import device
from experiments.methods.method_table import method_text
from experiments.one_level_up.curves import BENTOS
from experiments.one_level_up.estimates import SCHOOL, school_estimates
from experiments.one_level_up.places import IN_SCHOOL, UNSEEN_SCHOOL
from experiments.one_level_up.result import Result
from experiments.one_level_up.school import LAM_SPREAD, MU_SPREAD
from experiments.one_level_up.together import NEW
from experiments.presentation.numbers import with_error
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

COLUMNS = ("E[mu_spread]", "E[lam_spread]", "E[log lam A]", "E[log lam B]", "log Z")
MEAN_OF_HALF_NORMAL = sqrt(2 / pi)  # of scale 1
ENDS = {"low": "5 %", "median": "median", "high": "95 %"}
PLACE = {"classroom": "classroom", "learned": "learned"}
HEADERS: dict[str, str] = {"theta": "theta", "log_odds_mu": "logit mu", "log_lam": "log lam"}
HEADERS |= {name: name.replace("_", " ") for name in SCHOOL}


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    caption = f"A, B and a new classroom in one school: ten numbers, on {device()}"
    print_table(method_text(caption, result.learned, COLUMNS, school_estimates))
    for method, (posterior, _, _) in result.learned.items():
        print_line(f"{method}: {posterior.verdict}")
    _print_agreement(result.agreement)
    _print_classrooms(result.classrooms)
    _print_students(result.students)
    _print_newcomers(result.newcomers)
    for more in ("classrooms", "students"):
        _print_curves(result.curves.filter(more=more), more)


def _print_agreement(agreement: pl.DataFrame) -> None:
    print_table(table_text("rqmc, and the same integrals by nested quadrature (right to 1e-4)", agreement))
    nested = dict(agreement.select("quantity", "nested").iter_rows())
    spreads = {
        "mu": (MU_SPREAD * MEAN_OF_HALF_NORMAL, nested["E[mu_spread]"]),
        "lam": (LAM_SPREAD * MEAN_OF_HALF_NORMAL, nested["E[lam_spread]"]),
    }
    print_line(
        "The school learns how its classrooms differ: the spread of the log-odds of mu has mean "
        f"{spreads['mu'][0]:.2f} before any counts and {spreads['mu'][1]:.2f} given A and B; that of log lam "
        f"{spreads['lam'][0]:.2f} and {spreads['lam'][1]:.2f}."
    )


def _print_classrooms(classrooms: pl.DataFrame) -> None:
    ends = {f"{name}_{end}": f"{name}: {text}" for name in ("mu", "lam") for end, text in ENDS.items()}
    caption = "mu and lam of each classroom: alone (exact), and in the school (rqmc)"
    print_table(table_text(caption, classrooms, columns=PLACE | ends, digits=dict.fromkeys(ends, 4)))
    print_line(
        "Alone: the prior of one classroom of a school that nobody has seen; mean_concentration() is the course's."
    )


def _print_students(students: pl.DataFrame) -> None:
    columns = {"name": "student", "k": "k", "n": "n", "raw": "raw", "alone": "alone", "alone_low": "5 %"}
    columns |= {"alone_high": "95 %", "school": "in the school", "school_low": " 5 %", "school_high": " 95 %"}
    print_table(table_text("Emi and Farid, alone and in the school: E[theta]", students, columns=columns))
    moves = ", ".join(f"{row['name']} by {row['school'] - row['alone']:+.3f}" for row in students.iter_rows(named=True))
    print_line(f"Being in one school with the other classroom moves {moves}.")


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    columns = PLACE | {"k": "k", "n": "n", "mean": "E[theta]", "low": "5 %", "high": "95 %", "nested": "nested"}
    print_table(table_text("A new student, before a bento and after one", newcomers, columns=columns))
    means = {(row["classroom"], row["learned"], row["k"], row["n"]): row["mean"] for row in newcomers.to_dicts()}
    places = {
        "A": ("A", IN_SCHOOL),
        "B": ("B", IN_SCHOOL),
        "a new classroom": (NEW, IN_SCHOOL),
        "a new classroom of a school that nobody has seen": (NEW, UNSEEN_SCHOOL),
    }
    moved = ", ".join(f"{means[*at, 1, 1] - means[*at, 0, 1]:.2f} in {text}" for text, at in places.items())
    print_line(f"Tonkatsu instead of hamburger, in one bento, raises a new student's E[theta] by {moved}.")


def _print_curves(curves: pl.DataFrame, more: str) -> None:
    rows = []
    for (classrooms, students), stage in curves.group_by("classrooms", "students", maintain_order=True):
        row = {"classrooms": classrooms, "students": students}
        for level, left, error in stage.select("level", "left", "left_error").iter_rows():
            row |= {HEADERS[level]: left, f"{HEADERS[level]}_error": error}
        rows.append(row)
    caption = f"More {more}: sd that is left, as a share of the prior's; each student brings {BENTOS} bentos"
    print_table(table_text(caption, pl.DataFrame(rows)))
    last = curves.filter(pl.col(more) == curves[more].max()).sort("left")
    order = ", ".join(
        f"{HEADERS[level]} ({with_error(left, error)})"
        for level, left, error in last.select("level", "left", "left_error").iter_rows()
    )
    print_line(f"In the last row, from the best known to the least known: {order}.")
    print_line(
        "Known better than the number of a classroom that they are about: "
        + ", ".join(f"the {HEADERS[name]} {sizes}" for name, sizes in better_known(curves, more).items())
        + "."
    )


def better_known(curves: pl.DataFrame, more: str) -> dict[str, str]:
    """For each number of the school, where it is known better than the number of a classroom that it is about.

    Args:
        curves: `learning_curves`.
        more: "classrooms" or "students".

    Returns:
        Text such as "with 4, 8 classrooms" and "never", by name.
    """
    left = curves.filter(more=more).pivot(on="level", index=more, values="left")
    found = {}
    for name in SCHOOL:
        sizes = left.filter(pl.col(name) < pl.col("log_odds_mu" if name.startswith("mu") else "log_lam"))[more]
        found[name] = f"with {', '.join(map(str, sizes))} {more}" if len(sizes) else "never"
    return found
