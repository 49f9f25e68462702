"""What is known of each group, as columns, as JAX arrays and as text."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Self

import jax
import numpy as np

from models.observations.covariates import Covariates
from models.observations.exposures import Exposures
from models.observations.files.alike_names import AlikeNamesWarning, alike_names
from models.observations.files.reading import Reading
from models.observations.given import Given
from models.observations.in_jax import InJax
from models.observations.kind import Kind
from models.observations.notebook import rows_html
from models.observations.table import Table
from models.observations.totals import TotalRowWarning, totals
from models.observations.trials import Trials


class Groups(ABC):
    """Groups in rows, each with its counts, design, name, multiplicity and covariates; nothing of it changes."""

    design_name: ClassVar[str] = "n"
    """The name of the design in tables."""
    reading: Reading | None = None
    """How the file was read, of what comes from a file and was not changed since."""
    _kind: ClassVar[Kind]
    _table: Table
    _in_jax: InJax

    def _keep(self, given: Given) -> None:
        self.__setstate__({"table": self._kind.checked(given)})

    @classmethod
    def _of_file(cls, given: Given) -> Self:
        """The groups of a file, with a warning if a row seems to be a total, or two names to be the same."""
        assert given.reading is not None
        made = cls._of(cls._kind.checked(given))
        doubts: dict[type[UserWarning], tuple[str, ...]] = {
            TotalRowWarning: totals(made._table, given.rows),
            AlikeNamesWarning: alike_names(made._table, given.rows),
        }
        made.reading = replace(given.reading, warnings=tuple(said for all_said in doubts.values() for said in all_said))
        for kind, all_said in doubts.items():
            for said in all_said:
                warnings.warn(said, kind, stacklevel=3)
        return made

    @classmethod
    def _of(cls, table: Table) -> Self:
        cls._kind.check_groups(table)
        made = object.__new__(cls)
        made.__setstate__({"table": table})
        return made

    def __getstate__(self) -> dict[str, Any]:
        """The columns. Arrays made from them are not pickled but made anew: they may be on a device."""
        return {"table": self._table}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._table, self._in_jax = state["table"], InJax(state["table"])

    @property
    def k(self) -> np.ndarray:
        """The counts of each row, int64, shape (rows,) or (rows, categories)."""
        return self._table.k

    @property
    def design_values(self) -> np.ndarray:
        """What the counts of each row depend on besides the rate, shape (rows,)."""
        return self._table.design

    @property
    def multiplicity(self) -> np.ndarray:
        """How many groups each row stands for, int64, shape (rows,)."""
        return self._table.multiplicity

    @property
    def covariates(self) -> Covariates:
        """What else is known of each row, by name: int64 (numbers or codes) or float64, each of shape (rows,)."""
        return self._table.covariates

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Of each covariate that was given as text or booleans, what its codes 0, 1, ... stand for."""
        return self._table.levels

    @property
    def has_covariates(self) -> bool:
        """Whether anything else is known of each row."""
        return bool(self.covariates)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """One name a row, all different."""
        return self._table.names or tuple(f"{self._kind.group} {i + 1}" for i in range(len(self)))

    @property
    def is_named(self) -> bool:
        """Whether the rows were given names."""
        return self._table.names is not None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self._table)

    @property
    def students(self) -> int:
        """The number of groups: the sum of the multiplicities of the rows."""
        return self._table.students

    @property
    @abstractmethod
    def trials(self) -> Trials | Exposures:
        """The argument of every form, in JAX's default float dtype (float64 under x64)."""

    @property
    def observed(self) -> dict[str, dict[str, jax.Array]]:
        """The observation map that conditions every form: address "students", then "k"."""
        return {"students": {"k": self._in_jax.counts(by_row=False)}}

    @property
    @abstractmethod
    def trials_of_rows(self) -> Trials | Exposures:
        """As `trials`, with one entry for each row, and its multiplicity beside it."""

    @property
    def k_of_rows(self) -> jax.Array:
        """The counts as JAX floats, with one entry for each row."""
        return self._in_jax.counts(by_row=True)

    def computed_once[T](self, name: str, make: Callable[[], T]) -> T:
        """What is computed from these counts, once for each float dtype, and kept with them.

        Args:
            name: of what is computed.
            make: function that computes it.

        Returns:
            What `make` returned the first time that this name was asked for under JAX's present default float dtype.
        """
        return self._in_jax.computed_once(name, make)

    @property
    def is_written_out(self) -> bool:
        """Whether a row that stands for several students is repeated once for each of them."""
        return self._in_jax.is_written_out

    @abstractmethod
    def _shown(self, at: int) -> str:
        """The counts of one row in a few characters."""

    @abstractmethod
    def _columns_shown(self) -> list[tuple[str, np.ndarray]]:
        """The columns of counts and design in a notebook."""

    @abstractmethod
    def _caption(self) -> str:
        """What is counted in total."""

    def __repr__(self) -> str:
        rows = zip(self.names[:6], range(len(self)), self.multiplicity, strict=False)
        texts = (f"{name} {self._shown(at)}" + (f" x{times}" if times != 1 else "") for name, at, times in rows)
        known = f"; {', '.join(self.covariates)}" if self.has_covariates else ""
        more = ", ..." if len(self) > 6 else ""
        return f"{type(self).__name__}({self.students} {self._kind.group}s: {', '.join(texts)}{more}{known})"

    def _repr_html_(self) -> str:
        columns = [("name", self.names), *self._columns_shown()]
        columns += [(name, self._table.read(name)) for name in self.covariates]
        text = [0, *(i for i, (name, _) in enumerate(columns) if name in self.levels)]
        if (self.multiplicity != 1).any():
            columns.append(("multiplicity", self.multiplicity))
        return rows_html(f"{self.students} {self._kind.group}s, {self._caption()}", columns, len(self), text)
