"""The names of the numbers in a posterior: an address that draws an array has a name for each of its elements."""

from collections.abc import Mapping

import numpy as np


def names_of(address: str, shape: tuple[int, ...]) -> list[str]:
    """The names of the numbers at an address that draws an array of this shape: "eta[0]", "eta[1]", ..."""
    return [f"{address}[{', '.join(map(str, index))}]" if index else address for index in np.ndindex(*shape)]


def elements_of(draws: Mapping[str, np.ndarray], *, leading: int) -> dict[str, np.ndarray]:
    """The draws of each number by its name, as `names_of` gives it.

    Args:
        draws: draws by address.
        leading: number of leading axes, before those of a value.

    Returns:
        Draws by name, with the leading axes only.
    """
    elements: dict[str, np.ndarray] = {}
    for address, values in draws.items():
        shape = np.shape(values)[leading:]
        if shape:
            columns = np.moveaxis(np.reshape(values, (*values.shape[:leading], -1)), -1, 0)
            elements |= dict(zip(names_of(address, shape), columns, strict=True))
        else:
            elements[address] = values
    return elements
