"""What is wrong with the texts of a figure: two that overlap, one that is cut off, an axis without a label."""

from collections.abc import Iterator
from itertools import combinations

import matplotlib
import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from experiments.presentation.style import DOTS_PER_INCH, STYLE

SLACK = 1.0  # points: a box reaches further than its letters, above, below and at both ends


def layout_faults(figure: Figure) -> list[str]:
    """Draw a figure as a PNG is drawn, and look at the box of every text that is drawn in it.

    Args:
        figure: any; one whose texts come from data has been drawn before, so that they are those of its file.

    Returns:
        A sentence for each fault: texts that overlap, texts cut off by the figure's edge, axes without a label or,
        where they have numbers, with fewer than two of them. Empty if there is none.
    """
    figure.set_dpi(DOTS_PER_INCH)
    boxes = _boxes(figure)
    return [*_cut_off(figure, boxes), *_overlaps(boxes), *_unlabelled(figure, {text for text, _ in boxes})]


def _boxes(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text that is drawn, and its box; neither hidden ones nor ticks beyond the ends of an axis are drawn."""
    boxes, draw = [], Text.draw

    def remember(text: Text, renderer) -> None:
        draw(text, renderer)
        if text.get_visible() and text.get_text().strip():
            assert text.get_rotation() % 90 == 0, f"{_shown(text)} is slanted: its box is not upright"
            boxes.append((text, text.get_window_extent(renderer)))

    settings = {**STYLE, "text.parse_math": False}
    with pytest.MonkeyPatch.context() as patch, matplotlib.rc_context(settings):
        patch.setattr(Text, "draw", remember)
        figure.draw_without_rendering()
    return boxes


def _cut_off(figure: Figure, boxes: list[tuple[Text, Bbox]]) -> Iterator[str]:
    slack = SLACK * DOTS_PER_INCH / 72
    paper = figure.bbox.padded(slack)
    for text, box in boxes:
        if not (paper.x0 <= box.x0 and box.x1 <= paper.x1 and paper.y0 <= box.y0 and box.y1 <= paper.y1):
            yield f"{_shown(text)} is cut off by the figure's edge"


def _overlaps(boxes: list[tuple[Text, Bbox]]) -> Iterator[str]:
    slack = SLACK * DOTS_PER_INCH / 72
    x0, y0, x1, y1 = np.array([box.padded(-slack).extents for _, box in boxes]).reshape(-1, 4).T
    over = (x0[:, None] < x1) & (x0 < x1[:, None]) & (y0[:, None] < y1) & (y0 < y1[:, None])
    for i, j in combinations(range(len(boxes)), 2):
        if over[i, j]:
            yield f"{_shown(boxes[i][0])} and {_shown(boxes[j][0])} overlap"


def _unlabelled(figure: Figure, drawn: set[Text]) -> Iterator[str]:
    for ax in figure.axes:
        if not ax.axison:
            continue
        if ax.get_title(loc="left") + ax.get_title() == "":
            yield f"panel {figure.axes.index(ax)} has no title"
        for axis, spine in ((ax.xaxis, "bottom"), (ax.yaxis, "left")):
            where = f"the {'x' if axis is ax.xaxis else 'y'} axis of {ax.get_title(loc='left')!r}"
            yield from _unlabelled_axis(axis, ax.spines[spine].get_visible(), drawn, where)


def _unlabelled_axis(axis: Axis, has_line: bool, drawn: set[Text], where: str) -> Iterator[str]:
    """An axis has a label, or its ticks are words, or it is not there at all: neither line nor ticks."""
    ticks = [text.get_text() for text in axis.get_ticklabels(which="both") if text in drawn]
    has_label, numbers = bool(axis.get_label_text()), [tick for tick in ticks if _is_number(tick)]
    if not has_label and (numbers or (not ticks and has_line)):
        yield f"{where} has no label"
    if len(numbers) == len(ticks) < 2 and (numbers or len(axis.get_ticklocs())):
        yield f"{where} has fewer than two numbers"


def _is_number(text: str) -> bool:
    return text.strip("⁻⁰¹²³⁴⁵⁶⁷⁸⁹\N{MINUS SIGN}-+.,e0123456789 %") == ""


def _shown(text: Text) -> str:
    return repr(text.get_text())
