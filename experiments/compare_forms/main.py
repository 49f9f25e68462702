"""The heart of the suite: every form gives the same weights, and what each costs as students are added.

(i) On the same draws of (a, b), particle by particle, the marginal weight and the conjugate-proposal weight equal the
closed form up to rounding, and the average of the explicit weight over theta equals it too. (ii) Students are added one
by one. With each student the explicit form loses a constant factor of its effective sample size,

    ESS / N -> Z^2 / E[w^2],  E[w^2] = E_population[prod_i E_theta[p(k_i | theta)^2]].

The other two forms lose no such factor. (iii) What an effective draw costs in time, for as many students and for
classrooms A and B.
"""

import math
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.compare_forms.comparison import (
    LOWEST_ESS,
    TIMED_FORMS,
    add_students,
    average,
    fit_rates,
    sample,
    weigh,
)
from experiments.compare_forms.options import CompareForms
from experiments.compare_forms.panels import plot_cost, plot_evidence, plot_share, plot_weights
from experiments.data.classrooms import classroom_a, classroom_b
from experiments.data.simulated import TRIALS, simulated_class
from experiments.machine import device
from experiments.methods.learned import EXACT, learn_and_time
from experiments.methods.method_table import method_seconds
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text
from inference import exact
from models import mean_concentration

STUDENTS_AVERAGED = {"A": 4, "B": 2}  # so few that the explicit weights average well over theta
ROWS_PRINTED = (1, 2, 3, 5, 10, 15, 20, 30, 40, 50)


class Result(NamedTuple):
    """Weights particle by particle, their averages over theta, and ESS, log Z and time of each form."""

    weights: dict[str, pl.DataFrame]  # by classroom
    averages: dict[str, pl.DataFrame]  # by classroom
    added: pl.DataFrame
    rates: dict[str, float]
    classes: pl.DataFrame  # at their real sizes
    seconds: pl.DataFrame  # of the same rows
    first_calls: dict[str, float]


def run(options: CompareForms) -> Result:
    """Compare the forms particle by particle, student by student, and by time.

    Args:
        options: seed, number of particles, number of students, theta draws.

    Returns:
        Everything found.
    """
    key_weights, key_averages, key_added, key_classes = jax.random.split(jax.random.key(options.seed), 4)
    classrooms = {"A": classroom_a(), "B": classroom_b()}
    weights, averages = {}, {}
    with progress_bar() as progress:
        task = progress.add_task("weighing the same particles", total=2 * len(classrooms))
        for i, (name, counts) in enumerate(classrooms.items()):
            weights[name] = weigh(counts, jax.random.fold_in(key_weights, i), options.particles)
            progress.advance(task)
            averages[name] = average(
                counts,
                weights[name],
                jax.random.fold_in(key_averages, i),
                students=STUDENTS_AVERAGED[name],
                theta_draws=options.at_most(options.theta_draws, 500),
            )
            progress.advance(task)
    whole = simulated_class(options.at_most(options.most_students, 6), options.seed)
    added = add_students(whole, key_added, options.particles)

    classes, seconds, first_calls = [], [], {}
    sizes = sorted({min(len(TRIALS), len(whole)), len(whole)})
    simulated = {f"{size} students": simulated_class(size, options.seed) for size in sizes}
    for name, counts in ({f"classroom {name}": counts for name, counts in classrooms.items()} | simulated).items():
        learned = learn_and_time(
            {form: partial(sample, form, counts, key_classes, options.particles) for form in TIMED_FORMS}
            | {EXACT: partial(exact, mean_concentration(), counts)},
            repeats=3,
        )
        first_calls |= {f"{name}, {method}": value for method, value in method_seconds(learned).items()}
        truth = learned[EXACT].posterior.log_evidence
        for form in TIMED_FORMS:
            posterior = learned[form].posterior
            z = (posterior.log_evidence - truth) / posterior.log_evidence_error
            classes.append(
                {
                    "class": name,
                    "form": form,
                    "exact_log_z": truth,
                    "log_z": posterior.log_evidence,
                    "log_z_error": posterior.log_evidence_error,
                    "z": z,
                    "ess": posterior.ess,
                }
            )
            call = learned[form].seconds
            seconds.append({"class": name, "form": form, "seconds": call, "per_draw": call / posterior.ess})
    rates = fit_rates(added)
    return Result(weights, averages, added, rates, pl.DataFrame(classes), pl.DataFrame(seconds), first_calls)


def plot(result: Result) -> Figure:
    """ESS and log Z as students are added; the weights of the same particles; time per effective draw."""
    figure, (share, evidence, weights, cost) = new_figure(2, rows=2, width=6.2)
    plot_share(share, result.added)
    plot_evidence(evidence, result.added)
    plot_weights(weights, result.weights["A"])
    plot_cost(cost, result.seconds)
    return figure


def main(options: CompareForms) -> None:
    """Run, print the tables, write the files."""
    result = run(options)
    _print_weights(result)
    _print_added(result)
    _print_classes(result)
    write_results(
        options.folder,
        summary=summary(result),
        seconds=result.first_calls,
        tables={"students_added": result.added, "classes": result.classes, "seconds": result.seconds}
        | {f"weights_{name.lower()}": table for name, table in result.weights.items()}
        | {f"averages_{name.lower()}": table for name, table in result.averages.items()},
        figures={"compare_forms": plot(result)},
    )


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


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "weights": agreement(result),
        "averages_over_theta": averaging(result),
        "students_added": result.added.to_dicts(),
        "rates": result.rates,
        "classes": result.classes.to_dicts(),
    }
