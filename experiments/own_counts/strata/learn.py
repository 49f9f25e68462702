"""Each stratum learned by itself, all together, and what the evidence says of one population against several."""

from collections.abc import Mapping
from math import exp, log
from typing import NamedTuple

import numpy as np
import polars as pl

from experiments.methods.learned import Estimate
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.strata.difference import difference
from experiments.presentation.literal import shortened
from inference import Posterior, exact
from models import Counts, Events, Hyperprior

ALL = "(all together)"
LARGEST_FACTOR = 1e6  # Bayes factors from here on are written as powers of ten


class Strata(NamedTuple):
    """What was learned of each stratum; all of it is exact.

    Args:
        column: the column that says to which stratum a row belongs.
        posteriors: the population of each stratum, by its name.
        counts: the groups of each.
        strata: a row per stratum, and one for all together: stratum, groups, trials or exposure, successes or events,
            and the population in numbers, with their errors.
        strata_groups: every group's rate under the population of its own stratum, whose name is in the first column.
        strata_difference: of two strata, how far apart the means of their populations are; None for more.
        separate: the logarithm of the Bayes factor of separate populations against one common population.
    """

    column: str
    posteriors: dict[str, Posterior]
    counts: dict[str, Counts | Events]
    strata: pl.DataFrame
    strata_groups: pl.DataFrame
    strata_difference: pl.DataFrame | None
    separate: Estimate

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """Every table by the name of its file."""
        found = {"strata": self.strata, "strata_groups": self.strata_groups}
        return found if self.strata_difference is None else found | {"strata_difference": self.strata_difference}


def learn_strata(
    column: str,
    counts: Mapping[str, Counts | Events],
    hyperprior: Hyperprior,
    together: Posterior,
    *,
    interval: float,
) -> Strata:
    """Learn a population for each stratum, under the same hyperprior.

    Args:
        column: the column that says to which stratum a row belongs.
        counts: the groups of each stratum, by its name.
        hyperprior: what is believed of each population.
        together: the exact posterior given the groups of all strata, as those of one population.
        interval: probability of the intervals.

    Returns:
        What was learned.
    """
    posteriors: dict[str, Posterior] = {name: exact(hyperprior, groups) for name, groups in counts.items()}
    every = next(iter(counts.values())).only_counts()
    for groups in list(counts.values())[1:]:
        every = every + groups.only_counts()
    rows = [_row(name, counts[name], posterior) for name, posterior in posteriors.items()]
    log_z = sum(posterior.log_evidence for posterior in posteriors.values()) - together.log_evidence
    error = sum(posterior.log_evidence_error for posterior in (*posteriors.values(), together))
    groups = [
        posterior.shrinkage(counts[name], interval=interval).select(pl.lit(name).alias("stratum"), pl.all())
        for name, posterior in posteriors.items()
    ]
    return Strata(
        column,
        posteriors,
        dict(counts),
        pl.DataFrame([*rows, _row(ALL, every, together)]),
        pl.concat(groups, how="diagonal"),
        _difference(posteriors, kind_of(every).mean, interval) if len(posteriors) == 2 else None,
        Estimate(float(log_z), float(error)),
    )


def _row(name: str, groups: Counts | Events, posterior: Posterior) -> dict[str, str | int | float]:
    kind = kind_of(groups)
    found = kind.estimates(posterior)
    numbers = {}
    for each in (name for name in kind.columns if name in found):
        numbers |= {each: found[each].value, f"{each}_error": found[each].error}
    total = (groups.design_values @ groups.multiplicity).item()
    k = int(groups.k @ groups.multiplicity)
    return {"stratum": name, "groups": groups.students, kind.design: total, "k": k} | numbers


def _difference(posteriors: Mapping[str, Posterior], number: str, interval: float) -> pl.DataFrame:
    (name, first), (other, second) = posteriors.items()
    found = difference(first, second, number, interval=interval)
    mean, error = first.mean(number) - second.mean(number), first.mean_error(number) + second.mean_error(number)
    moments = {"mean": mean, "mean_error": error, "sd": float(np.hypot(first.sd(number), second.sd(number)))}
    return pl.DataFrame([{"name": name, "other": other, "of": number} | moments | found._asdict()])


def evidence_sentence(strata: Strata) -> str:
    """What the evidence says of separate populations against a common one.

    Args:
        strata: what was learned.

    Returns:
        One sentence.
    """
    value = strata.separate.value
    separate, common = f"a population for each {shortened(strata.column)}", "one for all"
    favoured, other = (separate, common) if value > 0 else (common, separate)
    size = abs(value)
    if size < log(3):
        return f"The counts do not tell {separate} from {common}: the log Bayes factor is {value:.2f}."
    factor = f"{exp(size):,.3g}" if size < log(LARGEST_FACTOR) else f"10^{size / log(10):,.0f}"
    return (
        f"The counts are {factor} times as probable under {favoured} as under {other}: the log Bayes "
        f"factor is {value:.2f}."
    )


EVIDENCE = (
    "The Bayes factor is the ratio of the probabilities of all counts; its logarithm is the sum of the strata's log Z "
    "minus that of all together. Each population pays for its own freedom: the wider the hyperprior, the more."
)
