"""The options of `overhypotheses`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class Overhypotheses(SamplingOptions):
    """Bags of marbles (Kemp, Perfors & Tenenbaum 2007): after other bags, what does one marble say of a new one?

    If --quick, there are only bags of two colours, not of three and five.
    """

    experiment: ClassVar[str] = "overhypotheses"
