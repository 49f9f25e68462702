"""All answers of `own-counts`, in the order in which someone who decides asks for them."""

from collections.abc import Mapping

from matplotlib.figure import Figure

from experiments.methods.learned import EXACT
from experiments.own_counts.funnel import Funnel
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.parts.compared import contrast_part
from experiments.own_counts.parts.decisions import (
    groups_part,
    later_part,
    predictions_part,
    ranking_part,
    thresholds_part,
    trust_part,
)
from experiments.own_counts.parts.model_parts import checks_part, funnel_part, hyperpriors_part, population_part
from experiments.own_counts.parts.part import Part
from experiments.own_counts.parts.prior import prior_part
from experiments.own_counts.result import Result
from experiments.own_counts.strata.shown import strata_part


def all_parts(result: Result, options: OwnCounts, pictures: Mapping[str, Figure], funnel: Funnel) -> list[Part]:
    """What the screen and the report show: first what decides, then what was learned of the population.

    Args:
        result: of the experiment.
        options: its options.
        pictures: its figures by file name.
        funnel: limits of raw rates, and which groups are outside.

    Returns:
        The parts, in order.
    """
    truth = result.answers[EXACT].tables
    found = [trust_part(result, options), groups_part(result, pictures), ranking_part(result, options.best, pictures)]
    if "thresholds" in truth:
        found.append(thresholds_part(truth["thresholds"]))
    if "contrast" in truth:
        found.append(contrast_part(truth["contrast"], result.interval))
    found.append(predictions_part(result, options))
    if "held_out" in truth:
        found.append(later_part(result))
    found.append(funnel_part(result, funnel, pictures))
    if result.strata is not None:
        found.append(strata_part(result.strata, pictures["strata"], result.interval))
    found.append(population_part(result, options, pictures))
    if "leave_one_out" in truth:
        found.append(checks_part(result, pictures))
    if result.hyperpriors is not None:
        found.append(hyperpriors_part(result, pictures))
    found.append(prior_part(truth["learned_prior"]))
    return found
