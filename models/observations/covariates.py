"""What else is known of each group, by name: the pytree that programs read it from."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

import jax


@jax.tree_util.register_pytree_with_keys_class
class Covariates(Mapping[str, Any]):
    """Arrays by name, one value a group, in the order of their names. It does not change.

    A program of the trials reads `trials.covariates["treated"]`, shape (students,). To JAX it is a pytree of arrays.

    Args:
        values: the array of each covariate, by its name.
    """

    def __init__(self, values: Mapping[str, Any] | None = None):
        self._values = dict(sorted((values or {}).items()))

    def __getitem__(self, name: str) -> Any:
        """The array of a covariate; a KeyError lists those that there are."""
        if name not in self._values:
            there_are = ", ".join(map(repr, self._values)) or "none: give the data `covariates={...}`"
            raise KeyError(f"there is no covariate {name!r}; there are {there_are}")
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Covariates({self._values!r})"

    def tree_flatten_with_keys(self) -> tuple[tuple[tuple[Any, Any], ...], tuple[str, ...]]:
        """The arrays, and their names as what JAX compiles a program for."""
        return tuple((jax.tree_util.DictKey(name), value) for name, value in self._values.items()), tuple(self)

    @classmethod
    def tree_unflatten(cls, names: tuple[str, ...], values: tuple[Any, ...]) -> Self:
        """The mapping of these names to these values."""
        return cls(dict(zip(names, values, strict=True)))
