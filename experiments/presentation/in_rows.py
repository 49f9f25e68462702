"""A figure whose panels are side by side, laid out in rows that are no wider than a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

import numpy as np
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec


@contextmanager
def panels_in_rows(figure: Figure, widest: float) -> Iterator[None]:
    """Inside the `with`, the panels of a wide figure are in more rows, each as large as before, in the same order.

    Args:
        figure: any; it stays as it is if it is narrow enough, has one column, or its axes are in no common grid.
        widest: inches that a row of panels may take; one panel alone may be wider.
    """
    width, height = figure.get_size_inches()
    specs = [spec for ax in figure.axes if (spec := ax.get_subplotspec()) is not None]
    grids = {spec.get_gridspec() for spec in specs}
    grid = next(iter(grids)) if len(grids) == 1 and len(specs) == len(figure.axes) else None
    if grid is None or grid.ncols == 1 or width <= widest:
        yield
        return
    columns = max(1, int(widest / (width / grid.ncols)))
    rows = ceil(len(specs) / columns)
    order = sorted(range(len(specs)), key=lambda at: specs[at].num1)
    ratios = np.asarray(grid.get_height_ratios(), np.float64)
    shares = ratios / ratios.sum()
    own = [float(shares[list(specs[at].rowspan)].sum()) for at in order]  # share of the height that each panel takes
    heights = [max(own[first : first + columns]) for first in range(0, len(own), columns)]
    new = GridSpec(rows, columns, figure=figure, height_ratios=heights)
    try:
        for place, at in enumerate(order):
            figure.axes[at].set_subplotspec(new[place])
        figure.set_size_inches(width / grid.ncols * columns, height * sum(heights))
        yield
    finally:
        for ax, spec in zip(figure.axes, specs, strict=True):
            ax.set_subplotspec(spec)
        figure.set_size_inches(width, height)
