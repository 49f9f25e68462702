"""A figure whose panels are side by side, laid out in rows that are no wider than a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec


@contextmanager
def panels_in_rows(figure: Figure, widest: float) -> Iterator[None]:
    """Inside the `with`, the panels of a wide figure are in more rows, each as large as before.

    Args:
        figure: any; it stays as it is if it is narrow enough, has one column, or its axes are in no common grid.
        widest: inches that a row of panels may take; one panel alone may be wider.
    """
    width, height = figure.get_size_inches()
    specs = [ax.get_subplotspec() for ax in figure.axes]
    grids = {None if spec is None else spec.get_gridspec() for spec in specs}
    grid = next(iter(grids)) if len(grids) == 1 else None
    if grid is None or grid.ncols == 1 or width <= widest:
        yield
        return
    columns = max(1, int(widest / (width / grid.ncols)))
    rows = ceil(grid.nrows * grid.ncols / columns)
    new = GridSpec(rows, columns, figure=figure)
    try:
        for ax, spec in zip(figure.axes, specs, strict=True):
            assert spec is not None
            ax.set_subplotspec(new[spec.num1])
        figure.set_size_inches(width / grid.ncols * columns, height / grid.nrows * rows)
        yield
    finally:
        for ax, spec in zip(figure.axes, specs, strict=True):
            assert spec is not None
            ax.set_subplotspec(spec)
        figure.set_size_inches(width, height)
