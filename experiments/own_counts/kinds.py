"""The two kinds of data of `own-counts`, and all that differs between them: successes in trials, events in an exposure.

Everything else asks a `Kind` for its words and its numbers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import jax
import numpy as np

from experiments.methods.hyperpriors import HYPERPRIORS
from experiments.methods.learned import Estimate
from experiments.methods.population import event_estimates, population_estimates
from experiments.options import HyperpriorName
from experiments.own_counts.options import EVENTS_HYPERPRIOR, OwnCounts
from inference import Posterior
from models import Counts, Events, Hyperprior, Observations, mean_concentration, mean_shape

COMPARED: tuple[HyperpriorName, ...] = ("half-cauchy", "pareto", "bda3")


@dataclass(frozen=True)
class Kind:
    """A kind of data, and what is said of it.

    Args:
        observations: the data's class.
        design: the column of tables that says out of what, or in what, it was counted.
        counted: what is counted.
        next: what comes next, after its number.
        mean: the number in a posterior that is the mean of the population's rates.
        alike: the number that says how alike the groups are, for quantiles.
        estimates: function that gives the population in numbers.
        columns: which of these are shown in the table of methods.
        meaning: a sentence on the population's numbers.
        weight: the weight of a group's own raw rate, as a formula.
        ranks: a sentence on how the probabilities of ranks and of pairs are computed.
        compared: function that makes other hyperpriors, by name, under which the groups are learned too.
    """

    observations: type[Counts] | type[Events]
    design: str
    counted: str
    next: str
    mean: str
    alike: str
    estimates: Callable[[Posterior], dict[str, Estimate]]
    columns: tuple[str, ...]
    meaning: str
    weight: str
    ranks: str
    compared: Callable[[], Mapping[str, Hyperprior]]


def _of_trials() -> dict[str, Hyperprior]:
    """Hyperpriors that differ in what they say of the concentration."""
    return {
        **{name: HYPERPRIORS[name]() for name in COMPARED},
        "lam to 100": mean_concentration(),
        "lam to 10,000": mean_concentration(lam=(0.1, 1e4)),
    }


def _of_exposures() -> dict[str, Hyperprior]:
    """Hyperpriors that differ in what they say of the shape, or of the mean."""
    return {
        EVENTS_HYPERPRIOR: mean_shape(),
        "shape to 10,000": mean_shape(shape=(0.1, 1e4)),
        "shape from 0.01": mean_shape(shape=(0.01, 100.0)),
        "mean in 1e-6 .. 1e6": mean_shape(mean=(1e-6, 1e6)),
    }


TRIALS = Kind(
    Counts,
    design="n",
    counted="successes",
    next="trials",
    mean="mu",
    alike="lam",
    estimates=population_estimates,
    columns=("E[mu]", "E[sd of theta]", "median of lam", "log Z"),
    meaning=(
        "mu is the mean of the population of rates and lam its concentration in pseudo-trials: a group's posterior "
        "mean gives the weight n / (lam + n) to its own rate and the rest to mu."
    ),
    weight="n / (lam + n)",
    ranks=(
        "Computed from everybody's rate at once, by exact integration; the ends of the interval of the rank are from "
        "4,000 joint draws."
    ),
    compared=_of_trials,
)
EXPOSURES = Kind(
    Events,
    design="exposure",
    counted="events",
    next="units of exposure",
    mean="mean",
    alike="shape",
    estimates=event_estimates,
    columns=("median of mean", "median of shape", "log Z"),
    meaning=(
        "mean is the mean of the population of rates, in events per unit of exposure, and shape says how alike they "
        "are: their sd is mean / sqrt(shape). With rate = shape / mean a group's posterior mean gives the weight "
        "exposure / (rate + exposure) to its own rate and the rest to mean."
    ),
    weight="exposure / (rate + exposure)",
    ranks="Computed from everybody's rate at once, by 4,000 joint draws of the exact posterior.",
    compared=_of_exposures,
)


def kind_of(counts: Observations) -> Kind:
    """The kind of data that these are."""
    return EXPOSURES if isinstance(counts, Events) else TRIALS


def kind_asked(options: OwnCounts) -> Kind:
    """The kind of data that the options say it is."""
    return TRIALS if options.exposure_column is None else EXPOSURES


def reader(options: OwnCounts) -> Callable[..., Counts | Events]:
    """The function that reads the file, with the names of its columns.

    Args:
        options: the columns; those of events if there is one of exposures.

    Returns:
        Function of the path, and of other columns by keyword.
    """
    how = options.how_to_read
    if options.exposure_column is not None:
        return partial(Events.read, k=options.k, exposure=options.exposure_column, **how)
    if options.trials_long is not None:
        return partial(Counts.read, trials_long=options.trials_long, group=options.group, **how)
    return partial(Counts.read, k=options.k, n=options.n, failures=options.failures, **how, guess=options.guess)


def pseudo_data(posterior: Posterior) -> np.ndarray:
    """What the population is worth at each draw, in trials or in exposure: lam = a + b, or the Gamma's rate.

    Args:
        posterior: posterior of a population that all groups share.

    Returns:
        Shape (N,).
    """
    hyperprior = posterior.hyperprior
    if hyperprior.has_one_beta:
        return np.asarray(posterior.draws["a"], np.float64) + np.asarray(posterior.draws["b"], np.float64)
    return shape_and_rate(posterior)[1]


def shape_and_rate(posterior: Posterior) -> tuple[np.ndarray, np.ndarray]:
    """Shape and rate of the Gamma of rates of events at each draw.

    Args:
        posterior: posterior of a population of rates of events, that all groups share.

    Returns:
        Shape and rate, each of shape (N,).
    """
    hyperprior = posterior.hyperprior
    with jax.enable_x64(True):
        own = {address: np.asarray(posterior.draws[address], np.float64) for address in hyperprior.addresses}
        # A population that is known draws nothing, so that there is nothing to map over.
        _, found = jax.device_get((jax.vmap(hyperprior.assess) if own else hyperprior.assess)(own))
    shape, rate = (np.atleast_1d(np.asarray(parameter, np.float64)) for parameter in found)
    return shape, rate
