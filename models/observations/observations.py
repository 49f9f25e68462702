"""What all kinds of data share: other observations made from them, by rows, counts and names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows, column_of, distinct_names
from models.observations.groups import Groups
from models.observations.joined import added_by_name, recoded, stacked
from models.observations.number_columns import whole_numbers
from models.observations.table import Table, indices_of


class Observations(Groups):
    """Counts of groups, each with a design and a rate of its own: `Counts`, `Events` or `Categories`.

    A row is one group, or stands for several that are alike: its multiplicity. The data do not change.
    """

    @cached_property
    def rows(self) -> Self:
        """The different rows, compared by k, the design and every covariate, without names.

        They are in increasing order of design, k and covariates. The multiplicity of each is the sum of those of the
        rows that it stands for: 0 if each of them is 0, so that every row has its place in `row_of`.
        """
        return self._of(self._table.different())

    @cached_property
    def row_of(self) -> np.ndarray:
        """Index of each row in `rows`, int64, shape (rows,)."""
        return self._table.places_in(self.rows._table)

    def taken(self, indices: Sequence[int] | np.ndarray) -> Self:
        """Some of the rows.

        Args:
            indices: index of each row, counted from 0; or a boolean a row, whether it is taken.

        Returns:
            These rows in this order, with the names they were given and the same levels of covariates.

        Raises:
            CountsError: if there is no such row, none is taken, or one that has a name is taken twice.
        """
        return self._named(self._table.taken(indices_of(indices, len(self))))

    def _named(self, table: Table) -> Self:
        """These columns, after a check that no name comes twice."""
        if table.names is not None:
            distinct_names(pl.Series("names", table.names, dtype=pl.String), Rows())
        return self._of(table)

    def with_counts(self, k: Sequence[Any] | Any) -> Self:
        """The same groups with other counts, for example simulated ones.

        Args:
            k: whole numbers, which may be of a float dtype, of the shape of `self.k`.

        Returns:
            The same names, designs, multiplicities and covariates, with these counts.

        Raises:
            CountsError: if a count is bad or impossible under the design of its group, or the shape differs.
        """
        rows = Rows()
        columns = [column_of(name, values) for name, values in self._columns_of_counts(k).items()]
        if any(len(column) != len(self) for column in columns):
            raise CountsError(f"k has {len(columns[0])} rows, but there are {len(self)}: give each row its counts")
        whole = [whole_numbers(column, rows) for column in columns]
        counts = whole[0] if self.k.ndim == 1 else np.stack(whole, axis=1)
        self._kind.refuse_impossible(counts, self.design_values, rows, self._kind.columns)
        return self._of(replace(self._table, k=counts))

    def with_levels(self, levels: Mapping[str, tuple[str, ...]]) -> Self:
        """The same rows, with the codes of covariates that are text in the order of other data.

        Args:
            levels: of each covariate that is text in the other data, what its codes stand for there.

        Returns:
            The rows; codes 0, 1, ... stand for these levels. Whole numbers are taken to be such codes already.

        Raises:
            CountsError: if a covariate is missing, is text where the other data have numbers, has another level, or is
                a number that is no code.
        """
        return self._of(recoded(self._table, levels))

    def without_data(self) -> Self:
        """The same groups before any data: k and the design are 0, names and covariates are kept."""
        return self._of(replace(self._table, k=np.zeros_like(self.k), design=np.zeros_like(self.design_values)))

    def with_one_unseen(self, row: int) -> Self:
        """The groups, of which one that a row stands for is as it was before its data, without names.

        Args:
            row: index of the row; its multiplicity is at least 1.

        Returns:
            The rows, the multiplicity of one of them smaller by 1, and last a row for the group without data, which has
            the same covariates. So there is at least one row, and the covariates keep their levels.
        """
        multiplicity = self.multiplicity.copy()
        multiplicity[row] -= 1
        alone = self.without_names().taken([row]).without_data()
        one = alone._of(replace(alone._table, multiplicity=np.ones_like(alone.multiplicity)))
        return self._of(replace(self._table, multiplicity=multiplicity, names=None)) + one

    def without_names(self) -> Self:
        """The same rows, named "student 1", "student 2", ... or "group 1", ... by their place."""
        return self._of(replace(self._table, names=None))

    def only_counts(self) -> Self:
        """The same rows without names and covariates."""
        return self._of(self._table.only_counts())

    def __add__(self, other: Self) -> Self:
        """The rows of both, for example of two parts of a class. Names are kept if both have them.

        Raises:
            CountsError: if they are of different kinds, differ in their covariates or categories, or if a name of one
                is also in the other: `joined` adds up the counts of equal names.
        """
        if not isinstance(other, Observations):
            return NotImplemented
        return self._named(stacked(self._table, self._same_kind(other)))

    def joined(self, other: Self) -> Self:
        """The groups of both, merged by name: what is counted of equal names adds up, k and the design each.

        Args:
            other: data of the same kind, with the same covariates; both have names.

        Returns:
            The groups of this, with what the other adds to them, then the groups that only the other has.

        Raises:
            CountsError: if one has no names, if they are of different kinds or differ in their covariates or
                categories, or if a name has other covariates, or stands for another number of groups, in the other.
        """
        both = stacked(self._table, self._same_kind(other))
        if both.names is None:
            raise CountsError("only groups with names can be joined: give `names` to both")
        self._kind.check_groups(both)  # so that no sum overflows
        return self._of(added_by_name(both))

    def _same_kind(self, other: "Observations") -> Table:
        if type(other) is not type(self):
            kinds = type(self).__name__, type(other).__name__
            raise CountsError(f"{kinds[0]} and {kinds[1]} are different kinds of data and cannot be put together")
        return other._table

    def _columns_of_counts(self, k: Any) -> dict[str, Any]:
        """The columns of counts by name."""
        return {"k": k}
