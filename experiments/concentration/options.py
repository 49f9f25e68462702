"""The options of `concentration`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import Options


@dataclass(frozen=True)
class Concentration(Options):
    """One mean, two worlds: Beta(0.1, 0.1) and Beta(10, 10), their dials, and the forward program's link."""

    experiment: ClassVar[str] = "concentration"

    n_students: int = 5_000
    """Students simulated from each population; at most 600 if --quick."""

    @property
    def students(self) -> int:
        """Students simulated from each population."""
        return self.at_most(self.n_students, 600)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_students < 60:
            raise ValueError(f"--n-students must be at least 60, ten of each number of bentos, not {self.n_students}")
