"""How many digits of the beta-binomial log pmf are right in this suite, the course's formula, TFP and SciPy.

At random points, a and b in 1e-6..1e8 and n up to 1e9, every method is compared with 50 digits, in float32 and in
float64. The error of log p is absolute, which makes it the relative error of p, and is judged where p is not
negligible: |log p| < 20 in float32, 50 in float64. The error of the gradient is the relative error of each derivative,
at all points with n > 0; without trials the gradient is exactly 0.
"""

from typing import NamedTuple

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.machine import device
from experiments.pmf_accuracy.methods import COURSE, OURS, SCIPY, TFP, Answers, answer, methods
from experiments.pmf_accuracy.options import PmfAccuracy
from experiments.pmf_accuracy.references import Points, References, draw_points, references
from experiments.presentation.axes import label, new_figure, powers_of_ten, show_key
from experiments.presentation.colours import BLUE, GREEN, ORANGE, VERMILION
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text

JUDGED_BELOW = {"float32": 20, "float64": 50}  # |log p|, below which its error is judged
COLOURS = {COURSE: VERMILION, SCIPY: ORANGE, TFP: GREEN, OURS: BLUE}
TITLES = {
    "float32": "In float32 this suite's error does not\ngrow with the table; |log p| < {}",
    "float64": "In float64 this suite's error hardly\ngrows either; |log p| < {}",
}


class Result(NamedTuple):
    """Every method at every point; per float type and method, a row of accuracy and one of seconds per evaluation."""

    points: pl.DataFrame
    accuracy: pl.DataFrame
    seconds: pl.DataFrame


def run(options: PmfAccuracy) -> Result:
    """Compare every method with 50 digits, and time it.

    Args:
        options: seed, number of points, evaluations per timed call.

    Returns:
        Everything found.
    """
    rng = np.random.default_rng(options.seed)
    tables, accuracy, seconds = [], [], []
    with progress_bar() as progress:
        for dtype, below in JUDGED_BELOW.items():
            points = draw_points(rng, options.points, np.dtype(dtype))
            task = progress.add_task(f"50 digits, {dtype}", total=options.points)
            exact = references(points, lambda task=task: progress.advance(task))
            task = progress.add_task(f"methods, {dtype}", total=len(methods(dtype)))
            for method in methods(dtype):
                answers = answer(method, points, options.at_most(options.evaluations, options.points))
                names = {"method": method, "dtype": dtype}
                tables.append(_table(names, points, exact, answers))
                accuracy.append(names | judge(points, exact, answers, below))
                seconds.append(names | {"log_p": answers.seconds, "with_gradient": answers.seconds_with_slopes})
                progress.advance(task)
    return Result(pl.concat(tables), pl.DataFrame(accuracy), pl.DataFrame(seconds))


def judge(points: Points, exact: References, answers: Answers, below: float) -> dict[str, float | None]:
    """The errors of a method.

    Args:
        points: the points.
        exact: the exact values at the points.
        answers: the method's answers at the points.
        below: errors of log p are judged where |log p| is below this.

    Returns:
        Number of points judged; largest and median error of log p and of the gradient, over the finite answers; and how
        many of all answers are not finite. None where a method has no gradient, or where no point has a finite error.
    """
    error = np.abs(answers.log_p - exact.log_p)[np.abs(exact.log_p) < below]
    row = {"judged": len(error), **_spread("error", error), "not_finite": int(np.sum(~np.isfinite(answers.log_p)))}
    trials = points.n > 0
    size = np.abs(exact.slopes[:, trials])
    relative, bad = np.empty(0), None
    if answers.slopes is not None:
        relative = (np.abs(answers.slopes - exact.slopes)[:, trials] / size).ravel()
        bad = int(np.sum(~np.isfinite(answers.slopes)))
    return row | _spread("gradient_error", relative) | {"gradient_not_finite": bad}


def _spread(name: str, errors: np.ndarray) -> dict[str, float | None]:
    finite = errors[np.isfinite(errors)]
    some = len(finite) > 0
    return {
        f"largest_{name}": float(np.max(finite)) if some else None,
        f"median_{name}": float(np.median(finite)) if some else None,
    }


def _table(names: dict[str, str], points: Points, exact: References, answers: Answers) -> pl.DataFrame:
    slopes = (None, None) if answers.slopes is None else answers.slopes
    columns = {name: [text] * len(points.k) for name, text in names.items()}
    columns |= {name: x.astype(np.float64) for name, x in points._asdict().items()}
    columns |= {"exact_log_p": exact.log_p, "log_p": answers.log_p}
    for name, exact_slope, slope in zip(("slope_a", "slope_b"), exact.slopes, slopes, strict=True):
        columns |= {f"exact_{name}": exact_slope, name: slope}
    return pl.DataFrame(columns, schema_overrides={"slope_a": pl.Float64, "slope_b": pl.Float64})


def plot(result: Result) -> Figure:
    """The error of log p against the size of the table, in float32 and in float64."""
    figure, axes = new_figure(len(JUDGED_BELOW), width=6.0, height=6.0)
    for ax, (dtype, below) in zip(axes, JUDGED_BELOW.items(), strict=True):
        _plot_errors(ax, result.points.filter(pl.col("exact_log_p").abs() < below, pl.col("n") > 0, dtype=dtype), dtype)
        label(
            ax,
            TITLES[dtype].format(below),
            "size of the table N = a + b + n",
            "|error of log p| (nats):\ndots, and the largest of each decade",
        )
    return figure


def _plot_errors(ax: Axes, near: pl.DataFrame, dtype: str) -> None:
    """Every error (those below eps / 8 are drawn at eps / 8), and a line through the largest of each decade of N."""
    lowest, marks = float(np.finfo(dtype).eps) / 8, {}
    for method, colour in COLOURS.items():
        rows = near.filter(pl.col("log_p").is_finite(), method=method)
        if rows.is_empty():
            continue
        size = (rows["a"] + rows["b"] + rows["n"]).to_numpy()
        error = np.maximum(np.abs((rows["log_p"] - rows["exact_log_p"]).to_numpy()), lowest)
        dots = ax.scatter(size, error, s=7, color=colour, alpha=0.3, linewidth=0)
        decade = np.floor(np.log10(size))
        middles = 10 ** (np.unique(decade) + 0.5)
        largest = np.array([np.max(error[decade == which]) for which in np.unique(decade)])
        (line,) = ax.plot(middles, largest, color=colour, linewidth=2.2)
        marks[method] = line, dots
    powers_of_ten(ax, "x")
    powers_of_ten(ax, "y")
    show_key(ax, marks)


def main(options: PmfAccuracy) -> None:
    """Run, write the files, print the table."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: _print(result, options),
        summary={"points": options.points, "accuracy": result.accuracy.to_dicts()},
        seconds={
            f"{row['method']}, {row['dtype']}, {what}": row[what]
            for row in result.seconds.iter_rows(named=True)
            for what in ("log_p", "with_gradient")
            if row[what] is not None
        },
        tables={"accuracy": result.accuracy, "points": result.points},
        figures={"pmf_accuracy": plot(result)},
    )


def _print(result: Result, options: PmfAccuracy) -> None:
    rows = result.accuracy.join(result.seconds, on=["method", "dtype"], maintain_order="left")
    print_table(
        table_text(
            f"The log pmf against 50 digits at {options.points} random points of each type, on {device()}",
            rows.with_columns(pl.col("log_p", "with_gradient") * 1e9),
            columns={
                "method": "method",
                "dtype": "type",
                "judged": "judged",
                "largest_error": "max err",
                "median_error": "median",
                "not_finite": "bad",
                "largest_gradient_error": "grad: max rel",
                "median_gradient_error": "median",
                "gradient_not_finite": "bad",
                "log_p": "ns",
                "with_gradient": "ns, grad too",
            },
            digits={"log_p": 1, "with_gradient": 1},
        )
    )
    below = ", ".join(f"{limit} in {dtype}" for dtype, limit in JUDGED_BELOW.items())
    print_line(
        f"err: absolute error of log p, judged where |log p| is below {below}. bad: NaN or infinite, of all points."
    )
    print_line("grad: each derivative in a and b, relative to itself, at all points with n > 0.")
    print_line(
        "ns: nanoseconds per evaluation of many in one call, the fastest of nine calls after the first, which compiles."
    )
