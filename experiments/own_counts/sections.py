"""The sections of the report of `own-counts`."""

from collections.abc import Mapping

import polars as pl
from matplotlib.figure import Figure

from experiments.methods.learned import EXACT
from experiments.methods.method_table import METHOD_DIGITS, method_table
from experiments.own_counts.answers import agreement
from experiments.own_counts.choice import choice_sentence, ranks_caption
from experiments.own_counts.compared import CAPTION, compared_sentence, contrast_note
from experiments.own_counts.funnel import Funnel
from experiments.own_counts.funnel_panel import funnel_text, funnel_title
from experiments.own_counts.kinds import Kind, kind_of
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.prior import prior_section
from experiments.own_counts.result import Result
from experiments.own_counts.row_figures import MOST_DRAWN
from experiments.own_counts.screen import agreement_sentence, comparison_missing, left_out_sentence
from experiments.own_counts.strata.shown import strata_section
from experiments.presentation.numbers import percent
from experiments.presentation.page import Section
from experiments.presentation.table_text import TableText, table_text

MOST_PAIRS_SHOWN = 500
MOST_ROWS_SHOWN = 1_000  # of a table, in the report and in summary.json: nobody reads more, and CSV files have all


def sections(result: Result, options: OwnCounts, pictures: Mapping[str, Figure], funnel: Funnel) -> list[Section]:
    """All answers, in the order in which a reader would ask for them.

    Args:
        result: of the experiment.
        options: its options.
        pictures: its figures by file name.
        funnel: limits of raw rates, and which groups are outside.

    Returns:
        The sections of the page.
    """
    truth = result.answers[EXACT].tables
    found = [_population(result, pictures), prior_section(truth["learned_prior"]), _groups(result, pictures)]
    found.append(
        Section(
            "Groups unlike the population",
            funnel_text(result.counts, funnel, result.interval),
            figures={funnel_title(result.counts, funnel).replace("\n", " "): pictures["funnel"]},
        )
    )
    if result.strata is not None:
        found.append(strata_section(result.strata, pictures["strata"], result.interval))
    if "thresholds" in truth:
        found.append(_thresholds(truth["thresholds"]))
    if "ranking" in truth:
        found.append(_ranking(result, options.best, pictures))
    else:
        found.append(Section("Who is best, who is worst", comparison_missing(result.counts)))
    if "contrast" in truth:
        found.append(_contrast(truth["contrast"], result.interval))
    found.append(_predictions(truth["predictions"], options, kind_of(result.counts)))
    if "held_out" in truth:
        found.append(_held_out(result))
    if "checks" in truth:
        found.append(_checks(result, pictures))
    if result.hyperpriors is not None:
        found.append(_hyperpriors(result, pictures))
    if result.sampled is not None:
        table = agreement(result.answers[result.sampled].tables, truth)
        text = [agreement_sentence(result), "Columns chance and in_errors are in standard errors of each number."]
        caption = f"Largest distance of {result.sampled} from exact, by answer"
        found.append(Section("How far to trust it", text, [table_text(caption, table)]))
    return found


def first_rows(caption: str, table: pl.DataFrame, file: str) -> TableText:
    """A table as text; of a long one the first rows, and where the others are."""
    if len(table) > MOST_ROWS_SHOWN:
        caption += f": the first {MOST_ROWS_SHOWN:,} of {len(table):,} rows, all of which are in {file}.csv"
    return table_text(caption, table.head(MOST_ROWS_SHOWN))


def file_of_groups(result: Result) -> str:
    """The name of the table of groups; it says what its rows are, pairs (k, n) or students."""
    return "pairs" if result.is_large else "students"


def _population(result: Result, pictures: Mapping[str, Figure]) -> Section:
    text = [f"{method}: {posterior.verdict}." for method, (posterior, _, _) in result.learned.items()]
    kind = kind_of(result.counts)
    text.append(kind.meaning)
    columns = [name for name in kind.columns if name in kind.estimates(result.learned[EXACT].posterior)]
    # Without the seconds the same seed gives the same page.
    learned = method_table(result.learned, columns, kind.estimates).drop("seconds")
    table = table_text("Learned by each method", learned, digits=METHOD_DIGITS)
    figures = {"Hyperposterior, learned population, and every group's shrinkage": pictures["own_counts"]}
    return Section("The population", text, [table], figures)


def _groups(result: Result, pictures: Mapping[str, Figure]) -> Section:
    table = result.answers[EXACT].tables["groups"].sort("mean", descending=True)
    weight, interval = kind_of(result.counts).weight, percent(result.interval)
    text = (
        f"mean, sd and the central {interval} interval (low, high) of each rate with the population "
        f"integrated out; plug_in at the population's posterior mean; own_weight, E[{weight}], is the weight of the "
        "group's own raw rate."
    )
    caption = "Every group's rate, exact" if len(table) <= MOST_DRAWN else "The largest and the smallest rates, exact"
    figures = {caption: pictures["forest"]} if "forest" in pictures else {}
    rates = first_rows(f"Rates, exact, with central {interval} intervals", table, file_of_groups(result))
    return Section("Every group", text, [rates], figures)


def _thresholds(table: pl.DataFrame) -> Section:
    tables = [first_rows("Probability of a rate above c", table, "thresholds")]
    return Section("Above a threshold", "P(theta > c), exactly.", tables)


def _ranking(result: Result, best: str, pictures: Mapping[str, Figure]) -> Section:
    truth, interval = result.answers[EXACT].tables, percent(result.interval)
    shown = truth["pairwise"].sort((pl.col("probability") - 0.5).abs(), descending=True)
    caption = f"P(theta of name > theta of other), the clearest {min(len(shown), MOST_PAIRS_SHOWN)} pairs"
    tables = [
        table_text(
            f"{ranks_caption(best)}; rank_low and rank_high: central {interval} interval", truth["ranking"].sort("rank")
        ),
        table_text(caption, shown.head(MOST_PAIRS_SHOWN)),
    ]
    text = [
        choice_sentence(truth["ranking"], best),
        f"{kind_of(result.counts).ranks} rank_low and rank_high are the ends of its central {interval} interval. All "
        "pairs are in pairwise.csv.",
    ]
    figures = {f"Ranks with {interval} intervals": pictures["ranks"]}
    return Section("Who is best, who is worst", text, tables, figures)


def _contrast(table: pl.DataFrame, interval: float) -> Section:
    return Section(
        CAPTION,
        [compared_sentence(table, interval), contrast_note()],
        [table_text(f"{CAPTION}; low and high: central {percent(interval)} interval", table)],
    )


def _predictions(table: pl.DataFrame, options: OwnCounts, kind: Kind) -> Section:
    text = (
        f"{kind.counted.capitalize()} in the next {options.predict:,.10g} {kind.next} of each group, and of one nobody "
        f"has seen: mean, sd, central {percent(options.interval)} interval (low, high) and the probability of none."
    )
    if "interval_error" in table.columns:
        text += " interval_error bounds the error, in probability, of the distribution function at both ends."
    return Section("What comes next", text, [first_rows("Predicted counts, exact", table, "predictions")])


def _held_out(result: Result) -> Section:
    truth, kind = result.answers[EXACT].tables, kind_of(result.counts)
    design = kind.design
    tables = [table_text("By kind of pooling", truth["held_out"]), table_text("By group", truth["held_out_groups"])]
    text = [
        f"Later counts k_later in {design}_later of the same groups, predicted from the first ones. log_predictive is "
        f"the sum over groups of each one's own log p(k_later | {design}_later, all first counts), in nats: marginal, "
        "a group at a time, not joint. No pooling gives each rate a vague prior of its own; complete pooling, one rate "
        "for all."
    ]
    if result.hyperpriors is not None and result.hyperpriors.held_out_by_hyperprior is not None:
        tables.append(table_text("Partial pooling, by hyperprior", result.hyperpriors.held_out_by_hyperprior))
        text.append(
            f"How partial compares with complete pooling depends on how large a {kind.alike} the hyperprior lets the "
            f"population have: where the counts allow that all groups are alike, a bound on {kind.alike} (see its 95 % "
            "quantile) forbids it."
        )
    return Section("Later counts", text, tables)


def _checks(result: Result, pictures: Mapping[str, Figure]) -> Section:
    truth = result.answers[EXACT].tables
    text = [
        "p_value is the probability that replicated data have a larger statistic than the observed one: near 0 or 1, "
        "the model would not produce such data. low and high are the ends of the central "
        f"{percent(result.interval)} interval of the replicated statistic. Replicates of new groups see the shape of "
        "the population.",
        left_out_sentence(result),
    ]
    tables = [
        table_text("Replicated statistics", truth["checks"]),
        table_text("Each group from all the others", truth["leave_one_out"]),
    ]
    figures = {
        "Statistics of replicated new groups, and the observed ones": pictures["checks"],
        "Leave-one-out PIT values against uniform ones": pictures["leave_one_out"],
    }
    return Section("Does the model fit", text, tables, figures)


def _hyperpriors(result: Result, pictures: Mapping[str, Figure]) -> Section:
    assert result.hyperpriors is not None
    text = (
        "All exact. A Bayes factor compares how well hyperpriors predicted all counts before any was seen, and depends "
        "on how far their supports reach; elpd_loo compares predictions of each group from the others, and hardly does."
    )
    tables = [
        table_text("Evidence and leave-one-out", result.hyperpriors.hyperpriors),
        table_text("Every group's posterior mean", result.hyperpriors.sensitivity.sort("range", descending=True)),
    ]
    figures = {"Posterior means by hyperprior": pictures["sensitivity"]} if "sensitivity" in pictures else {}
    return Section("How much depends on the hyperprior", text, tables, figures)
