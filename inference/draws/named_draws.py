"""Draws of the population, number by number, each by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inference.draws.names import elements_of, names_of
from models import Hyperprior
from models.numerics.arithmetic import methods_in_own_arithmetic


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class NamedDraws:
    """Draws of the population, without their weights.

    Args:
        hyperprior: the prior of the population.
        draws: values of each of the hyperprior's own addresses, (N,) or (N, ...) if it draws an array; and, each (N,),
            of a, b, mu = a / (a + b), lam = a + b, or of what the family tells of a population that all students share.
    """

    hyperprior: Hyperprior
    draws: Mapping[str, np.ndarray]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all numbers in this posterior: those of a vector at the address "eta" are "eta[0]", ..."""
        return tuple(self._elements)

    @cached_property
    def _elements(self) -> dict[str, np.ndarray]:
        """The draws of each number, shape (N,), by name."""
        return elements_of(self.draws, leading=1)

    def values(self, name: str) -> np.ndarray:
        """The draws of a number, such as "mu" or "eta[0]", float64, shape (N,)."""
        if name not in self._elements:
            raise KeyError(f"no {name!r} in this posterior; it has {', '.join(self.names)}")
        return np.asarray(self._elements[name], np.float64)

    @property
    def varying(self) -> list[str]:
        """The names whose errors measure the draws: all but those, such as lam, that the hyperprior keeps constant."""
        own = self.hyperprior.addresses
        of_own = {name for address in own for name in names_of(address, np.shape(self.draws[address])[1:])}
        return [name for name in self.names if name in of_own or np.ptp(self.values(name)) > 0]

    @property
    def population_shapes(self) -> tuple[np.ndarray, np.ndarray]:
        """a and b of the draws, float64, each of shape (N, 1), so that they broadcast with arrays over groups.

        Raises:
            TypeError: if the population is not one Beta of all students.
        """
        if not self.hyperprior.has_one_beta:
            each = "each student has a population of its own" if not self.hyperprior.is_shared else "there is none"
            raise TypeError(
                f"this question needs one Beta(a, b) of all students, but {each}: the family is "
                f"{self.hyperprior.family}; ask with a hyperprior that returns (a, b), such as box()"
            )
        return self.values("a")[:, None], self.values("b")[:, None]
