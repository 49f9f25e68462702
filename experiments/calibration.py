"""Simulation-based calibration of every program: does it learn the posterior of the very model it says?

(i) Populations, rates and counts are drawn from the model, D times with the same few students. Each form is learned by
each algorithm, and the true mu, lam and one student's theta are ranked among draws of the posterior: uniformly if, and
for the quantities ranked only if, all is right. `exact` says P(x < truth | k) instead, which is uniform too. (ii) The
same for data drawn by mistake: GenJAX's `binomial(n, theta)` takes theta for log-odds. A check that cannot fail shows
nothing: this one must.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from genjax import binomial, gen

from experiments.calibration_panels import plot
from experiments.options import Calibration, name_of
from experiments.report import device, print_line, print_table, progress_bar, write_results
from inference.calibration import NAMES, DataSets, data_sets, exact_probabilities, holm, ranks, uniformity
from inference.conjugate import conjugate_proposal
from inference.many import ManyDraws, importance_draws, mcmc_draws, smc_draws
from models import aggregated, classroom, explicit, logit_beta, marginal, mean_concentration

TRIALS = (20, 10, 5, 2, 1)
STUDENT = 3  # with 2 trials, so that theta leans on what the others tell of the population
LEVEL = 0.01
EXACT = "exact"
PLANTED = "planted error"

Learner = Callable[..., ManyDraws]


class Sizes(NamedTuple):
    """What a method is given for each data set."""

    n_draws: int  # L
    importance: dict[str, int]
    mcmc: dict[str, int]
    smc: dict[str, int]
    smc_share: int  # one in so many data sets: its programs take one at a time


FULL = Sizes(
    n_draws=100,
    importance={"n_particles": 6_000},
    mcmc={"n_chains": 2, "n_warmup": 200, "n_transitions": 300},
    smc={"n_particles": 1_000, "n_islands": 20},
    smc_share=2,
)
QUICK = Sizes(
    n_draws=20,
    importance={"n_particles": 500},
    mcmc={"n_chains": 2, "n_warmup": 30, "n_transitions": 40},
    smc={"n_particles": 200, "n_islands": 10},
    smc_share=4,
)
QUICK_DATA_SETS = 20


class Result(NamedTuple):
    """Normalised ranks, what the test of uniformity says of them, and seconds."""

    u: dict[str, dict[str, np.ndarray]]  # by method and quantity, each (data sets,)
    methods: pl.DataFrame  # a row for each method
    seconds: dict[str, float]


@gen
def mistaken_student(a, b, n):
    """Meant as theta ~ Beta(a, b), k ~ Binomial(n, theta); k is Binomial(n, sigmoid(theta))."""
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, jax.nn.sigmoid(log_odds)) @ "k"  # the second positional argument is log-odds


def run(options: Calibration) -> Result:
    """Draw the data sets, learn from each by every method, rank the truths.

    Args:
        options: seed and number of data sets.

    Returns:
        Ranks, p-values and seconds, the planted error last.
    """
    sizes, number = (QUICK, min(options.data_sets, QUICK_DATA_SETS)) if options.quick else (FULL, options.data_sets)
    hyperprior = mean_concentration()
    key_sets, key_planted, key = jax.random.split(jax.random.key(options.seed), 3)
    right = data_sets(explicit(hyperprior), TRIALS, key=key_sets, number=number)
    wrong = data_sets(classroom(mistaken_student, hyperprior), TRIALS, key=key_planted, number=number)
    learners = _learners(sizes)

    u, draws, seconds = {}, {}, {}
    with progress_bar() as progress:
        task = progress.add_task("learning from every data set", total=len(learners) + 2)
        for i, (method, learner) in enumerate((learners | {PLANTED: learners["marginal, importance"]}).items()):
            begin = time.perf_counter()
            sets = wrong if method == PLANTED else right.first(number // sizes.smc_share) if "SMC" in method else right
            u[method], draws[method] = _ranked(sets, learner, sizes.n_draws, jax.random.fold_in(key, i))
            seconds[method] = time.perf_counter() - begin
            progress.advance(task)
        begin = time.perf_counter()
        u = {EXACT: exact_probabilities(hyperprior, right, student=STUDENT)} | u
        seconds[EXACT] = time.perf_counter() - begin
        progress.advance(task)
    return Result(u, _tested(u, draws), seconds)


def _learners(sizes: Sizes) -> dict[str, Learner]:
    """Every form under every algorithm that can learn it."""
    hyperprior = mean_concentration()
    conjugate = partial(importance_draws, explicit(hyperprior), proposal=conjugate_proposal(hyperprior))
    nuts, hmc = (partial(mcmc_draws, algorithm=algorithm, **sizes.mcmc) for algorithm in ("nuts", "hmc"))
    return {
        "marginal, importance": partial(importance_draws, marginal(hyperprior), **sizes.importance),
        "conjugate proposal, importance": partial(conjugate, **sizes.importance),
        "aggregated, importance": partial(importance_draws, aggregated(hyperprior), **sizes.importance),
        "marginal, NUTS": partial(nuts, marginal(hyperprior)),
        "aggregated, NUTS": partial(nuts, aggregated(hyperprior)),
        "marginal, HMC": partial(hmc, marginal(hyperprior)),
        "aggregated, HMC": partial(hmc, aggregated(hyperprior)),
        "marginal, SMC": partial(smc_draws, marginal(hyperprior), **sizes.smc),
        "aggregated, SMC": partial(smc_draws, aggregated(hyperprior), **sizes.smc),
    }


def _ranked(sets: DataSets, learner: Learner, n_draws: int, key: jax.Array) -> tuple[dict[str, np.ndarray], ManyDraws]:
    key_learn, key_ranks = jax.random.split(key)
    draws = learner(sets.counts, key=key_learn, n_draws=n_draws)
    return ranks(sets, draws, student=STUDENT, key=key_ranks), draws


def _tested(u: dict[str, dict[str, np.ndarray]], draws: dict[str, ManyDraws]) -> pl.DataFrame:
    """p-values, corrected for the number of all tests of right programs, and of those of the wrong one."""
    p_values = {(method, name): uniformity(values) for method, by_name in u.items() for name, values in by_name.items()}
    corrected = holm({test: p for test, p in p_values.items() if test[0] != PLANTED})
    corrected |= holm({test: p for test, p in p_values.items() if test[0] == PLANTED})
    return pl.DataFrame(
        [
            {
                "method": method,
                "data_sets": len(u[method]["mu"]),
                "draws": draws[method].a.shape[1] if method in draws else None,
                "median_ess": float(np.median(draws[method].ess)) if method in draws else None,
                "ess_wanted": float(draws[method].enough) if method in draws else None,
                "data_sets_below": draws[method].too_dependent if method in draws else None,
                **{f"p_{name}": p_values[method, name] for name in NAMES},
                **{f"corrected_{name}": corrected[method, name] for name in NAMES},
                "passes": min(corrected[method, name] for name in NAMES) >= LEVEL,
            }
            for method in u
        ]
    )


def main(options: Calibration) -> None:
    """Run, print the table, write the files."""
    result = run(options)
    _print_table(result.methods)
    for sentence in _verdict(result.methods):
        print_line(sentence)
    every = [
        pl.DataFrame({"method": [method] * len(by_name["mu"]), "data_set": range(len(by_name["mu"])), **by_name})
        for method, by_name in result.u.items()
    ]
    write_results(
        options.output_dir / name_of(options),
        summary=summary(result),
        seconds=result.seconds,
        tables={"methods": result.methods, "normalised_ranks": pl.concat(every)},
        figures={"calibration": plot(result.u, EXACT, PLANTED)},
    )


def _print_table(methods: pl.DataFrame) -> None:
    print_table(
        f"Are the ranks uniform? n = {' '.join(map(str, TRIALS))}, mean_concentration(), on {device()}",
        ["program", "data sets", "draws", "ESS", "too low", *(f"p {name} (corrected)" for name in NAMES), ""],
        [
            [
                row["method"],
                str(row["data_sets"]),
                "all" if row["draws"] is None else str(row["draws"]),
                "∞" if row["draws"] is None else f"{row['median_ess']:.0f}",
                "0" if row["draws"] is None else f"{row['data_sets_below']} < {row['ess_wanted']:.0f}",
                *(f"{_shown(row[f'p_{name}'])} ({_shown(row[f'corrected_{name}'])})" for name in NAMES),
                "passes" if row["passes"] else "FAILS",
            ]
            for row in methods.iter_rows(named=True)
        ],
    )
    print_line(
        "ESS: median over data sets; too low: data sets whose draws are not independent enough, ranked all the same. "
        f"theta: of the student with {TRIALS[STUDENT]} trials. Corrected: Holm, for all tests of the programs that "
        "should pass, and for the three of the one that should not."
    )


def _shown(p_value: float) -> str:
    return f"{p_value:.2g}" if p_value >= 1e-6 else "< 1e-6"


def _verdict(methods: pl.DataFrame) -> Iterator[str]:
    """Whether the right programs pass and the wrong one fails."""
    right, wrong = methods.filter(pl.col("method") != PLANTED), methods.filter(pl.col("method") == PLANTED)
    columns = [f"corrected_{name}" for name in NAMES]
    least, found = (float(frame.select(columns).to_numpy().min()) for frame in (right, wrong))
    failing = right.filter(~pl.col("passes"))["method"].to_list()
    number = len(columns) * right.height
    yield (
        f"NOT calibrated at the {LEVEL:.0%} level: {'; '.join(failing)}."
        if failing
        else f"All {right.height} programs pass: the smallest of {number} corrected p-values is {_shown(least)}, not "
        f"below {LEVEL}."
    )
    yield (
        f"The planted error, binomial(n, theta) for binomial(n, logits=...), is found: p {_shown(found)}."
        if not wrong["passes"].item()
        else f"The planted error is NOT found: p {_shown(found)}. Take more --data-sets."
    )


def summary(result: Result) -> dict[str, Any]:
    """Every number printed but times."""
    return {"methods": result.methods.to_dicts(), "level": LEVEL}
