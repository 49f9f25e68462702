"""The options of `trust-it`."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from experiments.options import HyperpriorInFile, HyperpriorName, Options, hyperprior_in_file

FamilyName = Literal["beta-binomials", "gamma-poissons", "dirichlet-multinomials", "mixture", "regression", "school"]
BETA: FamilyName = "beta-binomials"  # one Beta, under five hyperpriors
FloatType = Literal["float32", "x64"]


@dataclass(frozen=True)
class TrustIt(Options):
    """Is a wrong answer ever trusted, or a right one not? Every method on hard data sets of one family."""

    experiment: ClassVar[str] = "trust-it"

    family: FamilyName = BETA
    """The family or kind of population: one Beta, under five hyperpriors; or another, under a hyperprior of its own."""
    pairs: int = 10
    """Pairs of data set and hyperprior that every method learns from, in both float types; 1 if --quick."""
    only: int | None = None
    """Run only the pair with this number, such as a worst case; its counts are written to a file."""
    hyperprior: HyperpriorName | str | None = None
    """Use this hyperprior instead of each pair's own; FILE.py:NAME is the Hyperprior called NAME in a Python file."""
    method: str | None = None
    """Run only this method; its name is that in the table, such as "NUTS"."""
    float_type: FloatType | None = None
    """Run only in this float type."""
    write_docs: bool = False
    """Rewrite the family's table in docs/trust.md from this run, and the figure, which is that of one Beta."""
    side_by_side: int = 2
    """Processes that run at a time; each has one float type, and compiling keeps one core busy."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs < 1:
            raise ValueError(f"--pairs must be at least 1, not {self.pairs}")
        if self.only is not None and self.only < 0:
            raise ValueError(f"--only is the number of a pair, from 0, not {self.only}")
        if self.side_by_side < 1:
            raise ValueError(f"--side-by-side must be at least 1, not {self.side_by_side}")
        if self.hyperprior is not None and self.family != BETA:
            raise ValueError(f"--hyperprior is for --family {BETA}: {self.family} has one of its own")
        _ = self.hyperprior_file  # raises an error if --hyperprior is neither a name nor in a file
        is_part = self.quick or self.only is not None or self.method or self.hyperprior
        if self.write_docs and (is_part or (self.float_type and self.family == BETA)):
            raise ValueError(
                "--write-docs documents all methods: leave out --quick, --only, --method, --hyperprior and --float-type"
            )

    @property
    def folder(self) -> Path:
        """Folder of the results; each family but one Beta has a folder of its own inside it."""
        whole = self.output_dir / self.experiment
        return whole if self.family == BETA else whole / self.family

    @property
    def hyperprior_file(self) -> HyperpriorInFile | None:
        """The file of the hyperprior, if it is in one, by its absolute path: runs are made in another folder."""
        place = None if self.hyperprior is None else hyperprior_in_file(self.hyperprior)
        return None if place is None else HyperpriorInFile(place.path.resolve(), place.name)

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the requested pairs."""
        return tuple(range(self.at_most(self.pairs, 1))) if self.only is None else (self.only,)
