"""Panels that several experiments draw."""

import numpy as np
import polars as pl
import pytest
from scipy.special import betainc
from scipy.stats import beta, gamma

from experiments.options import DATA
from experiments.presentation.axes import new_figure
from experiments.presentation.posterior_grid import MEANS, NO_NARROWER, PosteriorGrid, density_band
from experiments.presentation.shrinkage import height_of, plot_shrinkage
from inference import exact
from models import Counts, beta_binomials, gamma_poissons, half_cauchy
from tests.experiments.layout import layout_faults


def test_the_band_of_a_population_that_is_hardly_known_is_seen():
    """For one student the spread may be thousands of times its median: a linear grid would cover only such values."""
    counts = Counts([1], [1])
    theta = np.linspace(0.005, 0.995, 199)
    grid = PosteriorGrid.around(exact(half_cauchy(), counts), counts)
    low, high, mean = density_band(grid, theta)
    assert grid.is_log == (False, True)
    assert np.all(low < mean)
    assert np.all(mean < high)
    # Mass outside of (0.005, 0.995), in the spikes of U-shapes, is left out.
    assert 0.5 < np.trapezoid(mean, theta) < 1
    narrow_low, narrow_high, same_mean = density_band(grid, theta, 0.5)
    assert np.all((low < narrow_low) & (narrow_high < high) & (mean == same_mean))


def test_the_mean_of_a_concentrated_population_has_no_spikes():
    """In a bin of theta the mean of the densities is the mean of the differences of the distribution functions."""
    counts, half = Counts.read(DATA / "batting.csv"), 0.002
    truth = exact(half_cauchy(), counts)
    theta = np.linspace(0.2, 0.34, 29)
    edges = [theta - half, theta + half]
    below = [truth.expectation(betainc(truth.values("a")[:, None], truth.values("b")[:, None], edge)) for edge in edges]
    expected, error = (below[1][0] - below[0][0]) / (2 * half), (below[0][1] + below[1][1]) / (2 * half)
    mean = density_band(PosteriorGrid.around(truth, counts), theta)[2]
    assert np.abs(mean - expected).max() < 0.01 * expected.max() + error.max()


@pytest.mark.parametrize("family", [beta_binomials, gamma_poissons], ids=["beta", "gamma"])
def test_a_density_that_is_no_narrower_has_the_mean_and_at_least_the_sd(family):
    law = {beta_binomials: beta, gamma_poissons: lambda shape, rate: gamma(shape, scale=1 / rate)}[family]
    first, second, sd = np.array([0.5, 300.0, 2e6]), np.array([0.2, 700.0, 3e6]), 0.01
    wider = law(*NO_NARROWER[family](first, second, sd))
    assert wider.mean() == pytest.approx(law(first, second).mean(), rel=1e-12)
    assert wider.mean() == pytest.approx(MEANS[family](first, second), rel=1e-12)
    assert wider.std() == pytest.approx(np.maximum(law(first, second).std(), sd), rel=1e-9)
    assert np.allclose(NO_NARROWER[family](first, second, 0.0), (first, second), rtol=1e-12, atol=0)


def test_a_thousand_rows_and_a_student_nobody_has_seen_are_drawn():
    rows = 1000
    table = pl.DataFrame(
        {
            "name": [f"student {i}" for i in range(rows)],
            "k": [0] * rows,
            "n": [0, *[5] * (rows - 1)],
            "raw": [None, *[0.0] * (rows - 1)],
            "mean": np.linspace(0.1, 0.2, rows),
            "low": [0.01] * rows,
            "high": [0.3] * rows,
        }
    )
    for size in (1, 3, rows):
        figure, (ax,) = new_figure(1)
        plot_shrinkage(ax, table.head(size))
        figure.draw_without_rendering()


@pytest.mark.parametrize("students", [13, 18, 40])
def test_names_of_rows_do_not_touch(students):
    rates = {name: [0.5] * students for name in ("raw", "mean", "low", "high")}
    names = {"name": [f"Player {i}" for i in range(students)], "k": [5] * students, "n": [10] * students}
    figure, (ax,) = new_figure(1, width=6.0, height=height_of(students))
    plot_shrinkage(ax, pl.DataFrame(names | rates))
    assert layout_faults(figure) == []
