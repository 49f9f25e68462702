"""The panels of the figures: colours safe for the colour-blind, and labels next to the lines instead of a legend."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from scipy.special import logsumexp
from scipy.stats import beta as beta_distribution

from inference import Posterior
from models import Counts
from models.families.beta_binomial.likelihood import PopulationLikelihood
from models.families.beta_binomial.split_likelihood import SplitLikelihood

# Okabe & Ito (2008), safe for the colour-blind.
BLUE, ORANGE, GREEN, VERMILION, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7F7F7F"
SYMBOLS = {
    "a": "a (pseudo-successes)",
    "b": "b (pseudo-failures)",
    "mu": "population mean μ",
    "lam": "concentration λ (pseudo-trials)",
    "spread": "spread 1/√λ",
}
GRID = 161  # cells along each axis of a grid over the posterior
LOG_RATIO = 100.0  # high / low: a positive support at least this wide is drawn on a log axis

HEAVY = 30.0  # in medians: a quantity whose tail reaches further is drawn on a log axis
CROWDED = 1e4  # high / low of a log axis, above which only powers of ten are written
MOST_STUDENTS_NAMED = 40
MOST_PARTICLES = 1500


def new_figure(panels: int, *, width: float = 4.6, height: float = 4.2, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """A figure with panels side by side, text large enough to be read at half size.

    Args:
        panels: panels in each row.
        width: inches of a panel.
        height: inches of a row.
        rows: number of rows.

    Returns:
        The figure and its axes, row by row.
    """
    figure = Figure(figsize=(width * panels, height * rows), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))
    axes = figure.subplots(rows, panels, squeeze=False).ravel().tolist()
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=11)
    return figure, axes


def label(ax: Axes, title: str, x: str, y: str) -> None:
    """Title and axis labels in the figures' sizes."""
    ax.set_title(title, fontsize=13, loc="left")
    ax.set_xlabel(x, fontsize=12)
    ax.set_ylabel(y, fontsize=12)


def log_axis(ax: Axes, which: Literal["x", "y"], subs: Sequence[float] = (1, 2, 5)) -> None:
    """A log axis with ticks written as plain numbers, at 1, 2, 5, 10, ... by default."""
    (ax.set_xscale if which == "x" else ax.set_yscale)("log")
    axis = ax.xaxis if which == "x" else ax.yaxis
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def is_log_scaled(support: tuple[float, float], ends: tuple[float, float], median: float) -> bool:
    """Whether a quantity and its density are drawn on a log scale: if its support is wide or its tail is heavy.

    Args:
        support: lowest and highest possible value.
        ends: quantiles between which nearly all of its posterior lies.
        median: its posterior median.

    Returns:
        True for a log scale.
    """
    low, high = support
    return (low > 0 and high / low >= LOG_RATIO) or (low >= 0 and ends[1] > HEAVY * median)


def plot_plane(ax: Axes, posterior: Posterior, truth: Posterior, counts: Counts) -> None:
    """Particles in the plane of the hyperprior's addresses, area by weight, over the exact posterior's contours.

    Args:
        ax: where to draw.
        posterior: the particles.
        truth: the exact posterior, which sets the range of the axes.
        counts: the data from which both were learned.
    """
    hyperprior = posterior.hyperprior
    x_name, y_name = hyperprior.addresses
    grid = _Grid.around(truth, counts)
    x, y = grid.axes
    _contours(ax, x, y, grid.mass)
    weights = posterior.weights
    shown = np.flatnonzero(weights > 1e-3 * weights.max())
    shown = np.random.default_rng(0).permutation(shown)[:MOST_PARTICLES]  # a random part: draws are exchangeable
    ax.scatter(
        posterior.draws[x_name][shown],
        posterior.draws[y_name][shown],
        s=40 * weights[shown] / weights.max(),
        color=BLUE,
        alpha=0.5,
        linewidths=0,
    )
    for which, is_log, values in zip(("x", "y"), grid.is_log, grid.axes, strict=True):
        if is_log:
            log_axis(ax, which, subs=(1,) if values[-1] / values[0] > CROWDED else (1, 2, 5))
    ax.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
    label(
        ax,
        f"{'Nodes' if posterior.nodes is not None else 'Particles'} (area = weight)\nover exact 50, 90, 99 % regions",
        SYMBOLS.get(x_name, x_name),
        SYMBOLS.get(y_name, y_name),
    )


class _Grid(NamedTuple):
    """Posterior mass of the cells of a grid over the bulk of the exact posterior, and (a, b) at their centres."""

    axes: tuple[np.ndarray, np.ndarray]
    is_log: tuple[bool, bool]  # whether an axis is equally spaced in logs
    mass: np.ndarray
    a: np.ndarray
    b: np.ndarray

    @classmethod
    @lru_cache(maxsize=4)  # panels side by side show the same posterior
    def around(cls, truth: Posterior, counts: Counts) -> "_Grid":
        hyperprior = truth.hyperprior
        axes, logs, log_width = [], [], []
        for name in hyperprior.addresses:
            ends = truth.quantile(name, 1e-4), truth.quantile(name, 1 - 1e-4)
            logs.append(is_log_scaled(hyperprior.support[name], ends, truth.quantile(name, 0.5)))
            if logs[-1]:
                axes.append(np.geomspace(*ends, GRID))
                log_width.append(np.log(axes[-1]))
            else:
                axes.append(np.linspace(*ends, GRID))
                log_width.append(np.zeros(GRID))
        x, y = np.meshgrid(*axes, indexing="ij")
        with jax.enable_x64(True):
            points = dict(zip(hyperprior.addresses, (jnp.asarray(x.ravel()), jnp.asarray(y.ravel())), strict=True))
            log_prior, (a, b) = jax.device_get(jax.vmap(hyperprior.program.assess)(points))
        mode = PopulationLikelihood(*counts.pairs).mode
        log_density = (log_prior + SplitLikelihood(*counts.pairs).relative_to(a, b, mode)).reshape(x.shape)
        log_density += log_width[0][:, None] + log_width[1][None, :]
        return cls((axes[0], axes[1]), (logs[0], logs[1]), np.exp(log_density - logsumexp(log_density)), a, b)


def _contours(ax: Axes, x: np.ndarray, y: np.ndarray, mass: np.ndarray) -> None:
    """Contours around the highest-density regions that hold 50, 90 and 99 % of the mass."""
    descending = np.sort(mass.ravel())[::-1]
    cumulative = np.cumsum(descending)
    levels = [descending[np.searchsorted(cumulative, share)] for share in (0.99, 0.9, 0.5)]
    ax.contour(x, y, mass.T, levels=levels, colors=[GREY, "#444444", "black"], linewidths=1.4)


def plot_population(
    ax: Axes,
    posteriors: Mapping[str, tuple[Posterior, Counts, str]],
    hand_picked: tuple[float, float] | None = None,
    *,
    label_at: float | None = None,
) -> None:
    """The learned population density of theta with its 90 % band, next to a hand-picked Beta.

    Args:
        ax: where to draw.
        posteriors: by label, an exact posterior, its counts and its colour.
        hand_picked: shapes (a, b) of a Beta to compare with.
        label_at: theta at which the labels stand; by default that of each peak.
    """
    theta = np.linspace(0.005, 0.995, 199)
    tops = []
    for name, (posterior, counts, colour) in posteriors.items():
        low, high, mean = _density_band(_Grid.around(posterior, counts), theta)
        ax.fill_between(theta, low, high, color=colour, alpha=0.25, linewidth=0)
        ax.plot(theta, mean, color=colour, linewidth=2.2)
        peak = int(np.argmax(mean[10:-10])) + 10 if label_at is None else int(np.searchsorted(theta, label_at))
        side = "left" if theta[peak] < 0.15 else "right" if theta[peak] > 0.85 else "center"
        label_lines(ax, [(theta[peak], mean[peak], name, colour)], side=side, shift=(0, 14))
        tops.append(high[(theta > 0.03) & (theta < 0.97)].max())
    if hand_picked is not None:
        density = beta_distribution.pdf(theta, *hand_picked)
        ax.plot(theta, density, color="black", linewidth=1.6, linestyle="--")
        at = int(np.searchsorted(theta, 0.42))
        text = f"hand-picked\nBeta({hand_picked[0]:g}, {hand_picked[1]:g})"
        label_lines(ax, [(theta[at], density[at], text, "black")], side="right", shift=(-12, 14))
        tops.append(density.max())
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.1 * max(tops))
    label(ax, "Population learned,\nwith 90 % band", "rate θ", "density of θ")


def _density_band(grid: _Grid, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """5 % and 95 % posterior quantiles of the Beta density at each theta, and its posterior mean."""
    mass = grid.mass.ravel()
    kept = np.argsort(mass)[::-1][: np.searchsorted(np.cumsum(np.sort(mass)[::-1]), 0.9999)]
    weights, a, b = mass[kept] / mass[kept].sum(), grid.a[kept, None], grid.b[kept, None]
    densities = beta_distribution.pdf(theta, a, b)
    bands = np.empty((2, len(theta)))
    for column, values in enumerate(densities.T):
        order = np.argsort(values)
        midpoints = np.cumsum(weights[order]) - weights[order] / 2
        bands[:, column] = np.interp((0.05, 0.95), midpoints, values[order])
    return bands[0], bands[1], weights @ densities


def plot_shrinkage(
    ax: Axes, table: pl.DataFrame, title: str = "○ raw (area: n) to ● posterior mean,\nwith 90 % interval"
) -> None:
    """An arrow per student from the raw fraction to the posterior mean, with its 90 % interval; marker size by n.

    Args:
        ax: where to draw.
        table: `Posterior.shrinkage`; above 40 students the names are left out and rows sorted by mean.
        title: title of the panel.
    """
    students = table.height
    named = students <= MOST_STUDENTS_NAMED
    if not named:
        table = table.sort("mean", descending=True)
    rows = np.arange(students)
    raw, mean, low, high = (table[name].cast(pl.Float64).to_numpy() for name in ("raw", "mean", "low", "high"))
    n = table["n"].to_numpy()
    thickness = min(5.0, 160 / students)  # points
    ax.hlines(rows, low, high, color=BLUE, alpha=0.25, linewidth=thickness)
    if named:
        arrow = {"arrowstyle": "-|>", "color": VERMILION, "lw": 1.4, "shrinkA": 3, "shrinkB": 0}
        for row in np.flatnonzero(n > 0):
            ax.annotate("", (mean[row], row), (raw[row], row), arrowprops=arrow, zorder=4)
        ax.set_yticks(rows, [f"{name} {k}/{n}" for name, k, n in table.select("name", "k", "n").iter_rows()])
    else:
        ax.hlines(rows, raw, mean, color=VERMILION, linewidth=thickness / 3, zorder=4)
        ax.set_yticks([])
    area = thickness**2 * (0.8 + 7.2 * n / max(1, n.max()))
    ring = min(1.0, thickness / 2)
    ax.scatter(raw, rows, s=area, facecolor="white", edgecolor=GREY, linewidth=ring, zorder=3, clip_on=False)
    ax.scatter(mean, rows, s=(0.6 if named else 1.5) * thickness**2, color=VERMILION, linewidth=0, zorder=5)
    ax.set_ylim(students - 0.3, -0.7)
    ax.set_xlim(-0.02, min(1.02, 1.1 * np.nanmax([raw, high])))
    label(ax, title, "rate θ", "" if named else f"{students} rows, by mean")


def plot_marginal(ax: Axes, learned: Mapping[str, tuple[Posterior, Counts, str]], name: str) -> None:
    """The posterior density of one address of the hyperprior; on a log axis, the density of its logarithm.

    Args:
        ax: where to draw.
        learned: by label, an exact posterior, its counts and its colour.
        name: the address.
    """
    for text, (posterior, counts, colour) in learned.items():
        grid, at = _Grid.around(posterior, counts), posterior.hyperprior.addresses.index(name)
        support = posterior.hyperprior.support[name]
        x, mass = grid.axes[at], grid.mass.sum(axis=1 - at)
        density = mass / (np.log(x[1] / x[0]) if grid.is_log[at] else x[1] - x[0])
        ax.fill_between(x, density, color=colour, alpha=0.25, linewidth=0)
        ax.plot(x, density, color=colour, linewidth=2.2)
        peak = int(np.argmax(density))
        side = "right" if peak > 0.9 * len(x) else "center"
        label_lines(ax, [(x[peak], density[peak], text, colour)], side=side, shift=(0, 14))
        if grid.is_log[at]:
            log_axis(ax, "x", subs=(1,))
        ax.set_xlim(*support)
    ax.set_ylim(0, 1.2 * ax.get_ylim()[1])


def label_lines(
    ax: Axes,
    ends: Sequence[tuple[float, float, str, str]],
    *,
    side: Literal["left", "center", "right"] = "left",
    shift: tuple[float, float] = (6, 0),
) -> None:
    """Write a label beside the end of each line.

    Args:
        ax: where to draw.
        ends: x, y, text and colour of each.
        side: which side of the text is placed at the point (x, y).
        shift: offset from the point, in points to the right and up.
    """
    for x, y, text, colour in ends:
        where = {"xytext": shift, "textcoords": "offset points", "ha": side, "va": "center"}
        ax.annotate(text, (x, y), color=colour, fontsize=11, **where)
