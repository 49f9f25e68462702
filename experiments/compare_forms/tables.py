"""What compare-forms prints: how well the weights agree, ESS as students are added, and what each form costs."""

import math

import numpy as np
import polars as pl

from experiments.compare_forms.comparison import LOWEST_ESS
from experiments.compare_forms.result import STUDENTS_AVERAGED, Result
from experiments.machine import device
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text

ROWS_PRINTED = (1, 2, 3, 5, 10, 15, 20, 30, 40, 50)


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_weights(result)
    _print_added(result)
    _print_classes(result)


def agreement(result: Result) -> dict[str, dict[str, float]]:
    """The largest difference of each form's weights from the closed form, by classroom and form."""
    found = {}
    for name, weights in result.weights.items():
        for form in ("marginal", "aggregated", "conjugate"):
            off = np.abs((weights[form] - weights["closed_form"]).to_numpy())
            bound = weights[f"{form}_bound"].to_numpy()
            worst = int(np.argmax(off))
            found[f"{name}, {form}"] = {
                "largest": float(off[worst]),
                "bound_there": float(bound[worst]),
                "largest_in_bounds": float(np.max(off / bound)),
            }
    return found


def averaging(result: Result) -> dict[str, dict[str, float]]:
    """How well the explicit weights, averaged over theta, agree with the likelihood, by classroom."""
    found = {}
    for name, averages in result.averages.items():
        judged = averages.filter(pl.col("theta_ess") >= LOWEST_ESS)
        z = judged["z"].abs()
        found[name] = {
            "particles": len(averages),
            "judged": len(judged),
            "mean_error": judged["log_mean_error"].mean(),
            "mean_z": judged["z"].mean(),
            "sd_z": judged["z"].std(),
            "share_below_2": (z < 2).mean(),
            "worst": z.max(),
        }
        found[name] = {column: math.nan if value is None else value for column, value in found[name].items()}
    return found


def _print_weights(result: Result) -> None:
    print_table(
        table_text(
            "Log weights of the same particles: largest difference from the closed form",
            pl.DataFrame([{"classroom, form": name, **found} for name, found in agreement(result).items()]),
            columns={
                "classroom, form": "classroom, form",
                "largest": "largest",
                "bound_there": "bound there",
                "largest_in_bounds": "largest share of a bound",
            },
            digits={"largest_in_bounds": 3},
        )
    )
    print_line(
        "Bound: (8 + students) eps x the size of the terms that are added up, by the form and by the closed form."
    )
    averages = [
        {"classroom": name, "students": STUDENTS_AVERAGED[name], **found} for name, found in averaging(result).items()
    ]
    print_table(
        table_text(
            "The explicit weight averaged over theta, against the closed form",
            pl.DataFrame(averages).rename({"worst": "worst_z"}),
            columns={
                **{name: name for name in ("classroom", "students", "particles")},
                "judged": f"judged (ESS >= {LOWEST_ESS})",
                "mean_error": "mean se",
                "mean_z": "mean z",
                "sd_z": "sd z",
                "share_below_2": "|z| < 2",
                "worst_z": "worst |z|",
            },
            digits={"mean_error": 4, "mean_z": 3, "sd_z": 3, "share_below_2": 3, "worst_z": 3},
        )
    )
    print_line("ESS: of the theta draws at a particle. The others' standard errors are too uncertain to judge by.")


def _print_added(result: Result) -> None:
    added, last = result.added, int(result.added["students"].to_numpy().max())
    print_table(
        table_text(
            "Students of Beta(6, 4) added one by one",
            added.filter(pl.col("students").is_in([*ROWS_PRINTED, last])).rename({"log_z_error": "off_by_error"}),
            columns={
                "students": "students",
                "exact_log_z": "exact log Z",
                "form": "form",
                "ess": "ESS",
                "off_by": "log Z - exact",
            },
            digits={"ess": 3, "off_by": 4},
        )
    )
    rates = result.rates
    measured_loss, same, whole = (rates[name] for name in ("explicit", "explicit_limit_there", "explicit_limit"))
    print_line(
        f"Each student costs the explicit form a factor exp(-{measured_loss:.2f}) of its ESS beyond what the marginal "
        f"form loses, fitted to the first {rates['students_fitted']} students. With few particles its "
        f"ESS is too optimistic: the factor of infinitely many, by quadrature, "
        f"is exp(-{same:.2f}) over the same students and "
        f"exp(-{whole:.2f}) over all {last}. The conjugate proposal's is exp({-rates['conjugate']:.4f})."
    )
    print_line(
        f"The marginal form's own ESS falls as students^-{rates['marginal_power']:.1f}, because the posterior narrows: "
        "a power, not an exponential. All numbers of students share their random keys."
    )


def _print_classes(result: Result) -> None:
    rows = result.classes.join(result.seconds, on=["class", "form"], maintain_order="left")
    print_table(
        table_text(
            f"What an effective draw costs, at real sizes, on {device()}",
            rows.with_columns(z=pl.col("z").abs(), per_draw=1000 * pl.col("per_draw")),
            columns={
                "class": "class",
                "form": "form",
                "log_z": "log Z",
                "exact_log_z": "exact",
                "z": "off by (se)",
                "ess": "ESS",
                "seconds": "seconds",
                "per_draw": "ms per effective draw",
            },
            digits={"z": 2, "ess": 3, "seconds": 4, "per_draw": 4},
        )
    )
    print_line(
        "Seconds: the fastest of three calls after the first, which compiles. Where the explicit form has collapsed,"
    )
    print_line("its ESS and standard error, estimates from the same particles, are too good.")
