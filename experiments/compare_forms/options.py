"""The options of `compare-forms`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class CompareForms(SamplingOptions):
    """The heart of the suite: the same weights from every form, and what each form costs as students are added."""

    experiment: ClassVar[str] = "compare-forms"

    n_particles: int = 3_000
    """Particles of each importance sampler; at most 500 if --quick."""
    most_students: int = 50
    """Students are added one by one up to this many; at most 6 if --quick."""
    theta_draws: int = 4_000
    """Draws of theta per particle; the average of the explicit weight over them tends to the likelihood; at most 500 if
    --quick."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most_students < 2 or self.theta_draws < 2:
            raise ValueError("--most-students and --theta-draws must be at least 2")
