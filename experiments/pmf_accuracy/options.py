"""The options of `pmf-accuracy`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import Options


@dataclass(frozen=True)
class PmfAccuracy(Options):
    """How many digits of the beta-binomial log pmf and its gradient are right, in this suite and in other libraries."""

    experiment: ClassVar[str] = "pmf-accuracy"

    n_points: int = 2_000
    """Random points of each float type; their exact values are known to 50 digits."""
    evaluations: int = 100_000
    """Points evaluated in one timed call; the random points are repeated to make up this number."""

    @property
    def points(self) -> int:
        """Random points of each float type."""
        return self.at_most(self.n_points, 60)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_points < 6 or self.evaluations < self.n_points:
            raise ValueError(
                f"--n-points must be at least 6 and --evaluations no fewer, not {self.n_points} and {self.evaluations}"
            )
