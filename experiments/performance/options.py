"""The options of `performance`."""

from dataclasses import dataclass
from typing import ClassVar

from experiments.options import Options


@dataclass(frozen=True)
class Performance(Options):
    """Seconds and memory, next to hand-written JAX, TFP, NumPyro and PyMC with nutpie; takes a quarter of an hour."""

    experiment: ClassVar[str] = "performance"

    repeats: int = 9
    """Timed rounds; every method has one turn in each round, and the median counts."""
    write_docs: bool = False
    """Rewrite the tables of README.md and docs/performance.md, and its figures, from this run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.repeats < 1:
            raise ValueError(f"--repeats must be at least 1, not {self.repeats}")
        if self.quick and self.write_docs:
            raise ValueError("--write-docs would document tiny sizes: leave out --quick")
