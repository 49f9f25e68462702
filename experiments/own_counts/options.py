"""The options of `own-counts`."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from experiments.options import DATA, HyperpriorName, SamplingOptions, hyperprior_in_file

MethodName = Literal["exact", "importance", "nuts", "smc", "rqmc"]
BOUNDED: tuple[HyperpriorName, ...] = ("mean-concentration", "bda3", "box")  # hyperpriors that have bounds
EVENTS_HYPERPRIOR = "mean-shape"  # of rates of events
DecimalSign = Literal[".", ","]
DataName = Literal["rats", "batting", "hospitals", "pumps"]
BestRate = Literal["highest", "lowest"]
EVENTS_DATA = {"pumps": "exposure"}  # data of events that ship, and their column of exposures

COMMON = {
    "file": ("FILE", "a row per group: CSV, Excel, Parquet, JSON; - is stdin"),
    "data": ("NAME", "instead of a file: rats, batting, hospitals or pumps"),
    "k": ("COLUMN", "successes"),
    "n": ("COLUMN", "trials"),
    "failures": ("COLUMN", "failures, instead of trials"),
    "exposure": ("COLUMN", "k counts events in this exposure; there are no trials"),
    "name": ("COLUMN ...", "names of the groups; by default column name, if there"),
    "guess": ("", "guess the columns, such as hits and AB"),
    "hyperprior": ("NAME", "by default half-cauchy; or bda3, pareto, FILE.py:NAME"),
    "method": ("NAME", "importance, nuts, smc or rqmc, too"),
    "by": ("COLUMN", "strata: a population for each, side by side"),
    "best": ("RATE", "or lowest: which rate is the best one"),
    "compare": ("NAME NAME", "difference and ratio of the rates of two groups"),
    "threshold": ("C ...", "rates; how probable is it that each group's is above?"),
    "predict": ("NUMBER", "further trials, or exposure, to predict"),
    "interval": ("P", "probability of every interval, such as .95"),
    "output_dir": ("FOLDER", "where the results go"),
    "quick": ("", "tiny sizes, to see that it runs"),
}  # the options that most runs need, for --help


@dataclass(frozen=True, kw_only=True)
class OwnCounts(SamplingOptions):
    """Your own file: every row's shrunk rate, who is best, predictions, checks of the model, and a report to open."""

    experiment: ClassVar[str] = "own-counts"
    common: ClassVar[Mapping[str, tuple[str, str]]] = COMMON

    n_particles: int = 5_000
    """Particles of importance sampling; at most 500 if --quick."""
    file: Path | None = None
    """File with a row per student (group, player, page, ...): CSV or other text, Parquet or a folder of it, Feather,
    .xlsx or JSON, compressed or not; - for standard input."""
    data: DataName | None = None
    """Instead of a file: rats (71 groups, tumours), batting (18 players, hits), hospitals (12, deaths) or pumps (10,
    failures in hours)."""
    k: str = "k"
    """Column of successes."""
    n: str = "n"
    """Column of trials."""
    failures: str | None = None
    """Column of failures, instead of trials: n = k + failures."""
    trials_long: str | None = None
    """For a file with a row per trial: the column of outcomes, which are 0 or 1, no or yes, false or true."""
    group: tuple[str, ...] = ()
    """With --trials-long: the column that says to whom a trial belongs, or several, which are joined."""
    guess: bool = False
    """Guess the columns by their names (hits and AB, clicks and impressions, ...) where k and n are not there."""
    exposure: str | None = None
    """Column of exposures, if k counts events in so much time, area or the like, instead of successes in n trials."""
    name: tuple[str, ...] = ()
    """Column of names, or several, which are joined; by default "name" if the file has one."""
    by: str | None = None
    """Column of strata, such as treated and control, each of which gets a population of its own; up to 20."""
    multiplicity: str | None = None
    """Column of how many students a row stands for; by default "multiplicity" if the file has one."""
    decimal: DecimalSign | None = None
    """Decimal sign of the numbers in the file; found out unless it could be either."""
    thousands: str | None = None
    """What groups thousands in the file, such as . or , or a space; found out unless it could be either."""
    sheet: str | None = None
    """Sheet of a workbook; by default the first that is not empty."""
    drop_missing: bool = False
    """Leave out rows with a missing value (blank, NA, N/A, -, ...), and say how many; else they are refused."""
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
    """Rates c such as .1 for 10 %, any number of them: for each row, the probability that its rate is above c."""
    best: BestRate = "highest"
    """Which rate is the best one, with rank 1: the highest, or the lowest, such as that of deaths."""
    compare: tuple[str, str] | None = None
    """Two names: difference and ratio of the rates of these groups, with an interval."""
    predict: float = 10
    """Number of further trials, or further exposure, to predict, for each row and for a new one without counts."""
    interval: float = 0.9
    """Probability of every interval: of rates, ranks, predicted counts and replicated statistics."""
    x64: bool = False
    """Sample in float64 too; done by itself where float32 would skip counts. Exact answers are always in float64."""

    @property
    def path(self) -> Path:
        """The file to read."""
        return DATA / f"{self.data}.csv" if self.file is None else self.file

    @property
    def exposure_column(self) -> str | None:
        """The column of exposures; None for successes in trials."""
        return self.exposure or EVENTS_DATA.get(self.data or "")

    @property
    def how_to_read(self) -> dict[str, Any]:
        """How the file is read, by the keywords that all kinds of data have; of a row per trial only some of them."""
        how = {name: getattr(self, name) for name in ("decimal", "thousands", "sheet", "drop_missing")}
        return how if self.trials_long is not None else {"name": self.name, "multiplicity": self.multiplicity} | how

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
        self._check_columns()
        self._check_hyperprior()
        highest, what = (
            (1.0, "strictly between 0 and 1, such as .1 for 10 %") if self.exposure_column is None else (inf, "above 0")
        )
        for c in self.threshold:
            if not 0 < c < highest:
                raise ValueError(f"--threshold is a rate, {what}, not {c:g}")
        if not 0 < self.interval < 1:
            raise ValueError(
                f"--interval is a probability, strictly between 0 and 1, such as .95, not {self.interval:g}"
            )
        if not 0 < self.predict < inf or (self.exposure_column is None and self.predict != int(self.predict)):
            raise ValueError(
                f"--predict must be a whole number of trials, or an exposure above 0, not {self.predict:g}"
            )

    def _check_columns(self) -> None:
        if self.exposure is not None and (self.n != "n" or (self.data is not None and self.data not in EVENTS_DATA)):
            raise ValueError("--exposure is for events, which have no trials: leave out --n, and --data of successes")
        if self.exposure_column is not None and (self.failures or self.trials_long or self.guess):
            raise ValueError("--exposure is for events: leave out --failures, --trials-long and --guess")
        if self.failures is not None and self.n != "n":
            raise ValueError("give --n or --failures, one of them: n = k + failures")
        if (self.trials_long is None) == bool(self.group):
            raise ValueError("--trials-long OUTCOME and --group G go together")
        if self.trials_long is not None and (self.failures or self.name or self.multiplicity or self.guess):
            raise ValueError("--trials-long reads outcomes and groups alone: leave out --failures, --name, ...")
        if self.by is not None and (self.trials_long is not None or self.data is not None):
            raise ValueError("--by names a column of a --file with a row per group: leave out --trials-long and --data")
        if self.thousands is not None and (len(self.thousands) != 1 or self.thousands.isalnum()):
            raise ValueError(f"--thousands is one sign, such as . or , or a space, not {self.thousands!r}")
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(f"--decimal and --thousands cannot both be {self.decimal}")

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
