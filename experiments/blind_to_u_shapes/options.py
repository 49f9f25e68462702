"""The options of `blind-to-u-shapes`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class BlindToUShapes(SamplingOptions):
    """What a hyperprior without U-shapes cannot see in the creatures of habit, and what that costs in prediction."""

    experiment: ClassVar[str] = "blind-to-u-shapes"
