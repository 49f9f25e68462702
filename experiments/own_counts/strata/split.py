"""A file split by a column into strata, each with a population of its own."""

import numpy as np

from models import Counts, CountsError, Events

MOST_STRATA = 20


def by_stratum(counts: Counts | Events, column: str) -> dict[str, Counts | Events]:
    """The groups of each stratum.

    Args:
        counts: the groups of the file, with the column among their covariates.
        column: its name.

    Returns:
        Groups without covariates by the value of the column, in its order: text alphabetically, numbers by size.

    Raises:
        CountsError: if the column has one value, or more than MOST_STRATA.
    """
    codes = np.asarray(counts.covariates[column])
    values, stratum = np.unique(codes, return_inverse=True)
    levels = counts.levels.get(column)
    names = [str(value) if levels is None else str(levels[int(value)]) for value in values]
    if len(names) == 1:
        raise CountsError(f"--by {column}: all {len(counts)} rows have the value {names[0]!r}, so there is one stratum")
    if len(names) > MOST_STRATA:
        raise CountsError(
            f"--by {column}: the column has {len(names)} values, such as {names[0]!r} and {names[1]!r}, but strata are "
            f"compared up to {MOST_STRATA}: name a column with few values, such as treated or control"
        )
    groups = without_covariates(counts)
    return {name: groups.taken(np.flatnonzero(stratum == i)) for i, name in enumerate(names)}


def without_covariates(counts: Counts | Events) -> Counts | Events:
    """The same groups without what else is known of them."""
    names = counts.names if counts.is_named else None
    return type(counts)(counts.k, counts.design_values, names, counts.multiplicity)
