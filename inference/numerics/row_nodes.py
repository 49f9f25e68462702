"""Equally spaced nodes in each row of a plane, on the interval of v that holds the mass of the row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from inference.numerics.mass_finder import Brackets, Plane, are_covered, spread, zoom_rows

Evaluate = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, Mapping[str, np.ndarray]]]
"""Function of (u, v) that returns f and numbers by name, such as the population, all of one shape."""


@dataclass(frozen=True)
class RowNodes:
    """Nodes (u_r, v_rc) and what was evaluated there.

    Args:
        outer: u of each row, in increasing order, shape (R,).
        inner: v, equally spaced in each row, shape (R, C).
        log_density: f at the nodes, shape (R, C).
        numbers: the other numbers at the nodes by name, each of shape (R, C).
    """

    outer: np.ndarray
    inner: np.ndarray
    log_density: np.ndarray
    numbers: Mapping[str, np.ndarray]

    def with_rows_between(self, plane: Plane, evaluate: Evaluate) -> "RowNodes":
        """These, and a row halfway between each two; only the new ones are evaluated."""
        brackets = Brackets(self.outer, self.inner[:, 0], self.inner[:, -1])
        halfway = (self.outer[1:] + self.outer[:-1]) / 2
        new = place_nodes(plane, brackets, halfway, self.inner.shape[1], evaluate)
        return RowNodes(
            _alternating(self.outer, new.outer),
            _alternating(self.inner, new.inner),
            _alternating(self.log_density, new.log_density),
            {name: _alternating(values, new.numbers[name]) for name, values in self.numbers.items()},
        )


def place_nodes(plane: Plane, brackets: Brackets, outer: np.ndarray, columns: int, evaluate: Evaluate) -> RowNodes:
    """Place nodes where the brackets of the rows nearby say, and zoom in on the rows that these do not fit.

    Args:
        plane: the integral.
        brackets: intervals of v of some rows around.
        outer: u of each row, shape (R,).
        columns: nodes of each row.
        evaluate: what returns f.

    Returns:
        The nodes; all but the rows that needed a zoom are evaluated once.
    """
    inner = spread(*brackets.near(outer), columns)
    with np.errstate(all="ignore"):  # far out a program may overflow
        log_density, numbers = evaluate(outer[:, None], inner)
        height = log_density + plane.emphasis(outer[:, None], inner)
        missed = ~are_covered(plane, inner, np.where(np.isnan(height), -np.inf, height))
        if missed.any():
            low, high, _ = zoom_rows(plane, outer[missed], *brackets.at(outer[missed]))
            inner[missed] = spread(low, high, columns)
            again, numbers_again = evaluate(outer[missed, None], inner[missed])
            log_density = _replaced(log_density, missed, again)
            numbers = {name: _replaced(values, missed, numbers_again[name]) for name, values in numbers.items()}
    return RowNodes(outer, inner, log_density, numbers)


def _alternating(rows: np.ndarray, between: np.ndarray) -> np.ndarray:
    both = np.empty((len(rows) + len(between), *rows.shape[1:]))
    both[::2], both[1::2] = rows, between
    return both


def _replaced(values: np.ndarray, rows: np.ndarray, new: np.ndarray) -> np.ndarray:
    values = values.copy()
    values[rows] = new
    return values
