"""The options of `rates-of-events`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class RatesOfEvents(SamplingOptions):
    """Failures of ten pumps in the hours that each of them ran: rates of events, shrunk towards each other."""

    experiment: ClassVar[str] = "rates-of-events"

    n_particles: int = 20_000
    """Particles of each importance sampler; at most 500 if --quick."""
