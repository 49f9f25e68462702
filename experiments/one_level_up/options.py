"""The options of `one-level-up`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class OneLevelUp(SamplingOptions):
    """Classrooms in a school: their populations have a population, learned in the same way, one level up."""

    experiment: ClassVar[str] = "one-level-up"

    n_particles: int = 60_000
    """Particles of each importance sampler; at most 500 if --quick."""
    n_schools: int = 200
    """Schools that are drawn from the prior for the learning curves; at most 10 if --quick."""

    @property
    def schools(self) -> int:
        """Schools of the learning curves."""
        return self.at_most(self.n_schools, 10)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_schools < 2:
            raise ValueError(f"--n-schools must be at least 2, not {self.n_schools}")
