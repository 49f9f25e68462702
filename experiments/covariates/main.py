"""Seeds on 21 plates, of two kinds and in two extracts: partial pooling towards what a plate's covariates predict.

(i) Regressions with none, one, two and all three covariates: which do the counts ask for, and how alike are plates of
the same kind? (ii) The rate of each plate, pulled towards its own kind or, ignoring the covariates, towards the mean of
all. (iii) The coefficients by every method, and next to those that others found. (iv) The next plate of each kind. (v)
If no plate had the extract, its slope would be the prior's, so that log Z must be that without the slope.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from experiments.covariates.options import Covariates
from experiments.covariates.panels import plot_coefficients, plot_concentrations, plot_plates
from experiments.covariates.plates import next_plates, plates_table, seeds, without_extract
from experiments.covariates.published import BUGS, MAXIMUM_LIKELIHOOD
from experiments.covariates.regression import COEFFICIENTS, FLAT_SD, FULL, IGNORING, PROGRAMS, SD, regression
from experiments.covariates.result import Result
from experiments.covariates.tables import print_result
from experiments.methods.learned import Learned, learn, learn_and_time, truth_among
from experiments.methods.method_table import method_seconds, method_summary
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from inference import Posterior, compare_hyperpriors, exact, importance, mcmc, normal_proposal, rqmc, vi
from models import Counts, marginal


class Sizes(NamedTuple):
    """What a run computes."""

    programs: tuple[str, ...]
    is_full: (
        bool  # whether also by VI and NUTS, under the prior of BUGS, and without extract: each compiles for seconds
    )


DEFAULT, QUICK = Sizes(tuple(PROGRAMS), True), Sizes((IGNORING, FULL), False)


def run(options: Covariates) -> Result:
    """Learn the plates by every program, and by every method.

    Args:
        options: seed, particles; quick: only what compiles fast.

    Returns:
        What each method learned, and the tables.
    """
    counts, sizes = seeds(), QUICK if options.quick else DEFAULT
    of_methods, of_programs, of_flat = jax.random.split(jax.random.key(options.seed), 3)
    learned = _every_method(counts, of_methods, options.particles, sizes)
    compared = compare_hyperpriors(
        {name: regression(PROGRAMS[name]) for name in sizes.programs}, counts, key=of_programs
    )
    ignoring, full = (compared.posteriors[name] for name in (IGNORING, FULL))
    sources = {f"beta, prior sd {SD}": full}
    if sizes.is_full:
        flat = rqmc(regression(PROGRAMS[FULL], FLAT_SD), counts, key=of_flat)
        sources[f"beta, prior sd {FLAT_SD:g}"] = flat
    return Result(
        learned,
        _programs(compared.table, compared.posteriors, counts),
        plates_table(counts, ignoring, full),
        _coefficients(sources),
        next_plates(ignoring, full),
        _without_extract(counts) if sizes.is_full else None,
    )


def _every_method(counts: Counts, key: jax.Array, n_particles: int, sizes: Sizes) -> dict[str, Learned]:
    """The regression with all covariates by every form, from a better proposal, by NUTS, and by rqmc, which is last."""
    hyperprior = regression(PROGRAMS[FULL])
    model = marginal(hyperprior)
    of_forms, of_chains, of_vi, of_draws = jax.random.split(key, 4)
    forms = learn(hyperprior, counts, key=of_forms, n_particles=n_particles)

    def proposed() -> Posterior:
        fitted = vi(model, counts, key=of_vi).proposal_args
        proposal = {"proposal": normal_proposal(hyperprior), "proposal_args": fitted}
        return importance(model, counts, key=of_draws, n_particles=n_particles, **proposal)

    also = {"marginal, proposal by VI": proposed, "marginal, NUTS": lambda: mcmc(model, counts, key=of_chains)}
    truth = truth_among(forms)
    sampled = {name: found for name, found in forms.items() if name != truth}
    return sampled | learn_and_time(also if sizes.is_full else {}) | {truth: forms[truth]}


def _without_extract(counts: Counts) -> float:
    """log Z with the slope of the extract less that without it, if no plate has the extract: 0 but for rounding."""
    bean = without_extract(counts)
    with_slope, without = (exact(regression(PROGRAMS[name]), bean) for name in ("extract", IGNORING))
    return with_slope.log_evidence - without.log_evidence


def _programs(table: pl.DataFrame, posteriors: dict[str, Posterior], counts: Counts) -> pl.DataFrame:
    """`compare_hyperpriors` with quantiles of lam, and the mean width of the plates' 90 % intervals."""
    rows = []
    for name, posterior in posteriors.items():
        shrunk = posterior.shrinkage(counts)
        lam = {f"lam_q{100 * q:02.0f}": posterior.quantile("lam", q) for q in (0.05, 0.5, 0.95)}
        rows.append({"hyperprior": name, "numbers": len(posterior.hyperprior.addresses)} | lam)
        rows[-1]["width"] = np.mean((shrunk["high"] - shrunk["low"]).to_numpy())
    kept = table.drop("mu", "mu_error", "median_lam", "median_lam_error", "population_sd", "population_sd_error")
    return kept.join(pl.DataFrame(rows), on="hyperprior", how="left", maintain_order="left")


def _coefficients(here: Mapping[str, Posterior]) -> pl.DataFrame:
    """A row per coefficient and source: mean, its Monte Carlo error, and sd (a standard error, if of an estimate)."""
    rows = []
    for name in COEFFICIENTS:
        for source, published in {"logit-normal, BUGS": BUGS, "logit-normal, m.l.": MAXIMUM_LIKELIHOOD}.items():
            mean, sd, error = published[name]
            rows.append({"coefficient": name, "source": source, "mean": mean, "mean_error": error, "sd": sd})
        for source, posterior in here.items():
            row = {"mean": posterior.mean(name), "mean_error": posterior.mean_error(name), "sd": posterior.sd(name)}
            rows.append({"coefficient": name, "source": source} | row)
    return pl.DataFrame(rows, infer_schema_length=None)


def plot(result: Result) -> Figure:
    """Each plate's rate pulled towards its kind; how alike plates are by each program; the coefficients."""
    figure, (plates, concentrations, coefficients) = new_figure(3, width=5.4, height=8.0)
    plot_plates(plates, result)
    plot_concentrations(concentrations, result.programs)
    plot_coefficients(coefficients, result.coefficients)
    return figure


def main(options: Covariates) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=method_seconds(result.learned),
        tables={name: getattr(result, name) for name in ("programs", "plates", "coefficients", "new_plates")},
        figures={"covariates": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    tables = {name: getattr(result, name).to_dicts() for name in ("programs", "plates", "coefficients", "new_plates")}
    return {"methods": method_summary(result.learned), **tables, "without_extract": result.without_extract}
