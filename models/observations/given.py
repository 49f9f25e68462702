"""Columns as they were given, before their values are checked; those in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from models.observations.columns import NAMES, CountsError, Rows, column_of
from models.observations.files.reading import Reading


@dataclass(frozen=True)
class Given:
    """Columns of equal length.

    Args:
        counted: the counts, and what they are out of, by what they are: "k", "n".
        names: names of the rows.
        multiplicity: how many groups each row stands for.
        covariates: covariates by their names.
        rows: where they come from.
        reading: how they were read; None of columns in memory.
    """

    counted: Mapping[str, pl.Series]
    names: pl.Series | None = None
    multiplicity: pl.Series | None = None
    covariates: Mapping[str, pl.Series] = field(default_factory=dict)
    rows: Rows = Rows()  # noqa: RUF009 - it does not change
    reading: Reading | None = None


def given_columns(counted: Mapping[str, Any], names: Any, multiplicity: Any, covariates: Any) -> Given:
    """Columns in memory.

    Args:
        counted: sequences of counts and of what they are out of, by what they are.
        names: sequence of names, or None.
        multiplicity: sequence of multiplicities, or None.
        covariates: sequences by name, as a mapping or a data frame, or None.

    Returns:
        The columns.

    Raises:
        CountsError: if one of them is not a sequence, or if they differ in length.
    """
    others = {NAMES: names, "multiplicity": multiplicity}
    asked = {**counted, **{role: values for role, values in others.items() if values is not None}}
    columns = {role: column_of(role, values) for role, values in asked.items()}
    known = {name: column_of(name, values) for name, values in by_name(covariates, "covariates").items()}
    lengths = {role: len(column) for role, column in columns.items()}
    lengths |= {f"covariate {name}": len(column) for name, column in known.items()}
    if len(set(lengths.values())) > 1:
        described = ", ".join(f"{column} has {length}" for column, length in lengths.items())
        raise CountsError(f"unequal lengths: {described}; give one value a group in each")
    checked = {role: columns[role] for role in counted}
    return Given(checked, columns.get(NAMES), columns.get("multiplicity"), known, Rows())


def by_name(values: Any, what: str) -> dict[str, Any]:
    """The columns of a mapping or a data frame by their names; none of None.

    Args:
        values: mapping of names to sequences, or a polars or pandas data frame.
        what: what the columns are, in the words of a message.

    Returns:
        The columns by name.

    Raises:
        CountsError: if it is neither, or a name is not text.
    """
    if values is None:
        return {}
    if isinstance(values, Mapping):
        columns = dict(values)
    elif hasattr(values, "columns"):
        columns = {column: values[column] for column in values.columns}
    else:
        raise CountsError(f"{what} must be columns by name, such as {{'treated': [0, 1, 1]}}, not {values!r}")
    for name in columns:
        if not isinstance(name, str) or not name.strip():
            raise CountsError(f"{what} have a column {name!r}; its name must be text")
    return columns
