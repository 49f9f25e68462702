"""The options of `learning-the-prior`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class LearningThePrior(SamplingOptions):
    """The course's first result: learn Beta(a, b) from six students, three ways, next to the exact answer."""

    experiment: ClassVar[str] = "learning-the-prior"
