"""Which group to choose if the best one is wanted, and what a wrong choice costs: in sentences."""

import polars as pl

from experiments.own_counts.forest import short
from experiments.presentation.numbers import probability, with_error

SAME = 1e-9  # relative: losses that differ by less are those of groups with the same counts


def choice_sentence(ranking: pl.DataFrame, best: str) -> str:
    """The group with the smallest expected loss, its loss, and that of the runner-up.

    Args:
        ranking: the table of `Posterior.ranking`, of two groups or more.
        best: "highest" or "lowest", as it was ranked.

    Returns:
        Two or three sentences.
    """
    rows = ranking.sort("loss", maintain_order=True).to_dicts()
    chosen, *others = rows
    alike = [row for row in others if row["loss"] - chosen["loss"] <= SAME * chosen["loss"]]
    name, loss = short(chosen["name"]), with_error(chosen["loss"], chosen["loss_error"])
    side = "below" if best == "highest" else "above"
    found = (
        f"To choose the group with the {best} rate: {name}{_with(len(alike))}. Its rate is the {best} of all with "
        f"probability {probability(chosen['best'])}, and on average {loss} {side} the {best} one"
    )
    if len(alike) == len(others):
        return f"{found}. All groups are alike in this."
    following = others[len(alike)]
    of_next = with_error(following["loss"], following["loss_error"])
    return f"{found}. The rate of the runner-up, {short(following['name'])}, is {of_next} {side} it."


def _with(alike: int) -> str:
    return "" if not alike else f" (or {'another' if alike == 1 else f'{alike} others'} like it)"


def ranks_caption(best: str) -> str:
    """What the table of ranks is a table of."""
    return f"Who is best, who is worst, the expected loss of choosing a group, and the rank, 1 being the {best} rate"
