"""The figures of performance, drawn from the tables on its page: of that size they must be legible."""

import polars as pl
import pytest

from experiments.performance.growth.cost import ADDRESSES, GROUPS
from experiments.performance.growth.panels import plot_growth
from experiments.performance.panels import plot_posterior, plot_scaling, plot_weights
from experiments.presentation.axes import new_figure
from experiments.presentation.results import png
from experiments.presentation.written_docs import BEGIN, END, ROOT
from tests.experiments.layout import layout_faults

PAGE = ROOT / "docs" / "performance.md"


def table(name: str) -> pl.DataFrame:
    """A table of the page; numbers as floats."""
    text = PAGE.read_text(encoding="utf-8")
    block = text.split(BEGIN.format(name, "performance"))[1].split(END.format(name))[0]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split(" | ")] for line in block.strip().splitlines())
    columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    return pl.DataFrame({name: [_number(cell) for cell in cells] for name, cells in columns.items()}, strict=False)


def _number(cell: str) -> float | str:
    try:
        return float(cell.replace(",", ""))
    except ValueError:
        return cell


def performance():
    weights = table("weights").with_columns(seconds=pl.col("a call (ms)") / 1e3)
    posterior = table("posterior").select(method="algorithm", seconds=pl.col("time to 1 % (ms)").cast(float) / 1e3)
    scaling = table("scaling").select(
        "students",
        particles=pl.lit(10_000),
        seconds=pl.col("importance (ms)") / 1e3,
        exact_seconds=pl.col("exact (ms)") / 1e3,
    )
    figure, (left, middle, right) = new_figure(3, width=6.0, height=5.6)
    plot_weights(left, weights)
    plot_posterior(middle, posterior)
    plot_scaling(right, scaling)
    return figure


def growth():
    found = table("growth").rename(
        {"numbers": "addresses", "a call (s)": "seconds", "peak memory (MB)": "peak_mb", "different rows": "rows"}
    )
    of_addresses = pl.int_range(pl.len()) < 13  # the first rows are those of the upper panels
    against = pl.when(of_addresses).then(pl.lit(ADDRESSES)).otherwise(pl.lit(GROUPS))
    return plot_growth(found.with_columns(pl.col("groups").cast(int), against=against))


@pytest.mark.parametrize("draw", [performance, growth])
def test_no_text_of_the_figures_of_performance_overlaps(draw):
    figure = draw()
    png(figure)
    assert layout_faults(figure) == []
