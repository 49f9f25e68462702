"""The options of `sharper`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SharedOptions


@dataclass(frozen=True)
class Sharper(SharedOptions):
    """Importance, VI, SMC, NUTS, HMC, MALA and MH against the exact answer: error, ESS per second, diagnostics."""

    experiment: ClassVar[str] = "sharper"

    quick: bool = False
    """Only classroom A, and short runs of what compiles fast. They show that everything runs, and little else."""
