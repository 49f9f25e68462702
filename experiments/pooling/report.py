"""The tables and sentences that pooling prints."""

from typing import Any

import polars as pl

from experiments.machine import device
from experiments.pooling.pooled import HAND_PICKED, HAND_PICKED_MEAN, paired_difference
from experiments.pooling.result import Result
from experiments.presentation.numbers import with_error
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

KINDS = {"no": "no", "complete": "complete", "partial": "partial, exact"} | {label: label for label in HAND_PICKED}


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    print_line(f"Partial pooling: (mu, lam) ~ mean_concentration(), learned exactly and by importance, on {device()}.")
    for name, students in result.students.items():
        _print_students(name, students, result)
    for name, limits in result.limits.items():
        _print_limits(f"Classroom {name}", limits, result.learned[name].truth.mean("mu"))
    _print_limits("Classroom A and Greta at the hand-picked mean", result.limits_at_mean, HAND_PICKED_MEAN)
    _print_shifts(result.shifts)
    for name, scored in result.scores.items():
        _print_scores(name, scored)
    _print_newcomers(result.newcomers)


def _print_students(name: str, students: pl.DataFrame, result: Result) -> None:
    print_table(
        table_text(
            f"Classroom {name}: the rate of each student by no, partial and complete pooling, and hand-picked",
            students,
            columns={
                "name": "student",
                "k": "k",
                "n": "n",
                "raw": "no: k/n",
                "mean": "partial",
                "sampled": "importance",
                "low": "5 %",
                "high": "95 %",
                "pull": "pull",
                "complete": "complete: K/N",
                **{picked: picked for picked in HAND_PICKED},
            },
        )
    )
    truth, sampled = result.learned[name].truth, result.learned[name].sampled
    least, most = students.sort("pull").select("name", "pull").rows()[:: len(students) - 1]
    print_line(
        f"Partial pooling keeps the share 1 - pull of k/n, pull = E[lam / (lam + n)], and gives the rest of the "
        f"weight to the population's mean, E[mu] = {truth.mean('mu'):.4f}: the pull is "
        f"{least[1]:.3f} for {least[0]}, {most[1]:.3f} for {most[0]}. By importance: {sampled.verdict}"
    )


def _print_limits(caption: str, limits: pl.DataFrame, mu: float) -> None:
    print_table(
        table_text(
            f"{caption}: largest distance of (a + k) / (a + b + n) from both ends, mu = {mu:.4f}",
            limits,
            columns={"lam": "a + b", "from_raw": "from k/n", "from_mu": "from mu"},
        )
    )


def _print_shifts(shifts: pl.DataFrame) -> None:
    columns = {"name": "student", "k": "k", "n": "n", "raw": "raw"}
    for picked in HAND_PICKED:
        columns |= {picked: picked, f"shift by {picked}": "shift"}
    caption = "The hand-picked populations, and how far they shift each student and Greta from k/n"
    print_table(table_text(caption, shifts, columns=columns))
    rows = {row["name"]: row for row in shifts.iter_rows(named=True)}
    weak, strong = HAND_PICKED
    greta, emi = (rows[name][f"shift by {weak}"] for name in ("Greta", "Emi"))
    than = "less" if abs(greta) < abs(emi) else "more"
    print_line(
        f"Under {weak} Greta is at {rows['Greta'][weak]:.4f} and Emi at {rows['Emi'][weak]:.4f}: shifts of "
        f"{greta:+.3f} and {emi:+.3f}. So Greta is shrunk {than}, having brought {rows['Greta']['n']} bentos against "
        f"{rows['Emi']['n']}."
    )
    times = sum(HAND_PICKED[strong]) / sum(HAND_PICKED[weak])
    nearer = all(abs(row[strong] - HAND_PICKED_MEAN) <= abs(row[weak] - HAND_PICKED_MEAN) for row in rows.values())
    print_line(
        f"{strong} has the same mean and {times:g} times the pseudo-bentos: it pulls Emi to "
        f"{rows['Emi'][strong]:.4f} and Farid to {rows['Farid'][strong]:.4f}. {'Nobody' if nearer else 'Somebody'} is "
        f"farther from {HAND_PICKED_MEAN:g} than under {weak}."
    )


def _print_scores(name: str, scored: pl.DataFrame) -> None:
    total = scored.select(pl.lit("all").alias("name"), pl.col(*KINDS).sum())
    print_table(
        table_text(
            f"Classroom {name}: log predictive probability of each student's k from the other students (nats)",
            pl.concat([scored, total], how="diagonal"),
            columns={"name": "student", "k": "k", "n": "n", **KINDS, "sampled": "partial, importance"},
        )
    )
    gains = {KINDS[kind]: paired_difference(scored["partial"], scored[kind]) for kind in KINDS if kind != "partial"}
    print_line(
        "In all, partial pooling gains "
        + ", ".join(f"{with_error(*gain)} over {kind}" for kind, gain in gains.items())
        + f" (± standard error over {len(scored)} students; with so few, it is unreliable). Exact to "
        f"{scored['partial_error'].max():.0e}. No: Beta(1, 1) for each student; complete: Beta(1, 1) for the one rate."
    )


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    print_table(
        table_text(
            "Students who are new: exact, and by importance",
            newcomers,
            columns={
                "population": "population",
                "student": "student",
                "k": "k",
                "n": "n",
                "mean": "mean",
                "sd": "sd",
                "low": "5 %",
                "high": "95 %",
                "sampled_mean": "importance: mean",
                "sampled_sd": "sd",
                "sampled_low": "5 %",
                "sampled_high": "95 %",
            },
            digits=dict.fromkeys(("sampled_sd", "sampled_low", "sampled_high"), 4),
        )
    )
    means = {(row["population"], row["student"]): row["mean"] for row in newcomers.iter_rows(named=True)}
    print_line(
        "A, B: learned from the six alone. Greta's 4 of 4 then moves only her own rate, and her counts are not used to "
        "learn the class. With Greta: the posterior of all seven, which also changes the rate of an unseen student."
    )
    print_line(
        "Counting her moves Greta "
        + ", ".join(
            f"from {means[name, 'Greta']:.4f} to {means[f'{name} with Greta', 'Greta']:.4f} in {name}" for name in "AB"
        )
        + "."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        kind: {name: table.to_dicts() for name, table in getattr(result, kind).items()}
        for kind in ("students", "limits", "scores")
    } | {
        "limits_at_mean": result.limits_at_mean.to_dicts(),
        "shifts": result.shifts.to_dicts(),
        "newcomers": result.newcomers.to_dicts(),
        "verdicts": {name: learned.sampled.verdict for name, learned in result.learned.items()},
        "mu": {name: learned.truth.mean("mu") for name, learned in result.learned.items()},
    }
