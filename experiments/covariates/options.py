"""The options of `covariates`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class Covariates(SamplingOptions):
    """Seeds on 21 plates: partial pooling towards what a plate's covariates predict, and what ignoring them does."""

    experiment: ClassVar[str] = "covariates"

    n_particles: int = 60_000
    """Particles of each importance sampler; at most 500 if --quick."""
