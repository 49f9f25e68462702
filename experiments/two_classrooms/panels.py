"""The panel of what a classroom says of one address of the hyperprior."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from experiments.presentation.axes import label_lines, log_axis
from experiments.presentation.posterior_grid import PosteriorGrid
from inference import Posterior
from models import Counts


def plot_marginal(ax: Axes, learned: Mapping[str, tuple[Posterior, Counts, str]], name: str) -> None:
    """The posterior density of one address of the hyperprior; on a log axis, the density of its logarithm.

    Args:
        ax: where to draw.
        learned: by label, an exact posterior, its counts and its colour.
        name: the address.
    """
    for text, (posterior, counts, colour) in learned.items():
        grid, at = PosteriorGrid.around(posterior, counts), posterior.hyperprior.addresses.index(name)
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
