"""The tables and sentences that shops prints."""

import polars as pl

from experiments.methods.sampled_and_exact import print_comparison
from experiments.presentation.numbers import MISSING, number
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from experiments.shops.bounds import ALIKE, COURSE_MEAN_PHI, COURSE_MEDIAN, FAR, LOW, SHOPS, STATED
from experiments.shops.result import Result

COLUMNS = {
    "kappa": "E[kappa]",
    "kappa_5": "5 %",
    "kappa_50": "median",
    "kappa_95": "95 %",
    "far": f"P(kappa > {FAR:g})",
    "phi": "E[phi]",
    "phi_5": "5 %",
    "phi_95": "95 %",
}


def print_result(result: Result, repair: str) -> None:
    """Print every table, and sentences on what it shows.

    Args:
        result: what was found.
        repair: the proper hyperprior that the sentences are about.
    """
    for data in (SHOPS, ALIKE):
        stated = result.bounds.filter(pl.col("data") == data, pl.col("bound").is_in(STATED))
        caption = f"{data}, flat in log kappa from {LOW:g} to an upper bound, exactly"
        print_table(table_text(caption, stated, columns={"bound": "upper bound"} | COLUMNS, probabilities=("far",)))
    print_shops(result)
    _print_alike(result, repair)
    for data in (SHOPS, ALIKE):
        proper = result.proper.filter(data=data)
        columns = {"hyperprior": "hyperprior"} | COLUMNS
        caption = f"{data} under proper hyperpriors, exactly ({MISSING}: the mean does not exist)"
        print_table(table_text(caption, proper, columns=columns, probabilities=("far",)))
    _print_repair(result, repair)
    print_comparison(result.checks)


def print_shops(result: Result) -> None:
    """Print what the bound does to the answers of the twelve shops."""
    means, medians = ([result.at(SHOPS, bound)[name] for bound in STATED] for name in ("kappa", "kappa_50"))
    first, last = result.at(SHOPS, STATED[0]), result.at(SHOPS, STATED[-1])
    print_line(
        f"The posterior is improper. E[kappa] is {', '.join(number(mean) for mean in means)} under upper bounds of "
        f"{', '.join(f'{bound:g}' for bound in STATED)}. The median goes only from {medians[0]:.2f} to "
        f"{medians[-1]:.2f} (the chapter prints {COURSE_MEDIAN:g}), because only {100 * last['far']:.1f} % lies above "
        f"{FAR:g} even with the last bound; half of it would with a bound of 10^{result.half_beyond:.0f}."
    )
    print_line(
        f"phi hardly depends on the bound: its mean is {first['phi']:.4f} to {last['phi']:.4f} (the chapter prints "
        f"{COURSE_MEAN_PHI:g}), and 90 % of it lie between {first['phi_5']:.3f} and {first['phi_95']:.3f}, or between "
        f"{last['phi_5']:.3f} and {last['phi_95']:.3f}."
    )


def _print_alike(result: Result, repair: str) -> None:
    medians = [result.at(ALIKE, bound)["kappa_50"] for bound in STATED]
    print_line(
        f"With all shops at 6 of 10 the median is {', '.join(number(median) for median in medians)}: the bound is the "
        f"answer. {repair} gives {number(result.under(ALIKE, repair)['kappa_50'])}."
    )


def _print_repair(result: Result, repair: str) -> None:
    shops, alike = (result.under(data, repair) for data in (SHOPS, ALIKE))
    print_line(
        f"Under {repair} both have an answer: a median of {shops['kappa_50']:.2f} for the twelve shops, 90 % between "
        f"{number(shops['kappa_5'])} and {number(shops['kappa_95'])}; for shops all alike 90 % lie between "
        f"{number(alike['kappa_5'])} and {number(alike['kappa_95'])}: the counts say that kappa is large, and the "
        "hyperprior how large."
    )
