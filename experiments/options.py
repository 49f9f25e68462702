"""Command-line options of every experiment: plain dataclasses without JAX, so that help and errors appear at once."""

from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Literal

HyperpriorName = Literal["half-cauchy", "mean-concentration", "box", "bda3", "pareto"]
MethodName = Literal["exact", "importance", "nuts", "smc"]
DataName = Literal["rats", "batting", "hospitals"]
DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Options:
    """Options that every experiment has."""

    seed: int = 0
    """Seed of all random draws; the same seed gives the same summary.json, byte for byte."""
    output_dir: Path = Path("results")
    """Folder of the results; each experiment writes to a folder with its own name inside it."""
    quick: bool = False
    """Use tiny sizes. They show that everything runs, and little else."""
    coordinator: str | None = None
    """For a run in several processes: host:port at which process 0 listens, the same for all processes."""
    processes: int = 1
    """Number of processes."""
    process: int = 0
    """Number of this process, from 0; process 0 prints and writes the results."""

    def __post_init__(self) -> None:
        if (self.processes > 1) != (self.coordinator is not None) or not 0 <= self.process < self.processes:
            raise ValueError("--coordinator, --processes and --process go together, with 0 <= process < processes")
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed must lie in 0 .. 2^32 - 1, not {self.seed}")
        if self.output_dir.exists() and not self.output_dir.is_dir():
            raise ValueError(f"--output-dir {self.output_dir} is a file, not a folder")

    def at_most(self, number: int, quick: int) -> int:
        """`number`; for a quick run the smaller of `number` and `quick`."""
        return min(number, quick) if self.quick else number


@dataclass(frozen=True)
class SamplingOptions(Options):
    """Options of the experiments that draw particles."""

    n_particles: int = 20_000
    """Particles of each importance sampler; at most 500 if --quick."""

    @property
    def particles(self) -> int:
        """Particles of each importance sampler."""
        return self.at_most(self.n_particles, 500)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_particles < 2:
            raise ValueError(f"--n-particles must be at least 2, not {self.n_particles}")


@dataclass(frozen=True)
class LearningThePrior(SamplingOptions):
    """The course's first result: learn Beta(a, b) from six students, three ways, next to the exact answer."""


@dataclass(frozen=True)
class TwoClassrooms(SamplingOptions):
    """The course's second result: moderates and creatures of habit shrink Emi and Farid in opposite directions."""

    n_particles: int = 60_000
    """Particles of each importance sampler; at most 500 if --quick."""


@dataclass(frozen=True)
class CompareForms(SamplingOptions):
    """The heart of the suite: the same weights from every form, and what each form costs as students are added."""

    n_particles: int = 3_000
    """Particles of each importance sampler; at most 500 if --quick."""
    most_students: int = 50
    """Students are added one by one up to this many; at most 6 if --quick."""
    theta_draws: int = 4_000
    """Draws of theta per particle; the average of the explicit weight over them tends to the likelihood; at most 500 if
    --quick."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most_students < 2 or self.theta_draws < 2:
            raise ValueError("--most-students and --theta-draws must be at least 2")


@dataclass(frozen=True)
class WidenTheBox(SamplingOptions):
    """Is "widen it and the estimate barely moves" true of the rate, a, b, lam, Emi and Farid? The exact answers."""


@dataclass(frozen=True)
class BlindToUShapes(SamplingOptions):
    """What a hyperprior without U-shapes cannot see in the creatures of habit, and what that costs in prediction."""


@dataclass(frozen=True)
class Wobble(Options):
    """How far estimates wobble from run to run: their spread falls as 1 / sqrt(N), and one run's error predicts it."""

    runs: int = 100
    """Independent runs of each size; there are fewer of the largest, so that they do not take minutes."""
    most_particles: int = 20_000_000
    """Most particles of all runs of one size together; the explicit form gets a quarter of that. 400000000 allows 100
    runs of every size and takes half an hour."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.runs < 2:
            raise ValueError(f"--runs must be at least 2, not {self.runs}")
        if self.most_particles < 4_000_000:
            raise ValueError(f"--most-particles must be at least 4000000, not {self.most_particles}")


@dataclass(frozen=True)
class Pooling(SamplingOptions):
    """No, complete and partial pooling of the same students, and what each says of a new student, Greta."""


@dataclass(frozen=True)
class Sharper(Options):
    """Importance, VI, SMC, NUTS, HMC, MALA and MH against the exact answer: error, ESS per second, diagnostics."""

    quick: bool = False
    """Only classroom A, and short runs of what compiles fast. They show that everything runs, and little else."""


@dataclass(frozen=True)
class PmfAccuracy(Options):
    """How many digits of the beta-binomial log pmf and its gradient are right, in this suite and in other libraries."""

    n_points: int = 2_000
    """Random points of each float type; their exact values are known to 50 digits."""
    evaluations: int = 100_000
    """Points evaluated in one timed call; the random points are repeated to make up this number."""

    @property
    def points(self) -> int:
        """Random points of each float type."""
        return self.at_most(self.n_points, 60)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n_points < 6 or self.evaluations < self.n_points:
            raise ValueError(
                f"--n-points must be at least 6 and --evaluations no fewer, not {self.n_points} and {self.evaluations}"
            )


@dataclass(frozen=True)
class Calibration(Options):
    """Does every program learn the posterior of its own model? If so, true values rank uniformly among its draws."""

    data_sets: int = 200
    """Data sets drawn from the model, from which every program learns."""
    quick: bool = False
    """Use tiny sizes and two of the programs. They show that everything runs, and little else."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.data_sets < 10:
            raise ValueError(f"--data-sets must be at least 10, not {self.data_sets}")


@dataclass(frozen=True)
class Performance(Options):
    """Seconds and memory, next to hand-written JAX, TFP, NumPyro and PyMC with nutpie; takes about ten minutes."""

    repeats: int = 9
    """Timed rounds; every method has one turn in each round, and the median counts."""
    write_docs: bool = False
    """Rewrite the tables of README.md and docs/performance.md, and its figure, from this run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.repeats < 1:
            raise ValueError(f"--repeats must be at least 1, not {self.repeats}")
        if self.quick and self.write_docs:
            raise ValueError("--write-docs would document tiny sizes: leave out --quick")


@dataclass(frozen=True)
class TrustIt(Options):
    """Is a wrong answer ever trusted, or a right one not? Every method on hard data sets under five hyperpriors."""

    pairs: int = 10
    """Pairs of data set and hyperprior that every method learns from, in both float types; 1 if --quick."""
    only: int | None = None
    """Run only the pair with this number, such as a worst case; its counts are written to a file."""
    hyperprior: HyperpriorName | None = None
    """Use this hyperprior instead of each pair's own."""
    method: str | None = None
    """Run only this method; its name is that in the table, such as "NUTS"."""
    write_docs: bool = False
    """Rewrite the table and the figure of docs/trust.md from this run."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.pairs < 1:
            raise ValueError(f"--pairs must be at least 1, not {self.pairs}")
        if self.only is not None and self.only < 0:
            raise ValueError(f"--only is the number of a pair, from 0, not {self.only}")
        if self.write_docs and (self.quick or self.only is not None or self.method or self.hyperprior):
            raise ValueError("--write-docs documents all methods: leave out --quick, --only, --method and --hyperprior")

    @property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the requested pairs."""
        return tuple(range(self.at_most(self.pairs, 1))) if self.only is None else (self.only,)


@dataclass(frozen=True, kw_only=True)
class OwnCounts(SamplingOptions):
    """Your own file: every row's shrunk rate, who is best, predictions, checks of the model, and a report to open."""

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
    hyperprior: HyperpriorName = "half-cauchy"
    """half-cauchy: mu uniform, 1/sqrt(lam) ~ half-Cauchy(1), no bounds; mean-concentration: mu uniform, lam
    log-uniform; box: a and b uniform; bda3: p(lam) proportional to lam^-1.5, as for the rats in Bayesian Data Analysis;
    pareto: lam ~ Pareto(1, 1.5)."""
    bounds: tuple[float, float] | None = None
    """Bounds of lam (mean-concentration, default 0.1 100; bda3, default 0.01 1e6) or of a and b (box, default
    0.5 20); the others have none."""
    method: MethodName = "exact"
    """exact: the exact answer alone; importance: GenJAX importance sampling with n-particles, whose proposal comes from
    variational inference; nuts; smc. The last three are shown next to the exact answer."""
    threshold: tuple[float, ...] = ()
    """Rates c, any number of them: for each row, the probability that its rate is above c."""
    predict: int = 10
    """Number of further trials to predict, for each row and for a new one without counts."""

    @property
    def path(self) -> Path:
        """The file to read."""
        return DATA / f"{self.data}.csv" if self.file is None else self.file

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.file is None) == (self.data is None):
            raise ValueError("give --file FILE or --data rats|batting|hospitals, one of them")
        if self.bounds is not None and self.hyperprior in ("half-cauchy", "pareto"):
            raise ValueError(f"--hyperprior {self.hyperprior} has no --bounds; mean-concentration, box and bda3 have")
        if self.bounds is not None and not 0 < self.bounds[0] < self.bounds[1] < inf:
            raise ValueError(f"--bounds must satisfy 0 < low < high, not {self.bounds[0]} {self.bounds[1]}")
        for c in self.threshold:
            if not 0 < c < 1:
                raise ValueError(f"--threshold is a rate, strictly between 0 and 1, not {c}")
        if self.predict < 1:
            raise ValueError(f"--predict must be at least 1, not {self.predict}")


EXPERIMENTS: dict[str, type[Options]] = {
    "learning-the-prior": LearningThePrior,
    "two-classrooms": TwoClassrooms,
    "compare-forms": CompareForms,
    "sharper": Sharper,
    "widen-the-box": WidenTheBox,
    "blind-to-u-shapes": BlindToUShapes,
    "wobble": Wobble,
    "pooling": Pooling,
    "pmf-accuracy": PmfAccuracy,
    "calibration": Calibration,
    "performance": Performance,
    "trust-it": TrustIt,
    "own-counts": OwnCounts,
}


def name_of(options: Options) -> str:
    """The name an experiment has on the command line."""
    return next(name for name, kind in EXPERIMENTS.items() if type(options) is kind)
