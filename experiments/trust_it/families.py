"""What `trust-it` tries of each family and kind of population: its cases, the numbers that are judged, and its methods.

Besides one Beta, whose pairs are in `cases`, each has one hyperprior. Its data sets are padded to ROWS groups with
groups that have no data, and their rows are numbered by a covariate that no program reads, so that no two rows are
alike: algorithms join those that are. So all cases of a family have the same shapes, for which programs are compiled
once.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from experiments.methods.hyperpriors import hyperprior_named
from experiments.trust_it import cases, hard_data, populations
from experiments.trust_it.hard_data import Columns, Kinds
from experiments.trust_it.options import BETA
from models import Categories, Counts, Events, Hyperprior, Observations

ROWS = 32
GROUPS = (1, 2, 4, 8, 16, 32)  # before padding
OWN = "own"  # the hyperprior of a case, if it is that of its family


class Case(NamedTuple):
    """A data set of a family.

    Args:
        kind: kind of the data, one of those of `hard_data`.
        columns: the data, each column with a leading axis of groups.
        counts: the same data, padded.
    """

    kind: str
    columns: Columns
    counts: Observations

    @property
    def table(self) -> pl.DataFrame:
        """The data as a table, a column for each category."""
        flat = {name: values for name, values in self.columns.items() if values.ndim == 1}
        several = {name: values for name, values in self.columns.items() if values.ndim == 2}
        return pl.DataFrame(
            {f"{name}{i + 1}": column for name, values in several.items() for i, column in enumerate(values.T)} | flat
        )


class Population(NamedTuple):
    """A family and kind of population that is tried under one hyperprior.

    Args:
        hyperprior: what is believed of it.
        kinds: its kinds of hard data.
        observations: function of padded columns and of covariates that makes the data.
        means: the numbers whose mean is judged.
        medians: the numbers that may lie in a long tail, of which the share of draws below the median is judged.
    """

    hyperprior: Hyperprior
    kinds: Kinds
    observations: Callable[[Columns, Columns], Observations]
    means: tuple[str, ...]
    medians: tuple[str, ...]


def _counts_with(covariate: str) -> Callable[[Columns, Columns], Observations]:
    return lambda of, rows: Counts(of["k"], of["n"], covariates={covariate: of[covariate], **rows})


POPULATIONS: Mapping[str, Population] = {
    "gamma-poissons": Population(
        populations.EVENTS,
        hard_data.EVENTS,
        lambda of, rows: Events(of["k"], of["exposure"], covariates=rows),
        means=("log_mean",),
        medians=("shape",),
    ),
    "dirichlet-multinomials": Population(
        populations.CATEGORIES,
        hard_data.CATEGORIES,
        lambda of, rows: Categories(of["k"], covariates=rows),
        means=("u", "v"),
        medians=("total",),
    ),
    "mixture": Population(
        populations.TWO_KINDS,
        hard_data.TWO_KINDS,
        lambda of, rows: Counts(of["k"], of["n"], covariates=rows),
        means=("share", "low", "gap"),
        medians=("lam",),
    ),
    "regression": Population(
        populations.REGRESSION,
        hard_data.REGRESSION,
        _counts_with("x"),
        means=("intercept", "slope"),
        medians=("lam",),
    ),
    "school": Population(
        populations.SCHOOL,
        hard_data.SCHOOL,
        _counts_with("classroom"),
        means=("centre", "spread", *(f"z[{i}]" for i in range(populations.CLASSROOMS))),
        medians=("lam",),
    ),
}
"""By the name that `--family` takes; one Beta, the default, is not among them."""


def case_of(family: str, number: int, *, seed: int, hyperprior: str = OWN) -> Case:
    """The data set of a family with a given number.

    Args:
        family: BETA, or a name of POPULATIONS.
        number: number of the case, from 0; its kind is that of the number.
        seed: one seed for all numbers.
        hyperprior: name of the hyperprior of a pair, for one Beta.

    Returns:
        The data set, which depends on the family, the number and the seed alone.
    """
    if family == BETA:
        pair = cases.case(number, seed=seed, hyperprior=hyperprior)
        return Case(pair.kind, {"k": pair.k, "n": pair.n}, pair.counts)
    rng = np.random.default_rng((seed, number, list(POPULATIONS).index(family)))
    population = POPULATIONS[family]
    kind = population.kinds.names[number % len(population.kinds.names)]
    columns = population.kinds.draw(rng, kind, int(rng.choice(GROUPS)))
    return Case(kind, columns, padded(population, columns, ROWS))


def padded(population: Population, columns: Columns, rows: int) -> Observations:
    """Data with further groups, which have none and change no posterior.

    Args:
        population: whose data they are.
        columns: the data.
        rows: number of groups after padding, at least as many as there are.

    Returns:
        The groups, their places as a covariate.
    """
    missing = rows - len(columns["k"])
    filled = {
        name: np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])
        for name, values in columns.items()
    }
    return population.observations(filled, {"row": np.arange(rows)})


def hyperprior_of(family: str, hyperprior: str) -> Hyperprior:
    """The hyperprior of a task.

    Args:
        family: BETA, or a name of POPULATIONS.
        hyperprior: its name, for one Beta.

    Returns:
        The hyperprior; the same object for the same words.

    Raises:
        OptionError: if a file does not give a hyperprior that can be used.
    """
    return hyperprior_named(hyperprior) if family == BETA else POPULATIONS[family].hyperprior


def judged_numbers(family: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The numbers whose mean is judged, and those whose median is."""
    return (("mu",), ("lam",)) if family == BETA else POPULATIONS[family][3:]
