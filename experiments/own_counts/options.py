"""The options of `own-counts`."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import ClassVar, Literal

from experiments.options import DATA, HyperpriorName, SamplingOptions, hyperprior_in_file

MethodName = Literal["exact", "importance", "nuts", "smc", "rqmc"]
BOUNDED: tuple[HyperpriorName, ...] = ("mean-concentration", "bda3", "box")  # hyperpriors that have bounds
DataName = Literal["rats", "batting", "hospitals"]


@dataclass(frozen=True, kw_only=True)
class OwnCounts(SamplingOptions):
    """Your own file: every row's shrunk rate, who is best, predictions, checks of the model, and a report to open."""

    experiment: ClassVar[str] = "own-counts"

    n_particles: int = 5_000
    """Particles of importance sampling; at most 500 if --quick."""
    file: Path | None = None
    """CSV or Parquet file with a row per student (group, player, page, ...)."""
    data: DataName | None = None
    """Instead of a file: rats (71 groups, tumours), batting (18 players, hits) or hospitals (12, deaths)."""
    k: str = "k"
    """Column of successes."""
    n: str = "n"
    """Column of trials."""
    name: str | None = None
    """Column of names; by default "name" if the file has one."""
    multiplicity: str | None = None
    """Column of how many students a row stands for; by default "multiplicity" if the file has one."""
    hyperprior: HyperpriorName | str = "half-cauchy"
    """half-cauchy: mu uniform, 1/sqrt(lam) ~ half-Cauchy(1), no bounds; mean-concentration: mu uniform, lam
    log-uniform; box: a and b uniform; bda3: p(lam) proportional to lam^-1.5, as for the rats in Bayesian Data Analysis;
    pareto: lam ~ Pareto(1, 1.5); FILE.py:NAME: your own, the Hyperprior called NAME in a Python file, or a function
    without arguments that returns one."""
    bounds: tuple[float, float] | None = None
    """Bounds of lam (mean-concentration, default 0.1 100; bda3, default 0.01 1e6) or of a and b (box, default
    0.5 20); the others have none."""
    method: MethodName = "exact"
    """exact: the exact answer alone; importance: GenJAX importance sampling with n-particles, whose proposal comes from
    variational inference; nuts; smc; rqmc: randomised quasi-Monte Carlo. All but exact are shown next to the exact
    answer."""
    threshold: tuple[float, ...] = ()
    """Rates c, any number of them: for each row, the probability that its rate is above c."""
    predict: int = 10
    """Number of further trials to predict, for each row and for a new one without counts."""

    @property
    def path(self) -> Path:
        """The file to read."""
        return DATA / f"{self.data}.csv" if self.file is None else self.file

    @property
    def hyperprior_name(self) -> str:
        """The name of the hyperprior in tables; for one in a file, FILE.py:NAME without the folder."""
        return str(hyperprior_in_file(self.hyperprior) or self.hyperprior)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.file is None) == (self.data is None):
            raise ValueError("give --file FILE or --data rats|batting|hospitals, one of them")
        hyperprior_in_file(self.hyperprior)  # raises an error if it is neither a name nor in a file
        if self.bounds is not None and self.hyperprior not in BOUNDED:
            raise ValueError(f"--hyperprior {self.hyperprior} has no --bounds; {', '.join(BOUNDED)} have")
        if self.bounds is not None and not 0 < self.bounds[0] < self.bounds[1] < inf:
            raise ValueError(f"--bounds must satisfy 0 < low < high, not {self.bounds[0]} {self.bounds[1]}")
        for c in self.threshold:
            if not 0 < c < 1:
                raise ValueError(f"--threshold is a rate, strictly between 0 and 1, not {c}")
        if self.predict < 1:
            raise ValueError(f"--predict must be at least 1, not {self.predict}")
