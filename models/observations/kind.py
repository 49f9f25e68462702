"""How one kind of data is checked: what its columns are, and which counts are impossible."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from models.observations.columns import CountsError, Rows, distinct_names
from models.observations.covariate_columns import covariate_of
from models.observations.covariates import Covariates
from models.observations.given import Given
from models.observations.number_columns import whole_numbers
from models.observations.table import Table

MOST_TRIALS = 2.0**63  # trials of all groups together, from which on an int64 overflows


@dataclass(frozen=True)
class Kind:
    """One kind of data.

    Args:
        group: what one row is about, in names: "student". Messages say "group".
        unit: what is added up over all groups, in messages: "trials".
        columns: names of k and the design, in messages.
        numbers: function of the columns and where they come from that returns k and the design, each checked by itself.
        refuse_impossible: function of k, the design, where they come from and the names of their columns that raises a
            CountsError for counts that the design cannot give.
        sizes: function of k and the design to the number of units in each row, floating point.
    """

    group: str
    unit: str
    columns: Sequence[str]
    numbers: Callable[[Mapping[str, pl.Series], Rows], tuple[np.ndarray, np.ndarray]]
    refuse_impossible: Callable[[np.ndarray, np.ndarray, Rows, Sequence[str]], None]
    sizes: Callable[[np.ndarray, np.ndarray], np.ndarray]

    def checked(self, given: Given) -> Table:
        """The columns as numbers, after all checks.

        Args:
            given: the columns.

        Returns:
            Their table; of the different rows of a large file, those that differ as numbers.

        Raises:
            CountsError: if a value is bad; the message names the row and the column.
        """
        rows = given.rows
        if not len(next(iter(given.counted.values()))):
            raise CountsError(f"{rows.source}no groups: there are no rows of counts; give a row per group")
        names = None if given.names is None else distinct_names(given.names, rows)
        k, design = self.numbers(given.counted, rows)
        ones = np.ones(len(k), np.int64)
        multiplicity = ones if given.multiplicity is None else whole_numbers(given.multiplicity, rows)
        self.refuse_impossible(k, design, rows, [str(column.name) for column in given.counted.values()])
        known = {name: covariate_of(column, rows) for name, column in given.covariates.items()}
        times = multiplicity.astype(np.float64) @ (ones if rows.times is None else rows.times)
        if times >= MOST_TRIALS:
            raise CountsError(f"{rows.source}{times:.2g} groups in all are more than an int64 holds")
        table = Table(
            k=k,
            design=design,
            multiplicity=multiplicity if rows.times is None else multiplicity * rows.times,
            names=names,
            covariates=Covariates({name: values for name, (values, _) in known.items()}),
            levels={name: levels for name, (_, levels) in known.items() if levels is not None},
            categories=tuple(given.counted) if k.ndim == 2 else (),
        )
        self.check_groups(table, rows.source)
        return table if rows.times is None else table.different()

    def check_groups(self, table: Table, source: str = "") -> None:
        """Raise a CountsError if there is no group, or if what all groups have together overflows an int64.

        Args:
            table: the columns.
            source: begins the message, such as "my.csv: ".
        """
        if not len(table):
            raise CountsError(f"{source}no groups: there are no rows of counts; give a row per group")
        if not table.multiplicity.any():
            raise CountsError(f"{source}no groups: every multiplicity is 0")
        students = table.multiplicity.astype(np.float64).sum()
        if students >= MOST_TRIALS:
            raise CountsError(f"{source}{students:.2g} groups in all are more than an int64 holds")
        total = self.sizes(table.k, table.design) @ table.multiplicity.astype(np.float64)
        if total >= MOST_TRIALS:
            raise CountsError(f"{source}{total:.2g} {self.unit} in all are more than an int64 holds")
