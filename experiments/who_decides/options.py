"""The options of `who-decides`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class WhoDecides(SamplingOptions):
    """Which students decide what a class learns? The exact answers without each of them, and without pairs."""

    experiment: ClassVar[str] = "who-decides"
