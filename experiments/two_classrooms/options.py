"""The options of `two-classrooms`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class TwoClassrooms(SamplingOptions):
    """The course's second result: moderates and creatures of habit shrink Emi and Farid in opposite directions."""

    experiment: ClassVar[str] = "two-classrooms"

    n_particles: int = 60_000
    """Particles of each importance sampler; at most 500 if --quick."""
