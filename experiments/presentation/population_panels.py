"""Panels of a population: particles over the exact posterior's contours, and the density of rates that was learned."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from experiments.presentation.axes import SYMBOLS, label, label_lines, log_axis, mark_edge, show_key
from experiments.presentation.colours import DARK, EXACT, GREY, HAND_PICKED, POSTERIOR
from experiments.presentation.literal import shortened
from experiments.presentation.numbers import percent
from experiments.presentation.posterior_grid import PosteriorGrid, beta_density, density_band
from inference import Posterior
from models import Hyperprior, Observations
from models.hyperpriors.population_check import MEANINGS

CROWDED = 1e4  # high / low of a log axis, above which only powers of ten are written
MOST_PARTICLES = 1500
REGIONS = {0.5: EXACT, 0.9: DARK, 0.99: GREY}  # share of the exact posterior in a contour, and its colour
ROOM = 0.04  # of an axis: a bound of the hyperprior as close as this to the posterior's bulk is drawn


class Point(NamedTuple):
    """A population to be marked in the plane: where it is, its text in the key, its colour and marker."""

    x: float
    y: float
    text: str
    colour: str
    marker: str


def plot_plane(
    ax: Axes,
    posterior: Posterior,
    truth: Posterior,
    counts: Observations,
    title: str = "The counts leave some populations\nprobable, and others not",
    points: Sequence[Point] = (),
) -> None:
    """Particles in the plane of the hyperprior's addresses, area by weight, over the exact posterior's contours.

    Args:
        ax: where to draw.
        posterior: the particles.
        truth: the exact posterior, which sets the range of the axes.
        counts: the data from which both were learned.
        title: of the panel.
        points: populations to be marked.
    """
    hyperprior = posterior.hyperprior
    x_name, y_name = hyperprior.addresses
    grid = PosteriorGrid.around(truth, counts)
    x, y = grid.axes
    marks: dict[str, Any] = {
        f"{share:.0%} of the exact posterior".replace("%", " %"): line
        for share, line in _contours(ax, x, y, grid.mass).items()
    }
    weights = posterior.weights
    shown = np.flatnonzero(weights > 1e-3 * weights.max())
    shown = np.random.default_rng(0).permutation(shown)[:MOST_PARTICLES]  # a random part: draws are exchangeable
    dots = {"color": POSTERIOR, "alpha": 0.5, "linewidths": 0}
    where = posterior.draws[x_name][shown], posterior.draws[y_name][shown]
    ax.scatter(*where, s=40 * weights[shown] / weights.max(), **dots)
    what = "node" if posterior.nodes is not None else "particle"
    marks[f"a {what}, area by its weight"] = ax.scatter([], [], s=40, **dots)
    for point in points:
        style = {"marker": point.marker, "s": 70, "edgecolor": "white", "linewidth": 0.8, "zorder": 4}
        marks[point.text] = ax.scatter(point.x, point.y, facecolor=point.colour, **style)
    edges = [
        _set_range(ax, which, values, is_log, hyperprior.support[name], name)
        for which, is_log, values, name in zip(("x", "y"), grid.is_log, grid.axes, hyperprior.addresses, strict=True)
    ]
    for text, line in (found for each in edges for found in each):
        marks.setdefault(text, line)
    label(ax, title, _symbol(hyperprior, x_name), _symbol(hyperprior, y_name))
    show_key(ax, marks)


def _set_range(
    ax: Axes,
    which: Literal["x", "y"],
    values: np.ndarray,
    is_log: bool,
    support: tuple[float, float],
    name: str,
) -> list[tuple[str, Any]]:
    """The range of an axis, with the bounds of the hyperprior that the posterior reaches, and lam = 1, marked."""
    if is_log:
        log_axis(ax, which, subs=(1,) if values[-1] / values[0] > CROWDED else (1, 2, 5))
    to, back = (np.log, np.exp) if is_log else (np.asarray, np.asarray)
    ends = to(values[[0, -1]])
    room = ROOM * (ends[1] - ends[0])
    found, limits = [], ends.copy()
    for at, outwards in ((0, -1), (1, 1)):
        bound = support[at]
        if np.isfinite(bound) and (bound > 0 or not is_log) and abs(to(bound) - ends[at]) < room:
            limits[at] = to(bound) + outwards * room
            found.append(("edge of the hyperprior", mark_edge(ax, which, bound)))
    if name == "lam" and limits[0] < to(1.0) < limits[1]:
        line = mark_edge(ax, which, 1.0)
        line.set_linestyle("-.")
        found.append(("λ = 1", line))
    (ax.set_xlim if which == "x" else ax.set_ylim)(*back(limits))
    return found


def _symbol(hyperprior: Hyperprior, address: str) -> str:
    """The label of an axis; in a reader's own hyperprior only an address of MEANINGS is known to be that quantity."""
    is_known = hyperprior.recipe is not None or address in MEANINGS
    return shortened(SYMBOLS.get(address, address) if is_known else address)


def _contours(ax: Axes, x: np.ndarray, y: np.ndarray, mass: np.ndarray) -> dict[float, Line2D]:
    """Contours around the highest-density regions that hold shares of the mass, and a line as each is drawn."""
    descending = np.sort(mass.ravel())[::-1]
    cumulative = np.cumsum(descending)
    shares = sorted(REGIONS, reverse=True)
    levels = [descending[np.searchsorted(cumulative, share)] for share in shares]
    ax.contour(x, y, mass.T, levels=levels, colors=[REGIONS[share] for share in shares], linewidths=1.4)
    return {share: Line2D([], [], color=colour, linewidth=1.4) for share, colour in REGIONS.items()}


def plot_population(
    ax: Axes,
    posteriors: Mapping[str, tuple[Posterior, Observations, str]],
    hand_picked: tuple[float, float] | None = None,
    *,
    title: str = "The counts teach this population",
    label_at: float | None = None,
    highest: float = 1.0,
    interval: float = 0.9,
) -> None:
    """The learned population density of theta with its band, next to a hand-picked Beta.

    Args:
        ax: where to draw.
        posteriors: by label, an exact posterior, its counts and its colour.
        hand_picked: shapes (a, b) of a Beta to compare with.
        title: of the panel.
        label_at: theta at which the labels stand; by default that of each peak.
        highest: end of the axis of rates.
        interval: probability of the band at each rate.
    """
    theta = highest * np.linspace(0.005, 0.995, 199)
    tops, marks = [], {}
    several = len(posteriors) > 1
    for name, (posterior, counts, colour) in posteriors.items():
        low, high, mean = density_band(PosteriorGrid.around(posterior, counts), theta, interval)
        ax.fill_between(theta, low, high, color=colour, alpha=0.25, linewidth=0)
        ax.plot(theta, mean, color=colour, linewidth=2.2)
        if several:
            peak = int(np.argmax(mean[10:-10])) + 10 if label_at is None else int(np.searchsorted(theta, label_at))
            side = "left" if theta[peak] < 0.15 * highest else "right" if theta[peak] > 0.85 * highest else "center"
            label_lines(ax, [(theta[peak], mean[peak], name, colour)], side=side, shift=(0, 14))
        of_key = GREY if several else colour
        marks["population learned: mean of its density"] = ax.plot([], [], color=of_key, linewidth=2.2)[0]
        band = ax.fill_between([], [], color=of_key, alpha=0.25, linewidth=0)
        marks[f"at each θ, {percent(interval)} of the densities"] = band
        tops.append(high[(theta > 0.03 * highest) & (theta < 0.97 * highest)].max())
    if hand_picked is not None:
        density = beta_density(theta, *hand_picked)
        text = f"hand-picked, Beta({hand_picked[0]:g}, {hand_picked[1]:g})"
        marks[text] = ax.plot(theta, density, color=HAND_PICKED, linewidth=2.2, linestyle="--")[0]
        tops.append(density.max())
    ax.set_xlim(0, highest)
    ax.set_ylim(0, 1.1 * max(tops))
    label(ax, title, "rate θ", "density of θ")
    show_key(ax, marks)
