"""Rates of events: failures of ten pumps, each of which ran for another number of hours.

    (mean, shape) ~ mean_shape(),    theta_i ~ Gamma(shape, shape / mean),    k_i ~ Poisson(exposure_i theta_i)

(i) The population by every form and exactly; (ii) the rate of each pump, and its failures in the next 10 thousand
hours; (iii) which pump fails most often, and what one would say without the exposures; (iv) the same under the prior of
BUGS, next to what BUGS printed; (v) the closed form for a population that is known.
"""

from typing import Any

import jax
import numpy as np
import polars as pl
from matplotlib.figure import Figure
from scipy.stats import norm, rankdata

from experiments.methods.learned import EXACT, Estimate, learn
from experiments.methods.method_table import method_seconds, method_summary
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from experiments.rates_of_events.bugs import PRIOR_OF_BUGS, PUBLISHED, pumps_as_in_bugs
from experiments.rates_of_events.negative_binomials import log_evidence, posterior_means
from experiments.rates_of_events.options import RatesOfEvents
from experiments.rates_of_events.panels import plot_ranks, plot_rates, plot_shape
from experiments.rates_of_events.pumps import NEXT_HOURS, equally_exposed, pumps, pumps_table, ranks_table
from experiments.rates_of_events.result import Result
from experiments.rates_of_events.tables import print_result
from inference import Posterior, exact
from models import Events, fixed, gamma_poissons, mean_shape

QUANTILES = norm.cdf(np.linspace(-3.0, 3.0, 61))
TABLES = ("pumps", "shape", "ranks", "next_failures", "bugs", "closed_form")


def run(options: RatesOfEvents) -> Result:
    """Learn the pumps.

    Args:
        options: seed and number of particles.

    Returns:
        What each method learned, and the tables.
    """
    events = pumps()
    learned = learn(mean_shape(), events, key=jax.random.key(options.seed), n_particles=options.particles)
    truth = learned[EXACT].posterior
    ignoring = exact(mean_shape(), equally_exposed(events))
    of_bugs = exact(PRIOR_OF_BUGS, pumps_as_in_bugs())
    spread, error = truth.expectation(1 / np.sqrt(truth.draws["shape"]))
    quantiles = {
        "probability": QUANTILES,
        "mean_shape()": [truth.quantile("shape", q) for q in QUANTILES],
        "prior of BUGS": [of_bugs.quantile("alpha", q) for q in QUANTILES],
    }
    return Result(
        learned,
        pumps_table(events, truth, learned["marginal"].posterior),
        pl.DataFrame(quantiles),
        Estimate(float(spread), float(error)),
        ranks_table(events, truth, ignoring),
        _rank_correlation(events.exposure, events.k / events.exposure),
        {"with the exposures": truth.log_evidence, "ignoring them": ignoring.log_evidence},
        truth.predict(events, NEXT_HOURS),
        _bugs(of_bugs, truth, events),
        _closed_form(truth, events),
    )


def _rank_correlation(x: np.ndarray, y: np.ndarray) -> float:
    """Spearman's: the correlation of the ranks, where equal numbers share the mean of theirs."""
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def _bugs(of_bugs: Posterior, truth: Posterior, events: Events) -> pl.DataFrame:
    """A row per number that BUGS printed: it, its error, the exact one, how far off, and that under mean_shape()."""
    shape, mean = truth.draws["shape"], truth.draws["mean"]
    exactly = {"alpha": of_bugs.mean("alpha"), "beta": float(of_bugs.expectation(np.exp(of_bugs.draws["log_beta"]))[0])}
    here = {"alpha": truth.mean("shape"), "beta": float(truth.expectation(shape / mean)[0])}
    for found, posterior, data in ((exactly, of_bugs, pumps_as_in_bugs()), (here, truth, events)):
        found |= dict(posterior.shrinkage(data).select("name", "mean").iter_rows())
    return pl.DataFrame(
        {
            "quantity": name,
            "published": published,
            "published_error": error,
            "exact": exactly[name],
            "in_errors": (published - exactly[name]) / error,
            "mean_shape": here[name],
        }
        for name, (published, error) in PUBLISHED.items()
    )


def _closed_form(truth: Posterior, events: Events) -> pl.DataFrame:
    """log Z and each pump's mean with the population known to be that at the posterior mean, by exact and by SciPy."""
    shape = truth.mean("shape")
    rate = shape / truth.mean("mean")
    known = exact(fixed(shape, rate, family=gamma_poissons), events)
    return pl.DataFrame(
        {
            "quantity": ["log Z", *events.names],
            "exact": [known.log_evidence, *known.shrinkage(events)["mean"]],
            "closed_form": [log_evidence(events, shape, rate), *posterior_means(events, shape, rate)],
        }
    )


def plot(result: Result) -> Figure:
    """Each pump's rate; the shape of the population; the ranks with the exposures and without."""
    figure, (rates, shape, ranks) = new_figure(3, width=5.0, height=5.6)
    plot_rates(rates, result.pumps)
    plot_shape(shape, result.shape, result.spread.value)
    plot_ranks(ranks, result.ranks)
    return figure


def main(options: RatesOfEvents) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=method_seconds(result.learned),
        tables={name: getattr(result, name) for name in TABLES},
        figures={"rates_of_events": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    return {
        "methods": method_summary(result.learned),
        "spread": result.spread._asdict(),
        "exposure_and_rate": result.exposure_and_rate,
        "log_evidence": result.log_evidence,
        **{name: getattr(result, name).to_dicts() for name in TABLES},
    }
