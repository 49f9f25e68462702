"""The tables and sentences that overhypotheses prints."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import polars as pl

from experiments.machine import device
from experiments.methods.learned import Estimate
from experiments.methods.method_table import method_text
from experiments.overhypotheses.one_marble import SAME, estimates, next_marble, same_again_by_hand
from experiments.overhypotheses.result import Result
from experiments.overhypotheses.worlds import ALIKE, NONE, OWN, THREE, TWO, Setting
from experiments.presentation.screen import print_line, print_table
from experiments.presentation.table_text import table_text
from inference import Posterior

SURE = 0.95
COLUMNS = (SAME, "E[lam]", "log Z")


def new_bag_table(cases: Mapping[str, Setting], posteriors: Mapping[tuple[str, str, int], Posterior]) -> pl.DataFrame:
    """One marble of a new bag: what was expected before it, and what is expected after it.

    Args:
        cases: the settings, by name.
        posteriors: the truth by setting, world, and number of marbles seen of the new bag, 0 (not of NONE) or 1.

    Returns:
        A row per setting and world: setting, world, colour (of the marble), numbers (drawn by the hyperprior), lam
        (posterior mean, after the marble), before and same (probability of this colour for the first marble, and for
        the second one after the first), with errors; by_hand (`same` in closed form, where no bags were seen).
    """
    rows = []
    for name, setting in cases.items():
        for world in (NONE, OWN, ALIKE):
            of_one, colours = posteriors[name, world, 1], len(setting.colours)
            # Without bags all colours are alike.
            is_known = world == NONE
            before = Estimate(1 / colours, 0.0) if is_known else next_marble(posteriors[name, world, 0], setting.at, 0)
            same = next_marble(of_one, setting.at, 1)
            rows.append(
                {
                    "setting": name,
                    "world": world,
                    "colour": setting.colours[setting.at],
                    "numbers": colours,
                    "lam": of_one.mean("lam"),
                    "lam_error": of_one.mean_error("lam"),
                    "before": before.value,
                    "before_error": before.error,
                    "same": same.value,
                    "same_error": same.error,
                    "by_hand": same_again_by_hand(colours) if is_known else None,
                }
            )
    return pl.DataFrame(rows)


def print_result(result: Result) -> None:
    """Print every table, and sentences on what it shows."""
    _print_new_bag(result.new_bag)
    _print_curve(result.curve)
    _print_methods(result)
    _print_beliefs(result.beliefs)


def _print_new_bag(table: pl.DataFrame) -> None:
    columns = {"setting": "setting", "world": "bags seen", "colour": "the one marble", "numbers": "numbers"}
    columns |= {"lam": "E[lam]", "before": "P(first)", "same": SAME, "by_hand": "by hand"}
    print_table(
        table_text("One marble of a new bag, and the next one", table, columns=columns, probabilities=["before"])
    )
    two = {row["world"]: row for row in table.filter(setting=TWO).iter_rows(named=True)}
    print_line(
        "P(first): that the first marble of the new bag has this colour; P(same again): that the next one has it too. "
        "Two and three numbers are integrated exactly, five by rqmc."
    )
    print_line(
        f"In both worlds half of the 400 marbles are black. If each bag had one colour, a black marble makes the next "
        f"one black with probability {two[OWN]['same']:.3f}; if all were mixed alike, with {two[ALIKE]['same']:.3f}; "
        f"without other bags, with {two[NONE]['same']:.3f}. What is learned is lam (alpha of the paper): it is far "
        f"below 1 in the one world, E[lam] = {two[OWN]['lam']:.3f}, and far above 1 in the other, "
        f"{two[ALIKE]['lam']:.2f}."
    )
    if table.filter(setting=THREE).is_empty():
        return
    dishes = {row["world"]: row["same"] for row in table.filter(setting=THREE).iter_rows(named=True)}
    print_line(
        f"Of three dishes: after one tonkatsu, the next bento is tonkatsu with probability {dishes[OWN]:.3f} if each "
        f"student has one dish, and with {dishes[ALIKE]:.3f} if all vary alike."
    )


def bags_until_sure(curve: pl.DataFrame, marbles: int) -> int | None:
    """The fewest bags of one colour each, of this many marbles, after which one marble makes sure: P > 0.95."""
    sure = curve.filter(pl.col("world") == OWN, pl.col("marbles") == marbles, pl.col("same") > SURE)
    return None if sure.is_empty() else int(sure["bags"].to_numpy().min())


def _print_curve(curve: pl.DataFrame) -> None:
    wide = curve.with_columns(column=pl.format("{}, {} marbles", "world", "marbles")).pivot(
        "column", index="bags", values="same"
    )
    caption = (
        f"{SAME} after one black marble, by bags seen and marbles in each, exact to {curve['same_error'].max():.0e}"
    )
    print_table(table_text(caption, wide, probabilities=wide.columns[1:]))
    for marbles in curve["marbles"].unique(maintain_order=True):
        bags = bags_until_sure(curve, marbles)
        last = curve["bags"].max()
        print_line(
            f"Of {marbles} marbles each, "
            + (f"{bags} bags of one colour are" if bags is not None else f"even {last} bags of one colour are not")
            + f" enough for P(same again) > {SURE}."
        )


def _print_methods(result: Result) -> None:
    at = {name: setting.at for name, setting in result.settings.items()}
    for (name, world), learned in result.learned.items():
        caption = f"{name}, {world}, and one marble of a new bag, on {device()}"
        print_table(method_text(caption, learned, COLUMNS, partial(estimates, colour=at[name])))
        for method, (posterior, _, _) in learned.items():
            print_line(f"{method}: {posterior.verdict}")
    print_line(
        "With an ESS near 1 one draw has nearly all of the weight, and a standard error computed from it means nothing."
    )


def _print_beliefs(beliefs: pl.DataFrame) -> None:
    columns = {"world": "bags seen", "prior_mean": "prior mean of lam", "lam": "E[lam]", "same": SAME}
    print_table(
        table_text("Black and white, by the mean of lam under the hyperprior, exactly", beliefs, columns=columns)
    )
    moved = {
        world: np.ptp(beliefs.filter(world=world)["same"].to_numpy())
        for world in beliefs["world"].unique(maintain_order=True)
    }
    print_line(
        f"Another prior mean of lam moves {SAME} by {moved[OWN]:.4f} if each bag had one colour, and by "
        f"{moved[ALIKE]:.4f} if all were mixed alike: bags that are this much alike say that lam is large, but not how "
        "large."
    )
