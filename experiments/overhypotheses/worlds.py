"""The bags seen: those of one colour each, and those that are all mixed alike."""

from typing import NamedTuple

import numpy as np

from experiments.overhypotheses.programs import several_colours, two_colours
from models import Categories, Counts, Hyperprior, Observations

NONE, OWN, ALIKE = "none seen", "one colour each", "mixed alike"
TWO, THREE, FIVE = "black, white", "three dishes", "five colours"


class Setting(NamedTuple):
    """What is counted, what is believed of it, and the bags of each world, as counts of shape (bags, colours)."""

    hyperprior: Hyperprior
    colours: tuple[str, ...]
    at: int  # the colour of the one marble of the new bag
    seen: dict[str, np.ndarray]  # by world

    def data(self, world: str, marbles: int) -> Observations:
        """The bags of a world, and the new bag last.

        Args:
            world: NONE, OWN or ALIKE. If no bags are seen, they are there without a marble, so that programs are
                reused.
            marbles: how many marbles of the new bag are seen, all of the colour `at`.

        Returns:
            Counts of the first colour if there are two, counts of every colour otherwise.
        """
        new = marbles * np.eye(len(self.colours), dtype=int)[[self.at]]
        return observations(np.concatenate([self.seen[world], new]), self.colours)


def observations(k: np.ndarray, colours: tuple[str, ...]) -> Observations:
    """Counts of shape (bags, colours) as data: of two colours the first is a success."""
    return Counts(k[:, 0], k.sum(axis=1)) if len(colours) == 2 else Categories(k, categories=colours)


def own_colours(colours: int, bags: int, marbles: int) -> np.ndarray:
    """Bags of one colour each, the colours in turns; shape (bags, colours)."""
    return marbles * np.eye(colours, dtype=int)[np.arange(bags) % colours]


def mixed_alike(colours: int, bags: int, marbles: int) -> np.ndarray:
    """Bags with the same number of marbles of each colour; shape (bags, colours)."""
    if marbles % colours:
        raise ValueError(f"{marbles} marbles cannot be split evenly into {colours} colours")
    return np.full((bags, colours), marbles // colours)


def _with_none(own: np.ndarray, alike: np.ndarray) -> dict[str, np.ndarray]:
    return {NONE: np.zeros_like(own), OWN: own, ALIKE: alike}


def _of_size(hyperprior: Hyperprior, colours: tuple[str, ...], bags: int, marbles: int) -> Setting:
    kinds = len(colours)
    seen = _with_none(own_colours(kinds, bags, marbles), mixed_alike(kinds, bags, marbles))
    return Setting(hyperprior, colours, 0, seen)


def settings() -> dict[str, Setting]:
    """20 bags of 20 marbles in two colours; 12 students with 12 bentos of three dishes; a textbook's five colours.

    In the first two, both worlds have as many marbles of each colour: only how they lie in the bags differs.

    References:
        Goodman, Tenenbaum and contributors (2016), Probabilistic Models of Cognition, chapter "Hierarchical models",
        probmods.org, section "Learning Overhypotheses": the bags of five colours. An orange marble comes out of the
        last bag; no other bag had one. The book gives lam a Gamma(2, 2), here it has the paper's Exponential(1).
    """
    return {
        TWO: _of_size(two_colours(), ("black", "white"), bags=20, marbles=20),
        THREE: _of_size(several_colours(3), ("tonkatsu", "hamburger", "sushi"), bags=12, marbles=12),
        FIVE: Setting(
            several_colours(5),
            ("black", "blue", "green", "orange", "red"),
            3,
            _with_none(
                np.array([[0, 6, 0, 0, 0], [0, 0, 6, 0, 0], [0, 0, 0, 0, 6]]),
                np.array([[1, 2, 1, 0, 2], [2, 1, 2, 0, 1], [1, 2, 2, 0, 1]]),
            ),
        ),
    }
