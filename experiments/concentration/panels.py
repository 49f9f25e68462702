"""The panels of concentration."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator

from experiments.concentration.dials import dials, soft_counts, spread
from experiments.concentration.links import POPULATION, count_probabilities
from experiments.concentration.programs import RIGHT, WRONG
from experiments.concentration.result import MEAN
from experiments.concentration.simulation import WORLDS
from experiments.presentation.axes import SYMBOLS, label, label_lines, log_axis
from experiments.presentation.colours import BLACK, BLUE, GREEN, GREY, HAND_PICKED, ORANGE, VERMILION
from experiments.presentation.posterior_grid import beta_density

HIGHEST = 5.0  # density at which the first panel ends; that of Beta(0.1, 0.1) is infinite at 0 and 1
TRIALS_SHOWN = 100


def plot_worlds(ax: Axes) -> None:
    """The densities of both populations."""
    theta = np.linspace(0.002, 0.998, 499)
    places = {"Beta(0.1, 0.1)": (0.05, 4.2, VERMILION), "Beta(10, 10)": (0.6, 3.2, BLUE)}
    for name, (a, b) in WORLDS.items():
        x, y, colour = places[name]
        ax.plot(theta, beta_density(theta, a, b), color=colour, linewidth=2.2)
        label_lines(ax, [(x, y, f"{name}\nsd {spread(a, b).sd:.2f}", colour)], shift=(0, 0))
    mu, _ = dials(*WORLDS["Beta(10, 10)"])
    ax.axvline(mu, color=GREY, linewidth=1.2, linestyle=":")
    label_lines(ax, [(mu, 0.95 * HIGHEST, "mean of both", GREY)], shift=(5, 0))
    ax.set_ylim(0, HIGHEST)
    ax.set_xlim(0, 1)
    label(ax, "One mean, two worlds:\neach consistent, or all alike", "rate θ", "density of θ")


def plot_limits(ax: Axes) -> None:
    """The standard deviation of the rates by concentration, at the mean of the course."""
    lam = np.geomspace(1e-3, 2e3, 200)
    ax.plot(lam, [spread(*soft_counts(MEAN, x)).sd for x in lam], color=BLACK, linewidth=2.2)
    log_axis(ax, "x", subs=(1,))
    ax.xaxis.set_major_locator(LogLocator(numticks=8))
    highest = (MEAN * (1 - MEAN)) ** 0.5
    ax.axhline(highest, color=GREY, linewidth=1.2, linestyle="--")
    label_lines(ax, [(lam[-1], highest, "each always brings the same", GREY)], side="right", shift=(0, 9))
    label_lines(ax, [(lam[-1], 0.0, "all alike", GREY)], side="right", shift=(0, 20))
    concentration = sum(POPULATION)
    sd = spread(*POPULATION).sd
    ax.scatter([concentration], [sd], s=40, color=HAND_PICKED, zorder=3)
    label_lines(ax, [(concentration, sd, "Beta(6, 4)", HAND_PICKED)], shift=(8, 6))
    ax.set_ylim(0, 0.56)
    ax.set_xlim(lam[0], lam[-1])
    label(ax, f"At mean {MEAN:g} the concentration\nalone sets how much students differ", SYMBOLS["lam"], "sd of θ")


def plot_links(ax: Axes) -> None:
    """The law of a heavy bringer's raw rate under both links."""
    k = np.arange(TRIALS_SHOWN + 1) / TRIALS_SHOWN
    for link, colour, text in ((WRONG, ORANGE, "θ read as\nlog-odds"), (RIGHT, GREEN, "right link")):
        p = count_probabilities(link, *POPULATION, TRIALS_SHOWN)
        ax.fill_between(k, p, color=colour, alpha=0.3, linewidth=0, step="mid")
        ax.step(k, p, where="mid", color=colour, linewidth=1.8)
        at = int(np.argmax(p)) if link == WRONG else 38
        label_lines(ax, [(k[at], p[at], text, colour)], side="right", shift=(-14, 0 if link == WRONG else 8))
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.15 * ax.get_ylim()[1])
    title = "Read as log-odds, every student\nof Beta(6, 4) looks the same"
    label(ax, title, f"raw rate k / n, n = {TRIALS_SHOWN}", "probability")
