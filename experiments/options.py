"""Command-line options that experiments share: plain dataclasses without JAX, so that help appears at once."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from textwrap import wrap
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple, get_args

# Functions of `models`, with hyphens. The pairs of trust-it take them in this order.
HyperpriorName = Literal["box", "bda3", "half-cauchy", "mean-concentration", "pareto"]
DATA = Path(__file__).parent / "data"
PROGRAM = "python -m experiments"
HELP_ALL = "--help-all"
HELP_WIDTH = 80  # columns of a terminal


class HyperpriorInFile(NamedTuple):
    """A hyperprior of a reader's own: a Python file, and the name at its top level."""

    path: Path
    name: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.name}"


def hyperprior_in_file(hyperprior: str) -> HyperpriorInFile | None:
    """The file and the name in it of `--hyperprior FILE.py:NAME`.

    Args:
        hyperprior: what is written on the command line.

    Returns:
        The file and the name, or None for one of HyperpriorName.

    Raises:
        ValueError: if it is neither.
    """
    names = get_args(HyperpriorName)
    if hyperprior in names:
        return None
    file, _, name = hyperprior.rpartition(":")
    if not file.endswith(".py") or not name.isidentifier():
        raise ValueError(
            f"--hyperprior is {', '.join(names)}, or FILE.py:NAME for a Hyperprior of your own, not {hyperprior}"
        )
    return HyperpriorInFile(Path(file), name)


@dataclass(frozen=True)
class Options:
    """Options that every experiment has."""

    experiment: ClassVar[str]  # its name on the command line; that of its folder has underscores
    # What --help shows of an experiment with so many options that they do not fit on a screen: by field, what is
    # written after the option, and a line. --help-all then shows all options. If it is empty, --help does.
    common: ClassVar[Mapping[str, tuple[str, str]]] = MappingProxyType({})

    seed: int = 0
    """Seed of all random draws; the same seed gives the same summary.json, byte for byte."""
    output_dir: Path = Path("results")
    """Folder of the results; each experiment writes to a folder with its own name inside it."""
    quick: bool = False
    """Use tiny sizes. They show that everything runs, and little else."""

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise ValueError(f"--seed must lie in 0 .. 2^32 - 1, not {self.seed}")
        if self.output_dir.exists() and not self.output_dir.is_dir():
            raise ValueError(f"--output-dir {self.output_dir} is a file, not a folder")

    @property
    def folder(self) -> Path:
        """Folder of the results of this experiment."""
        return self.output_dir / self.experiment

    def at_most(self, number: int, quick: int) -> int:
        """`number`; for a quick run the smaller of `number` and `quick`."""
        return min(number, quick) if self.quick else number


@dataclass(frozen=True)
class SharedOptions(Options):
    """Options of the experiments whose importance sampling can be shared among several processes."""

    coordinator: str | None = None
    """For a run in several processes: host:port at which process 0 listens, the same for all processes."""
    processes: int = 1
    """Number of processes."""
    process: int = 0
    """Number of this process, from 0; process 0 prints and writes the results."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.processes > 1) != (self.coordinator is not None) or not 0 <= self.process < self.processes:
            raise ValueError("--coordinator, --processes and --process go together, with 0 <= process < processes")


@dataclass(frozen=True)
class SamplingOptions(SharedOptions):
    """Options of the experiments that take the number of particles of importance sampling."""

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


def common_help(options: type[Options]) -> str:
    """The page of `--help` with the common options of an experiment, each on one line with its default.

    Args:
        options: an experiment's options, with `common`.

    Returns:
        The page, lines of at most 80 columns.
    """
    defaults = {field.name: field.default for field in fields(options)}
    rows = []
    for name, (value, text) in options.common.items():
        default = defaults[name]
        has_default = default is not None and default is not False and default != ()
        rows.append((f"--{name.replace('_', '-')} {value}", f"{text} (default: {default})" if has_default else text))
    rows.append((HELP_ALL, "every option, and more about these"))
    width = max(len(option) for option, _ in rows)
    about = wrap(" ".join((options.__doc__ or "").split()), HELP_WIDTH)
    lines = [f"usage: {PROGRAM} {options.experiment} [OPTIONS]", "", *about, ""]
    return "\n".join([*lines, *(f"  {option:<{width}}  {text}" for option, text in rows)])
