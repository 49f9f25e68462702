"""Distribution functions of what depends on the population, from a quadrature rule: the inverse of `quantiles`."""

import numpy as np

from inference.quadrature import QuadratureError, Rule
from inference.quantiles import CONSTANT, NEGLIGIBLE_ROW, NOT_MONOTONE, Function, row_distributions


def probability_below(rule: Rule, function: Function, t: float) -> float:
    """P(x < t) of x = function(u, v): to about 1e-5, but 1e-3 where rows are narrower than the shift to the next.

    Args:
        rule: as for `quantile`.
        function: function of (u, v), monotone along every row, in either direction.
        t: the value.

    Returns:
        The probability.

    Raises:
        QuadratureError: if the function is not monotone.
    """
    mass = np.exp(rule.log_mass - rule.log_total)
    of_row = mass.sum(axis=1)
    kept = of_row > NEGLIGIBLE_ROW
    outer, inner = rule.outer[kept, None], rule.inner[kept]
    cumulative, s = row_distributions(mass[kept])
    x = function(outer, inner[:, :1] + (inner[:, 1:2] - inner[:, :1]) * s)
    if np.all(np.ptp(x, axis=1) <= CONSTANT * np.abs(x).max(axis=1)):
        cumulative, s = row_distributions(of_row[None, :])
        middle = rule.inner[len(rule.outer) // 2, :1]
        x = function((rule.outer[0] + (rule.outer[1] - rule.outer[0]) * s)[None, :], middle)
        of_row = np.ones(1)
    else:
        of_row = of_row[kept] / of_row[kept].sum()
    steps = np.diff(x, axis=1)
    if np.all(steps <= 0):
        return 1 - probability_below(rule, lambda u, v: -function(u, v), -t)
    if not np.all(steps >= 0):
        raise QuadratureError(f"{NOT_MONOTONE} one of its addresses")
    below = [np.interp(t, values, distribution) for values, distribution in zip(x, cumulative, strict=True)]
    return float(np.clip(of_row @ below, 0, 1))
