"""The options of `pooling`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class Pooling(SamplingOptions):
    """No, complete and partial pooling of the same students, and what each says of a new student, Greta."""

    experiment: ClassVar[str] = "pooling"
