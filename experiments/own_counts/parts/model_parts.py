"""The parts of the answers about what was learned of the population, and how far it can be trusted."""

from collections.abc import Mapping

import polars as pl
from matplotlib.figure import Figure

from experiments.machine import device
from experiments.methods.learned import EXACT
from experiments.methods.method_table import METHOD_DIGITS, method_table
from experiments.own_counts.answers import agreement
from experiments.own_counts.funnel import Funnel
from experiments.own_counts.funnel_panel import funnel_sentence, funnel_text, funnel_title
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.parts.part import Part, Shown
from experiments.own_counts.result import Result
from experiments.presentation.numbers import number, percent
from inference import elpd


def funnel_part(result: Result, funnel: Funnel, pictures: Mapping[str, Figure]) -> Part:
    """Which groups are unlike the others."""
    return Part(
        "Groups unlike the population",
        [funnel_sentence(result.counts, funnel)],
        [funnel_text(result.counts, funnel, result.interval)],
        figures={funnel_title(result.counts, funnel).replace("\n", " "): pictures["funnel"]},
    )


def population_part(result: Result, options: OwnCounts, pictures: Mapping[str, Figure]) -> Part:
    """What was learned of the population, by each method."""
    kind = kind_of(result.counts)
    text = ["What groups of this kind are like, those too that nobody has counted yet."]
    columns = [name for name in kind.columns if name in kind.estimates(result.learned[EXACT].posterior)]
    learned = method_table(result.learned, columns, kind.estimates)
    caption = f"Learned by each method under the hyperprior {options.hyperprior_name}"
    tables = [
        Shown(f"{caption}, on {device()}", learned, digits=METHOD_DIGITS, where="screen"),
        # Without the seconds the same seed gives the same page.
        Shown(caption, learned.drop("seconds"), digits=METHOD_DIGITS, where="report"),
    ]
    notes = [kind.meaning]
    if result.sampled is not None:
        table = agreement(result.answers[result.sampled].tables, result.answers[EXACT].tables)
        text.append(agreement_sentence(result.sampled, table))
        notes.append("Columns chance and in_errors are in standard errors of each number.")
        largest = f"Largest distance of {result.sampled} from exact, by answer"
        tables.append(Shown(largest, table, "agreement", where="report"))
    figures = {"Which populations are probable; their rates; each group's rate": pictures["own_counts"]}
    return Part("The population", text, notes, tables, figures)


def agreement_sentence(sampled: str, table: pl.DataFrame) -> str:
    """How far the sampled method is from the exact one, in its own errors.

    Args:
        sampled: name of the method.
        table: of `agreement`.

    Returns:
        A sentence.
    """
    worst = table.sort("in_errors", descending=True).row(0, named=True)
    far = "less than" if worst["in_errors"] < worst["chance"] else "more than"
    return (
        f"{sampled} against exact, {table['numbers'].sum()} numbers: furthest off is {worst['column']} of "
        f"{worst['answer']}, by {worst['in_errors']:.2f} of its own standard errors, {far} the {worst['chance']:.2f} "
        "that one of them exceeds by chance in one run of a hundred."
    )


def checks_part(result: Result, pictures: Mapping[str, Figure]) -> Part:
    """Whether the data look like what was assumed."""
    truth = result.answers[EXACT].tables
    text, notes, tables, figures = [], [], [], {}
    if "checks" in truth:
        text.append(
            "Whether your data look like what was assumed. Data were simulated from what was learned, for the same "
            "groups and for new ones: if a p_value is near 0 or 1, simulated data hardly ever look like yours, and the "
            "model does not fit."
        )
        notes.append(
            "A statistic is a number of the raw rates of all groups: the smallest, the largest, their mean, their sd. "
            "p_value is the probability that it is larger in simulated data than the observed one. low and high are "
            f"the ends of its central {percent(result.interval)} interval. New groups see the shape of the population.",
        )
        tables.append(Shown("Statistics of simulated data, and those of yours", truth["checks"], "checks"))
        figures = {
            "Statistics of new groups that were simulated, and those of yours": pictures["checks"],
            "How surprising each group is, given all others": pictures["leave_one_out"],
        }
    text.append(left_out_sentence(result))
    notes.append(
        "Each group is also predicted from all the others: log_predictive is the logarithm of the probability of its "
        "count, pit the probability of a smaller one."
    )
    tables.append(Shown("Each group from all the others", truth["leave_one_out"], "leave_one_out", where="report"))
    return Part("Does the model fit", text, notes, tables, figures)


def left_out_sentence(result: Result) -> str:
    """The sum of the leave-one-out log probabilities, exactly and by the sampled method."""
    found = elpd(result.answers[EXACT].tables["leave_one_out"])
    spread = "" if found.standard_error is None else f" ± {found.standard_error:.1f} as groups are exchanged"
    sentence = f"Each group predicted from all the others: log predictive {found.value:.2f}{spread}, exactly"
    if result.sampled is not None:
        table = result.answers[result.sampled].tables["leave_one_out"]
        smoothed = elpd(table)
        sentence += (
            f"; {smoothed.value:.2f} ± {smoothed.error:.2f} by Pareto-smoothed {result.sampled}, whose largest k-hat "
            f"is {table['khat'].max():z.2f}"
        )
    return sentence + "."


def hyperpriors_part(result: Result, pictures: Mapping[str, Figure]) -> Part:
    """How much the answers depend on what was believed beforehand."""
    assert result.hyperpriors is not None
    each = result.hyperpriors.sensitivity.sort("range", descending=True)
    text = (
        "How much the rates would change if something else had been believed before any count was seen: that is what "
        "a hyperprior says"
    )
    largest = each.select(pl.max("range")).item()
    text += "." if largest is None else f". No group's rate changes by more than {number(largest)}."
    notes = [
        "All exact. log_evidence is the logarithm of the probability of all counts under a hyperprior. A Bayes factor "
        "is the ratio of two such probabilities: it compares how well hyperpriors predicted all counts before any was "
        "seen, and depends on how far their supports reach. elpd_loo is the sum of the logarithms of the "
        "probabilities of each group's count, predicted from the others, and hardly depends on that."
    ]
    caption = "The same groups under other hyperpriors, exactly"
    tables = [
        Shown(caption, result.hyperpriors.hyperpriors, "hyperpriors"),
        Shown("Every group's posterior mean under each", each, "sensitivity", where="report"),
    ]
    figures = (
        {"Each group's rate under other hyperpriors": pictures["sensitivity"]} if "sensitivity" in pictures else {}
    )
    return Part("How much depends on the hyperprior", [text], notes, tables, figures)
