"""Two tables of observations as one: one after the other, or merged by the names of their groups."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import polars as pl

from models.observations.columns import CountsError
from models.observations.covariate_columns import with_same_levels
from models.observations.covariates import Covariates
from models.observations.table import Table, columns_of_counts, enumerated


def stacked(first: Table, second: Table) -> Table:
    """The rows of the first table, then those of the second.

    Args:
        first: a table.
        second: another, with the same covariates and categories.

    Returns:
        Their rows; names are kept if both have them. Codes of text become codes of the values of both, in sorted order,
        as if both had been one table from the start.

    Raises:
        CountsError: if the categories or covariates differ.
    """
    if first.categories != second.categories:
        raise CountsError(f"the categories differ: {_listed(first.categories)}, and {_listed(second.categories)}")
    if list(first.covariates) != list(second.covariates):
        raise CountsError(f"the covariates differ: {_listed(first.covariates)}, and {_listed(second.covariates)}")
    numbers = {
        name: with_same_levels(name, *((table.covariates[name], table.levels.get(name)) for table in (first, second)))
        for name in first.covariates
    }
    return Table(
        k=np.concatenate([first.k, second.k]),
        design=np.concatenate([first.design, second.design]),
        multiplicity=np.concatenate([first.multiplicity, second.multiplicity]),
        names=None if first.names is None or second.names is None else first.names + second.names,
        covariates=Covariates({name: values for name, (values, _) in numbers.items()}),
        levels={name: levels for name, (_, levels) in numbers.items() if levels is not None},
        categories=first.categories,
    )


def added_by_name(table: Table) -> Table:
    """The rows of a table in which a name may come twice, with those of equal names added up.

    Args:
        table: a table with names.

    Returns:
        A row a name, in order of first occurrence: counts and designs are sums, covariates those of the name.

    Raises:
        CountsError: if rows of equal names differ in a covariate or in how many groups they stand for.
    """
    added = dict(enumerated([table.design, *columns_of_counts(table.k)]))
    same = {"multiplicity": table.multiplicity, **{f"covariate {name}": table.read(name) for name in table.covariates}}
    rows = pl.DataFrame({"name": table.names, **added, **same}).with_row_index("first")
    merged = rows.group_by("name", maintain_order=True).agg(
        pl.col("first").min(), pl.col(*added).sum(), pl.struct(*same).n_unique().alias("kinds")
    )
    _refuse_contradictions(rows, merged.filter(pl.col("kinds") > 1)["name"].to_list(), list(same))
    design, *counts = (merged[column].to_numpy().copy() for column in added)
    k = counts[0] if table.k.ndim == 1 else np.stack(counts, axis=1)
    return replace(table.taken(merged["first"].to_numpy()), k=k, design=design)


def recoded(table: Table, levels: Mapping[str, tuple[str, ...]]) -> Table:
    """A table whose codes stand for the levels of other data.

    Args:
        table: the table.
        levels: of each covariate that is text in the other data, what its codes stand for there.

    Returns:
        Its rows, with other codes where the levels differ.

    Raises:
        CountsError: if a covariate is missing, is text where the other data have numbers, or has another level; or if
            it is not text but has a value that is none of the codes.
    """
    for name in table.levels:
        if name not in levels:
            raise CountsError(f"the covariate {name} is text here, but not in the data that were learned from")
    for name in levels:
        if name not in table.covariates:
            raise CountsError(f"the covariate {name} is missing; the data that were learned from have it")
    new = {name: _codes(name, table, known) for name, known in levels.items()}
    return replace(table, covariates=Covariates({**table.covariates, **new}), levels=dict(levels))


def _codes(name: str, table: Table, known: tuple[str, ...]) -> np.ndarray:
    """The codes of a covariate among the known levels, shape (rows,)."""
    values, own = table.covariates[name], table.levels.get(name)
    if own is not None:
        unknown = [level for level in own if level not in known]
        if unknown:
            raise CountsError(
                f"the covariate {name} is {unknown[0]!r} here, which none of the data that were learned from has: they "
                f"have {_listed(known)}"
            )
        return np.array([known.index(level) for level in own])[values]
    # JAX would take the nearest code for one that there is not, without an error.
    wrong = np.flatnonzero((values < 0) | (values >= len(known)) | (values != np.floor(values)))
    if wrong.size:
        raise CountsError(
            f"row {wrong[0] + 1}: the covariate {name} is {values[wrong[0]]:g}, which is no code of the data that were "
            f"learned from: give one of {_listed(known)}, or its place from 0 to {len(known) - 1}"
        )
    return values.astype(np.int64)


def _refuse_contradictions(rows: pl.DataFrame, names: list[str], columns: list[str]) -> None:
    for name in names:
        of_name = rows.filter(pl.col("name") == name)
        for column in columns:
            first, *others = of_name[column].unique(maintain_order=True)
            if others:
                raise CountsError(f"the {column} of {name!r} is {first} in one and {others[0]} in the other")


def _listed(names: object) -> str:
    return ", ".join(map(repr, list(names))) or "none"  # pyright: ignore[reportArgumentType]
