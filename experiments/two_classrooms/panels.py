"""The panel of what classrooms say of the concentration."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from experiments.presentation.axes import label_lines, log_axis, mark_edge, show_key
from experiments.presentation.colours import PRIOR
from experiments.presentation.posterior_grid import PosteriorGrid
from inference import Posterior
from models import Counts

ROOM = 1.25  # factor by which the axis goes beyond the bounds of the hyperprior, so that they are seen


def plot_concentration(ax: Axes, learned: Mapping[str, tuple[Posterior, Counts, str]]) -> None:
    """The posterior density of log lam, over that of the hyperprior, which is flat between its bounds.

    Args:
        ax: where to draw.
        learned: by label, an exact posterior under `mean_concentration`, its counts and its colour.
    """
    marks: dict[str, Any] = {}
    for text, (posterior, counts, colour) in learned.items():
        grid, at = PosteriorGrid.around(posterior, counts), posterior.hyperprior.addresses.index("lam")
        low, high = posterior.hyperprior.support["lam"]
        x, mass = grid.axes[at], grid.mass.sum(axis=1 - at)
        density = mass / np.log(x[1] / x[0])
        ax.fill_between(x, density, color=colour, alpha=0.25, linewidth=0)
        ax.plot(x, density, color=colour, linewidth=2.2)
        peak = int(np.argmax(density))
        side = "right" if peak > 0.9 * len(x) else "center"
        label_lines(ax, [(x[peak], density[peak], text.partition(":")[0], colour)], side=side, shift=(0, 10))
        flat = [1 / np.log(high / low)] * 2
        marks["hyperprior, flat in log λ"] = ax.plot([low, high], flat, color=PRIOR, linewidth=1.6, linestyle="--")[0]
        for bound in (low, high):
            marks["edge of the hyperprior"] = mark_edge(ax, "x", bound)
        ax.set_xlim(low / ROOM, high * ROOM)
    marks["λ = 1"] = mark_edge(ax, "x", 1.0)
    marks["λ = 1"].set_linestyle("-.")
    log_axis(ax, "x", subs=(1,))
    ax.set_ylim(0, 1.2 * ax.get_ylim()[1])
    show_key(ax, marks)
