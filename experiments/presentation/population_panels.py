"""Panels of a population: particles over the exact posterior's contours, and the density of rates that was learned."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from experiments.presentation.axes import BLUE, GREY, SYMBOLS, label, label_lines, log_axis
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import percent
from experiments.presentation.posterior_grid import PosteriorGrid, beta_density, density_band
from inference import Posterior
from models import Hyperprior, Observations
from models.hyperpriors.population_check import MEANINGS

CROWDED = 1e4  # high / low of a log axis, above which only powers of ten are written
MOST_PARTICLES = 1500


def plot_plane(ax: Axes, posterior: Posterior, truth: Posterior, counts: Observations) -> None:
    """Particles in the plane of the hyperprior's addresses, area by weight, over the exact posterior's contours.

    Args:
        ax: where to draw.
        posterior: the particles.
        truth: the exact posterior, which sets the range of the axes.
        counts: the data from which both were learned.
    """
    hyperprior = posterior.hyperprior
    x_name, y_name = hyperprior.addresses
    grid = PosteriorGrid.around(truth, counts)
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
        _symbol(hyperprior, x_name),
        _symbol(hyperprior, y_name),
    )


def _symbol(hyperprior: Hyperprior, address: str) -> str:
    """The label of an axis; in a reader's own hyperprior only an address of MEANINGS is known to be that quantity."""
    is_known = hyperprior.recipe is not None or address in MEANINGS
    return shortened(SYMBOLS.get(address, address) if is_known else address)


def _contours(ax: Axes, x: np.ndarray, y: np.ndarray, mass: np.ndarray) -> None:
    """Contours around the highest-density regions that hold 50, 90 and 99 % of the mass."""
    descending = np.sort(mass.ravel())[::-1]
    cumulative = np.cumsum(descending)
    levels = [descending[np.searchsorted(cumulative, share)] for share in (0.99, 0.9, 0.5)]
    ax.contour(x, y, mass.T, levels=levels, colors=[GREY, "#444444", "black"], linewidths=1.4)


def plot_population(
    ax: Axes,
    posteriors: Mapping[str, tuple[Posterior, Observations, str]],
    hand_picked: tuple[float, float] | None = None,
    *,
    label_at: float | None = None,
    highest: float = 1.0,
    interval: float = 0.9,
) -> None:
    """The learned population density of theta with its band, next to a hand-picked Beta.

    Args:
        ax: where to draw.
        posteriors: by label, an exact posterior, its counts and its colour.
        hand_picked: shapes (a, b) of a Beta to compare with.
        label_at: theta at which the labels stand; by default that of each peak.
        highest: end of the axis of rates.
        interval: probability of the band at each rate.
    """
    theta = highest * np.linspace(0.005, 0.995, 199)
    tops = []
    for name, (posterior, counts, colour) in posteriors.items():
        low, high, mean = density_band(PosteriorGrid.around(posterior, counts), theta, interval)
        ax.fill_between(theta, low, high, color=colour, alpha=0.25, linewidth=0)
        ax.plot(theta, mean, color=colour, linewidth=2.2)
        peak = int(np.argmax(mean[10:-10])) + 10 if label_at is None else int(np.searchsorted(theta, label_at))
        side = "left" if theta[peak] < 0.15 * highest else "right" if theta[peak] > 0.85 * highest else "center"
        label_lines(ax, [(theta[peak], mean[peak], name, colour)], side=side, shift=(0, 14))
        tops.append(high[(theta > 0.03 * highest) & (theta < 0.97 * highest)].max())
    if hand_picked is not None:
        density = beta_density(theta, *hand_picked)
        ax.plot(theta, density, color="black", linewidth=1.6, linestyle="--")
        at = int(np.searchsorted(theta, 0.42))
        text = f"hand-picked\nBeta({hand_picked[0]:g}, {hand_picked[1]:g})"
        label_lines(ax, [(theta[at], density[at], text, "black")], side="right", shift=(-12, 14))
        tops.append(density.max())
    ax.set_xlim(0, highest)
    ax.set_ylim(0, 1.1 * max(tops))
    label(ax, f"Population learned,\nwith {percent(interval)} band", "rate θ", "density of θ")
