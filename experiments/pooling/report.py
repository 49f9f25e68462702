"""The tables and sentences that pooling prints."""

from typing import Any

import polars as pl

from experiments.pooling.pooled import HAND_PICKED, paired_difference
from experiments.pooling.result import Result
from experiments.presentation.results import device, print_line, print_table, rounded

KINDS = {"no": "no", "complete": "complete", "partial": "partial, exact"} | {label: label for label in HAND_PICKED}


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    print_line(f"Partial pooling: (mu, lam) ~ mean_concentration(), learned exactly and by importance, on {device()}.")
    for name, students in result.students.items():
        _print_students(name, students, result)
    for name, limits in result.limits.items():
        _print_limits(name, limits, result)
    for name, scored in result.scores.items():
        _print_scores(name, scored)
    _print_newcomers(result.newcomers)


def _print_students(name: str, students: pl.DataFrame, result: Result) -> None:
    print_table(
        f"Classroom {name}: the rate of each student by no, partial and complete pooling, and by picked populations",
        ["student", "k/n", "no: k/n", "partial", "importance", "90 %", "pull", "complete: K/N", *HAND_PICKED],
        [
            [
                row["name"],
                f"{row['k']}/{row['n']}",
                f"{row['raw']:.4f}",
                f"{row['mean']:.4f}",
                rounded(row["sampled"], row["sampled_error"], 6),
                f"{row['low']:.2f} to {row['high']:.2f}",
                f"{row['pull']:.3f}",
                f"{row['complete']:.4f}",
                *(f"{row[label]:.4f}" for label in HAND_PICKED),
            ]
            for row in students.iter_rows(named=True)
        ],
    )
    truth, sampled = result.learned[name].truth, result.learned[name].sampled
    least, most = students.sort("pull").select("name", "pull").rows()[:: len(students) - 1]
    print_line(
        f"Partial pooling keeps the share 1 - pull of k/n, pull = E[lam / (lam + n)], and goes for the rest to the "
        f"population's mean, E[mu] = {truth.mean('mu'):.4f}: the pull is {least[1]:.3f} for {least[0]}, {most[1]:.3f} "
        f"for {most[0]}. By importance: {sampled.verdict}"
    )


def _print_limits(name: str, limits: pl.DataFrame, result: Result) -> None:
    print_table(
        f"Classroom {name}: largest distance of (a + k) / (a + b + n) from both ends, mu = "
        f"{result.learned[name].truth.mean('mu'):.4f}",
        ["a + b", "from k/n", "from mu"],
        [
            [f"{row['lam']:g}", f"{row['from_raw']:.1e}", f"{row['from_mu']:.1e}"]
            for row in limits.iter_rows(named=True)
        ],
    )


def _print_scores(name: str, scored: pl.DataFrame) -> None:
    totals = scored.sum().row(0, named=True)
    print_table(
        f"Classroom {name}: log predictive probability of each student's k from the other students (nats)",
        ["student", "k/n", *KINDS.values(), "partial, importance"],
        [
            [
                row["name"],
                f"{row['k']}/{row['n']}",
                *(f"{row[kind]:.3f}" for kind in KINDS),
                rounded(row["sampled"], row["sampled_error"], 6),
            ]
            for row in scored.iter_rows(named=True)
        ]
        + [["all", "", *(f"{totals[kind]:.3f}" for kind in KINDS), "-"]],
    )
    gains = {KINDS[kind]: paired_difference(scored["partial"], scored[kind]) for kind in KINDS if kind != "partial"}
    print_line(
        "In all, partial pooling gains "
        + ", ".join(f"{rounded(*gain, 2)} over {kind}" for kind, gain in gains.items())
        + f" (± the standard error over {len(scored)} students, too few to trust it). Exact to "
        f"{scored['partial_error'].max():.0e}. No: Beta(1, 1) for each student; complete: Beta(1, 1) for the one rate."
    )


def _print_newcomers(newcomers: pl.DataFrame) -> None:
    print_table(
        "Students who are new: exact, and by importance",
        ["population", "student", "k/n", "mean", "sd", "90 %", "importance: mean", "sd", "90 %"],
        [
            [
                row["population"],
                row["student"],
                f"{row['k']}/{row['n']}",
                f"{row['mean']:.4f}",
                f"{row['sd']:.4f}",
                f"{row['low']:.3f} to {row['high']:.3f}",
                *(
                    ["-"] * 3
                    if row["sampled_mean"] is None
                    else [
                        rounded(row["sampled_mean"], row["sampled_mean_error"]),
                        f"{row['sampled_sd']:.3f}",
                        f"{row['sampled_low']:.3f} to {row['sampled_high']:.3f}",
                    ]
                ),
            ]
            for row in newcomers.iter_rows(named=True)
        ],
    )
    means = {(row["population"], row["student"]): row["mean"] for row in newcomers.iter_rows(named=True)}
    print_line(
        "A, B: learned from the six alone. Greta's 4 of 4 then moves only her own rate, and what she says of the class "
        "is thrown away. With Greta: the posterior of all seven, from which a student nobody has seen learns too."
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
        "newcomers": result.newcomers.to_dicts(),
        "verdicts": {name: learned.sampled.verdict for name, learned in result.learned.items()},
        "mu": {name: learned.truth.mean("mu") for name, learned in result.learned.items()},
    }
