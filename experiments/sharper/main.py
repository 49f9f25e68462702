"""The course calls plain importance sampling "a blunt tool". Here are sharper ones, each against the exact answer.

Every algorithm of `inference` on classroom A, on B, and on a hundred simulated students, under mean_concentration():
how far its means are from the exact ones in posterior sds, how far it says they are, how many effective draws it gives
a second, log Z where it has one, and what its own diagnostics say of it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.data.simulated import simulated_class
from experiments.methods.learned import EXACT, Learned, learn_and_time
from experiments.methods.method_table import method_seconds
from experiments.presentation.axes import BLUE, GREEN, GREY, VERMILION, label, log_axis, new_figure
from experiments.presentation.results import write_results
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.sharper.options import Sharper
from inference import (
    McmcPosterior,
    Posterior,
    conjugate_proposal,
    exact,
    importance,
    mcmc,
    normal_proposal,
    smc,
    vi,
)
from inference.algorithms.mcmc import Algorithm
from inference.programs.normal_proposal import DEFENSIVE_SHARE
from models import Counts, explicit, marginal, mean_concentration

STUDENTS = 100
NAMES = ("mu", "lam")
CHAINS: tuple[Algorithm, ...] = ("nuts", "hmc", "mala", "mh")
PRIOR, NORMAL = "importance, from the prior", "importance, from vi's normal"
SOON_COMPILED = (PRIOR, "mh", EXACT)
COLOURS = {"A": BLUE, "B": VERMILION, "100 students": GREEN}
FAR = 4.0  # standard errors


class Sizes(NamedTuple):
    """How long the algorithms run."""

    particles: int
    smc_particles: int
    warmup: int
    draws: int  # of each of four chains
    steps: int  # of vi


FULL = Sizes(particles=20_000, smc_particles=4_000, warmup=500, draws=1_000, steps=1_000)
QUICK = Sizes(particles=2_000, smc_particles=800, warmup=100, draws=200, steps=200)


class Result(NamedTuple):
    """What each algorithm learned, by class, and the table of it."""

    learned: dict[str, dict[str, Learned]]
    table: pl.DataFrame


def run(options: Sharper) -> Result:
    """Learn every class by every algorithm.

    Args:
        options: seed, and quick: then only classroom A, by the methods that compile fast.

    Returns:
        The posteriors, and a row for each class and algorithm.
    """
    key = jax.random.key(options.seed)
    classes = {"A": classroom_a(), "B": classroom_b(), "100 students": simulated_class(STUDENTS, options.seed)}
    if options.quick:
        classes = {"A": classes["A"]}
    sizes = QUICK if options.quick else FULL
    learned = {}
    for i, (name, counts) in enumerate(classes.items()):
        every = algorithms(counts, jax.random.fold_in(key, i), sizes)
        learned[name] = learn_and_time(
            {method: every[method] for method in (SOON_COMPILED if options.quick else every)}
        )
    rows = [
        row(name, method, found[method], found[EXACT].posterior) for name, found in learned.items() for method in found
    ]
    return Result(learned, pl.DataFrame(rows, infer_schema_length=None))


def algorithms(counts: Counts, key: jax.Array, sizes: Sizes) -> dict[str, Callable[[], Posterior]]:
    """Every algorithm, ready to run on one class.

    Args:
        counts: the class.
        key: JAX random key.
        sizes: how long they run.

    Returns:
        Functions that return a posterior, by name; "exact" last.
    """
    # Students without trials do not change the weights; padded with them, all classes share one compiled program.
    whole, empty = counts, STUDENTS - len(counts)
    counts = Counts(np.pad(whole.k, (0, empty)), np.pad(whole.n, (0, empty)))
    hyperprior = mean_concentration()
    model, several = marginal(hyperprior), {"n_warmup": sizes.warmup, "n_draws": sizes.draws}

    def from_normal() -> Posterior:
        normal = vi(model, counts, key=key, n_steps=sizes.steps)
        proposed = {"proposal": normal_proposal(hyperprior), "proposal_args": normal.proposal_args}
        return importance(model, counts, key=key, n_particles=sizes.particles, **proposed)

    found: dict[str, Callable[[], Posterior]] = {
        PRIOR: lambda: importance(model, counts, key=key, n_particles=sizes.particles),
        "importance, conjugate theta": lambda: importance(
            explicit(hyperprior),
            whole,
            key=key,
            n_particles=sizes.particles,
            proposal=conjugate_proposal(hyperprior),
        ),
        NORMAL: from_normal,
        "vi": lambda: vi(model, counts, key=key, n_steps=sizes.steps),
        "smc": lambda: smc(model, counts, key=key, n_particles=sizes.smc_particles),
    }
    for kernel in CHAINS:
        found[kernel] = lambda kernel=kernel: mcmc(model, counts, key=key, algorithm=kernel, **several)
    return found | {EXACT: lambda: exact(hyperprior, whole)}


def row(name: str, method: str, learned: Learned, truth: Posterior) -> dict[str, Any]:
    """One algorithm on one class, in numbers.

    Args:
        name: name of the class.
        method: name of the algorithm.
        learned: its posterior and seconds.
        truth: the exact posterior.

    Returns:
        class, method; for mu and lam the distance of the mean from the exact one and its error, in exact sds; ess, of
        lam; log_evidence, its error and its distance from the exact one; khat, rhat, divergences (null where an
        algorithm has none); verdict.
    """
    posterior = learned.posterior
    found: dict[str, Any] = {"class": name, "method": method}
    for address in NAMES:
        sd = truth.sd(address)
        found[f"{address}_off"] = (posterior.mean(address) - truth.mean(address)) / sd
        found[f"{address}_error"] = posterior.mean_error(address) / sd
    is_sampled, is_chains = method != EXACT, isinstance(posterior, McmcPosterior)
    return found | {
        "ess": (posterior.sd("lam") / posterior.mean_error("lam")) ** 2 if is_sampled else None,
        "log_evidence": None if is_chains else posterior.log_evidence,
        "log_evidence_error": None if is_chains else posterior.log_evidence_error,
        "log_evidence_off": None if is_chains else posterior.log_evidence - truth.log_evidence,
        "khat": posterior.khat if is_sampled and not is_chains else None,
        "rhat": posterior.rhat if isinstance(posterior, McmcPosterior) else None,
        "divergences": int(posterior.divergences.sum()) if isinstance(posterior, McmcPosterior) else None,
        "verdict": posterior.verdict,
    }


def plot(result: Result) -> Figure:
    """How far each mean is from the exact one, and how many effective draws a second each algorithm gives."""
    methods = [method for method in result.learned["A"] if method != EXACT]
    figure, axes = new_figure(2, width=6.2, height=5.2)
    for shift, (name, learned) in enumerate(result.learned.items()):
        of_class = result.table.filter(pl.col("class") == name, pl.col("method") != EXACT)
        y = len(methods) - 1 - np.array([methods.index(method) for method in of_class["method"]]) - 0.22 * (shift - 1)
        off, error = (of_class[f"lam_{what}"].to_numpy() for what in ("off", "error"))
        axes[0].errorbar(off, y, xerr=2 * error, fmt="o", color=COLOURS[name], capsize=2, markersize=5, linewidth=1.4)
        rate = [row["ess"] / learned[row["method"]].seconds for row in of_class.iter_rows(named=True)]
        axes[1].plot(rate, y, "o", color=COLOURS[name], markersize=6)
    _label_methods(axes[0], methods)
    axes[1].set_yticks([])
    axes[1].set_ylim(axes[0].get_ylim())
    axes[0].axvline(0, color=GREY, linewidth=1.2)
    for line, name in enumerate(result.learned):
        place = {"transform": axes[1].transAxes, "va": "top", "fontsize": 12}
        axes[1].text(0.03 + 0.12 * line, 0.98, f"● {name}", color=COLOURS[name], **place)
    log_axis(axes[1], "x", subs=(1,))
    label(
        axes[0], "How far from exact, and how far it says it is", "E[λ] less the exact one, ± 2 se (posterior sds)", ""
    )
    label(axes[1], "Effective draws per second", "effective draws of λ a second, second call", "")
    return figure


def _label_methods(ax: Axes, methods: list[str]) -> None:
    ax.set_yticks(np.arange(len(methods))[::-1], methods, fontsize=11)
    ax.set_ylim(-0.6, len(methods) + 0.2)  # room for the names of the classes


def main(options: Sharper) -> None:
    """Run, print the tables, write the files."""
    result = run(options)
    for name, learned in result.learned.items():
        _print(name, learned, result.table.filter(pl.col("class") == name))
    _print_conclusion(result.table)
    write_results(
        options.folder,
        summary={"algorithms": result.table.to_dicts()},
        seconds={
            f"{name}, {call}": seconds
            for name, learned in result.learned.items()
            for call, seconds in method_seconds(learned).items()
        },
        tables={"algorithms": result.table},
        figures={"sharper": plot(result)},
    )


def _print(name: str, learned: dict[str, Learned], table: pl.DataFrame) -> None:
    truth = learned[EXACT].posterior
    caption = (
        f"{name}: E[mu] {truth.mean('mu'):.6f}, E[lam] {truth.mean('lam'):.5f}, log Z {truth.log_evidence:.6f} exactly"
    )
    seconds = [learned[method].seconds for method in table["method"]]
    shown = table.rename({f"{address}_error": f"{address}_off_error" for address in NAMES}).with_columns(
        rate=pl.col("ess") / pl.Series(seconds),
        first=pl.Series([learned[method].first_seconds for method in table["method"]]),
        trusted=pl.col("verdict").str.starts_with("trust"),
    )
    columns = {
        "method": "method",
        "mu_off": "E[mu] off (sd)",
        "lam_off": "E[lam] off (sd)",
        "ess": "ESS",
        "rate": "ESS/s",
        "first": "first call (s)",
        "log_evidence": "log Z",
        "khat": "k-hat",
        "rhat": "R-hat",
        "trusted": "trusted",
    }
    print_table(
        table_text(caption, shown, columns=columns, digits={"ess": 1, "rate": 1, "first": 2, "khat": 3, "rhat": 4})
    )


def _print_conclusion(table: pl.DataFrame) -> None:
    sampled = table.filter(pl.col("ess").is_not_null())
    off = [abs(row[f"{name}_off"] / row[f"{name}_error"]) for row in sampled.iter_rows(named=True) for name in NAMES]
    print_line(
        f"The {len(off)} means are at most {max(off):.1f} of their own standard errors from the exact ones"
        + (", as they should be." if max(off) < FAR else f"; more than {FAR:g} is not chance.")
    )
    for row in sampled.filter(~pl.col("verdict").str.starts_with("trust")).iter_rows(named=True):
        print_line(f"{row['class']}, {row['method']}: {row['verdict']}")
    if NORMAL in table["method"]:
        print_line("vi is biased: its error is what its weights estimate the bias to be; more draws do not reduce it.")
        print_line(
            f"{NORMAL}: {DEFENSIVE_SHARE:.0%} of its draws are from the hyperprior, so that no weight can exceed "
            f"{1 / DEFENSIVE_SHARE:g} p(k | a, b)."
        )
    print_line(
        "ESS is that of E[lam], (sd / error)^2; a second call has no compiling in it, but warming up or fitting."
    )
