"""The options of `widen-the-box`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import SamplingOptions


@dataclass(frozen=True)
class WidenTheBox(SamplingOptions):
    """Is "widen it and the estimate barely moves" true of the rate, a, b, lam, Emi and Farid? The exact answers."""

    experiment: ClassVar[str] = "widen-the-box"
