"""The options of `own-counts`."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import ClassVar, Literal, get_args

from experiments.options import DATA, HyperpriorName, SamplingOptions, hyperprior_in_file

MethodName = Literal["exact", "importance", "nuts", "smc", "rqmc"]
BOUNDED: tuple[HyperpriorName, ...] = ("mean-concentration", "bda3", "box")  # hyperpriors that have bounds
EVENTS_HYPERPRIOR = "mean-shape"  # of rates of events
DataName = Literal["rats", "batting", "hospitals", "pumps"]
EVENTS_DATA = {"pumps": "exposure"}  # data of events that ship, and their column of exposures


@dataclass(frozen=True, kw_only=True)
class OwnCounts(SamplingOptions):
    """Your own file: every row's shrunk rate, who is best, predictions, checks of the model, and a report to open."""

    experiment: ClassVar[str] = "own-counts"

    n_particles: int = 5_000
    """Particles of importance sampling; at most 500 if --quick."""
    file: Path | None = None
    """CSV or Parquet file with a row per student (group, player, page, ...)."""
    data: DataName | None = None
    """Instead of a file: rats (71 groups, tumours), batting (18 players, hits), hospitals (12, deaths) or pumps (10,
    failures in hours)."""
    k: str = "k"
    """Column of successes."""
    n: str = "n"
    """Column of trials."""
    exposure: str | None = None
    """Column of exposures, if k counts events in so much time, area or the like, instead of successes in n trials."""
    name: str | None = None
    """Column of names; by default "name" if the file has one."""
    multiplicity: str | None = None
    """Column of how many students a row stands for; by default "multiplicity" if the file has one."""
    hyperprior: HyperpriorName | Literal["mean-shape"] | str | None = None
    """half-cauchy (the default): mu uniform, 1/sqrt(lam) ~ half-Cauchy(1), no bounds; mean-concentration: mu uniform,
    lam log-uniform; box: a and b uniform; bda3: p(lam) proportional to lam^-1.5, as for the rats in Bayesian Data
    Analysis; pareto: lam ~ Pareto(1, 1.5); mean-shape, the default for events: mean and shape of the rates log-uniform;
    FILE.py:NAME: your own, the Hyperprior called NAME in a Python file, or a function without arguments that returns
    one."""
    bounds: tuple[float, float] | None = None
    """Bounds of lam (mean-concentration, default 0.1 100; bda3, default 0.01 1e6), of a and b (box, default 0.5 20), or
    of the shape (mean-shape, default 0.1 100); the others have none."""
    mean_bounds: tuple[float, float] | None = None
    """Bounds of the mean rate in events per unit of exposure (mean-shape, default 0.001 1000)."""
    method: MethodName = "exact"
    """exact: the exact answer alone; importance: GenJAX importance sampling with n-particles, whose proposal comes from
    variational inference; nuts; smc; rqmc: randomised quasi-Monte Carlo. All but exact are shown next to the exact
    answer."""
    threshold: tuple[float, ...] = ()
    """Rates c, any number of them: for each row, the probability that its rate is above c."""
    predict: float = 10
    """Number of further trials, or further exposure, to predict, for each row and for a new one without counts."""

    @property
    def path(self) -> Path:
        """The file to read."""
        return DATA / f"{self.data}.csv" if self.file is None else self.file

    @property
    def exposure_column(self) -> str | None:
        """The column of exposures; None for successes in trials."""
        return self.exposure or EVENTS_DATA.get(self.data or "")

    @property
    def hyperprior_asked(self) -> str:
        """What is written for the hyperprior, or the default for this kind of data."""
        return self.hyperprior or ("half-cauchy" if self.exposure_column is None else EVENTS_HYPERPRIOR)

    @property
    def hyperprior_name(self) -> str:
        """The name of the hyperprior in tables; for one in a file, FILE.py:NAME without the folder."""
        asked = self.hyperprior_asked
        return asked if asked == EVENTS_HYPERPRIOR else str(hyperprior_in_file(asked) or asked)

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.file is None) == (self.data is None):
            raise ValueError(f"give --file FILE or --data {'|'.join(get_args(DataName))}, one of them")
        if self.exposure is not None and (self.n != "n" or (self.data is not None and self.data not in EVENTS_DATA)):
            raise ValueError("--exposure is for events, which have no trials: leave out --n, and --data of successes")
        self._check_hyperprior()
        highest, what = (1.0, "strictly between 0 and 1") if self.exposure_column is None else (inf, "above 0")
        for c in self.threshold:
            if not 0 < c < highest:
                raise ValueError(f"--threshold is a rate, {what}, not {c:g}")
        if not 0 < self.predict < inf or (self.exposure_column is None and self.predict != int(self.predict)):
            raise ValueError(
                f"--predict must be a whole number of trials, or an exposure above 0, not {self.predict:g}"
            )

    def _check_hyperprior(self) -> None:
        asked = self.hyperprior_asked
        if asked == EVENTS_HYPERPRIOR:
            if self.exposure_column is None:
                raise ValueError(f"--hyperprior {asked} is for rates of events: give their --exposure COLUMN")
        elif hyperprior_in_file(asked) is None and self.exposure_column is not None:  # raises an error if it is neither
            raise ValueError(
                f"--hyperprior {asked} is for successes in trials; for events: {EVENTS_HYPERPRIOR}, FILE.py:NAME"
            )
        if self.bounds is not None and asked not in (*BOUNDED, EVENTS_HYPERPRIOR):
            raise ValueError(f"--hyperprior {asked} has no --bounds; {', '.join((*BOUNDED, EVENTS_HYPERPRIOR))} have")
        if self.mean_bounds is not None and asked != EVENTS_HYPERPRIOR:
            raise ValueError(f"--hyperprior {asked} has no --mean-bounds; {EVENTS_HYPERPRIOR} has")
        for name, bounds in (("--bounds", self.bounds), ("--mean-bounds", self.mean_bounds)):
            if bounds is not None and not 0 < bounds[0] < bounds[1] < inf:
                raise ValueError(f"{name} must satisfy 0 < low < high, not {bounds[0]} {bounds[1]}")
