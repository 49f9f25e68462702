"""The heart of the suite: every form gives the same weights, and what each costs as students are added.

(i) On the same draws of (a, b), particle by particle, the marginal weight and the conjugate-proposal weight equal the
closed form up to rounding, and the average of the explicit weight over theta equals it too. (ii) Students are added one
by one. With each student the explicit form loses a constant factor of its effective sample size,

    ESS / N -> Z^2 / E[w^2],  E[w^2] = E_population[prod_i E_theta[p(k_i | theta)^2]].

The other two forms lose no such factor. (iii) What an effective draw costs in time, for as many students and for
classrooms A and B.
"""

from functools import partial
from typing import Any

import jax
import polars as pl
from matplotlib.figure import Figure

from experiments.compare_forms.comparison import TIMED_FORMS, add_students, average, fit_rates, sample, weigh
from experiments.compare_forms.options import CompareForms
from experiments.compare_forms.panels import plot_cost, plot_evidence, plot_share, plot_weights
from experiments.compare_forms.result import STUDENTS_AVERAGED, Result
from experiments.compare_forms.tables import agreement, averaging, print_result
from experiments.data.classrooms import classroom_a, classroom_b
from experiments.data.simulated import TRIALS, simulated_class
from experiments.methods.learned import EXACT, learn_and_time
from experiments.methods.method_table import method_seconds
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.presentation.screen import progress_bar
from inference import exact
from models import Counts, mean_concentration


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
    sizes = sorted({min(len(TRIALS), len(whole)), len(whole)})
    at_real_sizes = {f"classroom {name}": counts for name, counts in classrooms.items()}
    at_real_sizes |= {f"{size} students": simulated_class(size, options.seed) for size in sizes}
    classes, seconds, first_calls = _learn_classes(at_real_sizes, key_classes, options.particles)
    return Result(weights, averages, added, fit_rates(added), classes, seconds, first_calls)


def _learn_classes(
    every: dict[str, Counts], key: jax.Array, n_particles: int
) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, float]]:
    """Each form on each class: ESS and log Z next to the exact one, seconds of the same rows, seconds of each call."""
    classes, seconds, first_calls = [], [], {}
    for name, counts in every.items():
        learned = learn_and_time(
            {form: partial(sample, form, counts, key, n_particles) for form in TIMED_FORMS}
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
    return pl.DataFrame(classes), pl.DataFrame(seconds), first_calls


def plot(result: Result) -> Figure:
    """ESS and log Z as students are added; the weights of the same particles; time per effective draw."""
    figure, (share, evidence, weights, cost) = new_figure(2, rows=2, width=6.2, height=5.2)
    plot_share(share, result.added)
    plot_evidence(evidence, result.added)
    plot_weights(weights, result.weights["A"])
    plot_cost(cost, result.seconds)
    return figure


def main(options: CompareForms) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.first_calls,
        tables={"students_added": result.added, "classes": result.classes, "seconds": result.seconds}
        | {f"weights_{name.lower()}": table for name, table in result.weights.items()}
        | {f"averages_{name.lower()}": table for name, table in result.averages.items()},
        figures={"compare_forms": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "weights": agreement(result),
        "averages_over_theta": averaging(result),
        "students_added": result.added.to_dicts(),
        "rates": result.rates,
        "classes": result.classes.to_dicts(),
    }
