"""The parts of the answers on which one decides: what was read, rates, who is best, thresholds, what is next."""

from collections.abc import Mapping

import polars as pl
from matplotlib.figure import Figure

from experiments.methods.learned import EXACT
from experiments.methods.method_table import student_columns
from experiments.own_counts.answers import MOST_COMPARED
from experiments.own_counts.kinds import kind_of
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.parts.choice import choice_sentence, ranks_caption
from experiments.own_counts.parts.part import Part, Shown
from experiments.own_counts.precision import is_beyond_float32
from experiments.own_counts.result import Result
from experiments.own_counts.row_figures import MOST_DRAWN
from experiments.presentation.numbers import percent
from models import Observations
from models.observations.trials import LARGEST_FLOAT32_COUNT

MOST_PAIRS_SHOWN = 500
FEW = 5  # groups: of fewer it is said that how alike they are can hardly be learned


def trust_part(result: Result, options: OwnCounts) -> Part:
    """What was read, and whether the computation can be trusted."""
    text = [*result.read, *(f"{method}: {learned.posterior.verdict}" for method, learned in result.learned.items())]
    if result.counts.students < FEW:
        text.append(
            f"There are fewer than {FEW} groups: how alike such groups are can hardly be learned from them, and more "
            "than usual of each answer is what was believed beforehand."
        )
    if options.x64:
        text.append("computed in x64")
    elif is_beyond_float32(result.counts):
        text.append(f"computed in x64, because float32 skips whole numbers above {LARGEST_FLOAT32_COUNT:,}")
    note = (
        "The first line says what was read: check it against what you know of your data. The line of a method says "
        "whether its numbers can be trusted. Whether what it assumes suits your data is below, in “Does the model fit”."
    )
    return Part("What was read, and whether to trust it", text, [note])


def groups_part(result: Result, pictures: Mapping[str, Figure]) -> Part:
    """The rate of every group."""
    truth, kind, interval = result.answers[EXACT].tables["groups"], kind_of(result.counts), percent(result.interval)
    order = truth["mean"].arg_sort(descending=True)
    text = (
        "The rate of each group, learned together with those of all others: mean is the best single number for it, and "
        f"it lies between low and high with a probability of {interval}."
    )
    notes = [
        f"raw is k / {kind.design}, of the group alone. own_weight says how much of the mean is the group's own raw "
        "rate; the rest is what all groups have in common.",
        f"Exactly: mean, sd and the central {interval} interval (low, high) of theta, with the population integrated "
        "out; plug_in, the mean if the population were known to be at its own posterior mean; own_weight, "
        f"E[{kind.weight}].",
    ]
    caption = f"Rates, exact, with central {interval} intervals"
    tables = [
        Shown(caption, truth[order], file_of_groups(result), where="both" if result.sampled is None else "report")
    ]
    if result.sampled is not None:
        sampled = result.answers[result.sampled].tables["groups"][order]
        both, columns = student_columns(sampled, truth[order], design=kind.design, interval=result.interval)
        tables.append(
            Shown(f"Rates by {result.sampled}, and exactly", both, file_of_groups(result), columns, where="screen")
        )
    drawn = "Every group's rate" if len(truth) <= MOST_DRAWN else "The largest and the smallest rates"
    figures = {drawn: pictures["forest"]} if "forest" in pictures else {}
    return Part("Every group", [text], notes, tables, figures)


def file_of_groups(result: Result) -> str:
    """The name of the table of groups; it says what its rows are, pairs (k, n) or students."""
    return "pairs" if result.is_large else "students"


def ranking_part(result: Result, best: str, pictures: Mapping[str, Figure]) -> Part:
    """Who is best, which group to choose, and whose rate is above whose."""
    truth, interval, title = result.answers[EXACT].tables, percent(result.interval), "Who is best, who is worst"
    if "ranking" not in truth:
        return Part(title, [comparison_missing(result.counts)])
    pairs = truth["pairwise"].sort((pl.col("probability") - 0.5).abs(), descending=True).head(MOST_PAIRS_SHOWN)
    worst = "lowest" if best == "highest" else "highest"
    notes = [
        f"best and worst are the probabilities that a group's rate is the {best} and the {worst} of all; loss is by "
        f"how much it differs from the {best} one on average. rank is the mean of its rank, 1 being the {best} rate; "
        f"rank_low and rank_high are the ends of the central {interval} interval of the rank.",
        f"{kind_of(result.counts).ranks} All pairs are in pairwise.csv.",
    ]
    ranks = f"{ranks_caption(best)}; rank_low and rank_high: central {interval} interval"
    above = f"Probability that the rate of name is above that of other, the clearest {len(pairs)} pairs"
    tables = [
        Shown(ranks, truth["ranking"].sort("rank", maintain_order=True), "ranking"),
        Shown(above, pairs, "pairwise", where="report"),
    ]
    figures = {f"Ranks with {interval} intervals": pictures["ranks"]}
    return Part(title, [choice_sentence(truth["ranking"], best)], notes, tables, figures)


def comparison_missing(counts: Observations) -> str:
    """Why the groups are not compared with each other."""
    return (
        f"Groups are ranked, left out one by one and predicted under other hyperpriors where there are 2 to "
        f"{MOST_COMPARED} of them, a row each; this file has {students_of(counts)}."
    )


def students_of(counts: Observations) -> str:
    """The number of groups, and the number of rows if it is another."""
    groups = f"{counts.students} group{'s' if counts.students != 1 else ''}"
    return groups + (f" in {len(counts)} rows" if len(counts) != counts.students else "")


def thresholds_part(table: pl.DataFrame) -> Part:
    """Whose rate is above a threshold."""
    text = (
        "How probable it is that each group's rate is above a threshold: near 1 it is, near 0 it is not, and in "
        "between more has to be counted to know."
    )
    caption = "Probability of a rate above a threshold, exactly"
    return Part(
        "Above a threshold", [text], ["probability is P(theta > threshold)."], [Shown(caption, table, "thresholds")]
    )


def predictions_part(result: Result, options: OwnCounts) -> Part:
    """What each group, and a new one, will bring next."""
    table, kind = result.answers[EXACT].tables["predictions"], kind_of(result.counts)
    following, interval = f"{options.predict:,.10g} {kind.next}", percent(options.interval)
    text = (
        f"How many {kind.counted} the next {following} of each group will bring, and of a group that nobody has seen "
        f"yet: between low and high with a probability of at least {interval}. none is the probability that there is "
        "not a single one."
    )
    notes = [f"mean, sd and the central {interval} interval (low, high) are those of the predicted count."]
    if "interval_error" in table.columns:
        notes[0] += " interval_error bounds the error, in probability, of its distribution function at both ends."
    caption = f"The next {following}, exactly; low and high: central {interval} interval"
    return Part("What comes next", [text], notes, [Shown(caption, table, "predictions")])


def later_part(result: Result) -> Part:
    """How well the first counts predicted the later ones."""
    truth, kind = result.answers[EXACT].tables, kind_of(result.counts)
    text = [
        "How well the later counts were predicted by the first ones: the higher log_predictive, the better. partial is "
        "the answer of this report; none takes each group by itself, complete takes one rate for all."
    ]
    design = kind.design
    notes = [
        f"log_predictive is the sum over groups of each one's own log p(k_later | {design}_later, all first counts), a "
        "natural logarithm: marginal, a group at a time, not joint. rmse is the root mean square error of the "
        "predicted rates. Without pooling each rate has a vague prior of its own."
    ]
    tables = [
        Shown("Later counts, predicted by the first ones, exactly", truth["held_out"], "held_out"),
        Shown("By group", truth["held_out_groups"], "held_out_groups", where="report"),
    ]
    by_hyperprior = None if result.hyperpriors is None else result.hyperpriors.held_out_by_hyperprior
    if by_hyperprior is not None:
        caption = "Partial pooling of later counts by hyperprior"
        tables.append(Shown(caption, by_hyperprior, "held_out_by_hyperprior"))
        notes.append(
            f"How partial compares with complete pooling depends on how large a {kind.alike} the hyperprior lets the "
            f"population have: where the counts allow that all groups are alike, a bound on {kind.alike} (see its 95 % "
            "quantile) forbids it."
        )
    return Part("Later counts", text, notes, tables)
