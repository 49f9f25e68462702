"""`python -m experiments NAME`: parse the options, then import and run one experiment."""

import gc
import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import tyro

from experiments.catalogue import EXPERIMENTS
from experiments.options import HELP_ALL, PROGRAM, Options, SharedOptions, common_help
from experiments.signals import ended_like_ctrl_c
from experiments.streams import Screen, screens

OBJECTS_BETWEEN_COLLECTIONS = 100_000  # new ones; by default the garbage collector waits for 700 of them


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Whatever becomes of the screen, the work is done and all files are written.

    Args:
        arguments: words after `python -m experiments`; those of the process by default.

    Returns:
        Exit status: 0; 1 for input that cannot be used, or 2 for an option that cannot, with one line on stderr; 1 too
        if stdout could not be written, but for a pipe that was closed; 128 + the signal that ended it, 130 for Ctrl-C.
    """
    with screens() as screen, ended_like_ctrl_c() as signals:
        try:
            return _with_stdout(_main(arguments), screen)
        except SystemExit as end:  # after --help, or a wrong option
            raise SystemExit(_with_stdout(int(end.code or 0), screen)) from None
        except KeyboardInterrupt:
            print("interrupted: each file is complete, or was not written", file=sys.stderr)
            return 128 + (signals or [signal.SIGINT])[0]


def _with_stdout(status: int, screen: Screen | None) -> int:
    """The exit status, once it is known whether all that was printed could be written."""
    sys.stdout.flush()
    if screen is None or not screen.is_full:
        return status
    print(f"error: stdout could not be written: {screen.problem}; the files are not affected", file=sys.stderr)
    return status or 1


def _main(arguments: Sequence[str] | None) -> int:
    _use_one_blas_thread()
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    arguments = _with_common_help(arguments)
    options: Options = tyro.extras.subcommand_cli_from_dict(
        dict(EXPERIMENTS),
        prog=PROGRAM,
        description="Learn a population prior from counts, each approximate answer next to the exact one.",
        args=arguments or ["--help"],
    )
    with _joined_to_other_processes(options) as options:
        return _run(options)


def _with_common_help(arguments: list[str]) -> list[str]:
    """Show the common options if there are some and help is asked for; --help-all then becomes --help."""
    asked = EXPERIMENTS.get(arguments[0]) if arguments else None
    if asked is None or not asked.common:
        return arguments
    if HELP_ALL in arguments:
        return [asked.experiment, "--help"]
    if {"-h", "--help"} & set(arguments):
        print(common_help(asked))
        raise SystemExit(0)
    return arguments


def _run(options: Options) -> int:
    # JAX and GenJAX take seconds to import, so they are imported only now, when the options are known to be valid.
    with _garbage_collection_off():
        from experiments.errors import BAD_INPUT, OptionError
        from experiments.presentation.literal import visible
        from experiments.presentation.results import check_writable

        _keep_compiled_programs()
        experiment = importlib.import_module(f"experiments.{options.experiment.replace('-', '_')}.main")
    try:
        check_writable(options.folder)
        experiment.main(options)
    except (OptionError, *BAD_INPUT) as error:
        print(f"error: {visible(str(error), keep='\n')}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    return 0


@contextmanager
def _garbage_collection_off() -> Iterator[None]:
    """Switch the garbage collector off during imports, and let it ignore their objects afterwards.

    Imports make hundreds of thousands of objects that stay. Searching them takes seconds, now and every later time.
    Tracing a program makes as many objects of which hardly any are garbage, so the collector searches less often too.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])


@contextmanager
def _joined_to_other_processes(options: Options) -> Iterator[Options]:
    """Join the other processes, if any. Processes other than 0 write to a temporary folder and print nothing."""
    if not isinstance(options, SharedOptions) or options.coordinator is None:
        yield options
        return
    import jax

    jax.distributed.initialize(options.coordinator, options.processes, options.process)
    if options.process == 0:
        yield options
        return
    with TemporaryDirectory() as nowhere, open(os.devnull, "w") as silence, redirect_stdout(silence):
        yield replace(options, output_dir=Path(nowhere))


def _use_one_blas_thread() -> None:
    """Make NumPy's BLAS use one thread, so that the same seed gives the same bytes; call this before NumPy is imported.

    The last digits of a sum that is split among threads depend on the number of cores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _keep_compiled_programs() -> None:
    """Cache compiled programs on disk, which saves most of the start-up time of every later run."""
    import jax

    if jax.config.jax_compilation_cache_dir is None:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        jax.config.update("jax_compilation_cache_dir", str(cache / "learning-the-prior" / "jax"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)


if __name__ == "__main__":
    sys.exit(main())
