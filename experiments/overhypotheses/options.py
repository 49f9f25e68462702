"""The options of `overhypotheses`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class Overhypotheses(SamplingOptions):
    """Bags of marbles (Kemp, Perfors & Tenenbaum 2007): what does one marble say of a new bag, after other bags?"""

    experiment: ClassVar[str] = "overhypotheses"

    @property
    def most_bags(self) -> int:
        """The longest learning curve."""
        return self.at_most(20, 6)
