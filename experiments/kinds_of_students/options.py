"""The options of `kinds-of-students`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class KindsOfStudents(SamplingOptions):
    """One population or two? The classrooms as one, two and three kinds of students, and kinds that swap names."""

    experiment: ClassVar[str] = "kinds-of-students"

    n_draws: int = 1_000
    """Draws of each of the four chains, after half as many of warm-up; at most 200 if --quick."""

    @property
    def draws(self) -> int:
        """Draws of each chain."""
        return self.at_most(self.n_draws, 200)

    @property
    def points(self) -> int:
        """Points of each scramble of `rqmc`."""
        return self.at_most(2**12, 2**10)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_draws < 4:
            raise ValueError(f"--n-draws must be at least 4, not {self.n_draws}")
