"""The options of `shops`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class Shops(SamplingOptions):
    """Chapter 19's twelve shops: an improper posterior, its answers against the bound on kappa, and a repair."""

    experiment: ClassVar[str] = "shops"
