"""The options of `wobble`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SharedOptions


@dataclass(frozen=True)
class Wobble(SharedOptions):
    """How far estimates wobble from run to run: their spread falls as 1 / sqrt(N), and one run's error predicts it."""

    experiment: ClassVar[str] = "wobble"

    runs: int = 100
    """Independent runs of each size; there are fewer of the largest, so that they do not take minutes."""
    most_particles: int = 20_000_000
    """Most particles of all runs of one size together; the explicit form gets a quarter of that. 400000000 allows 100
    runs of every size and takes half an hour."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.runs < 2:
            raise ValueError(f"--runs must be at least 2, not {self.runs}")
        if self.most_particles < 4_000_000:
            raise ValueError(f"--most-particles must be at least 4000000, not {self.most_particles}")
