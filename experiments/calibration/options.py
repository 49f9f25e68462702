"""The options of `calibration`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import Options


@dataclass(frozen=True)
class Calibration(Options):
    """Does every program learn the posterior of its own model? If so, true values rank uniformly among its draws."""

    experiment: ClassVar[str] = "calibration"

    data_sets: int = 200
    """Data sets drawn from the model, from which every program learns."""
    quick: bool = False
    """Use tiny sizes and two of the programs. They show that everything runs, and little else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data_sets < 10:
            raise ValueError(f"--data-sets must be at least 10, not {self.data_sets}")
