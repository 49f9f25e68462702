"""The short page of --help fits on a screen and has real options with their defaults; --help-all has every option."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from experiments.catalogue import EXPERIMENTS
from experiments.options import common_help

ROOT = Path(__file__).parents[2]
WITH_COMMON = [name for name, options in EXPERIMENTS.items() if options.common]
LINES, COLUMNS = 24, 80  # of a terminal


def page(run, capfd, *words: str) -> str:
    with pytest.raises(SystemExit) as exit_:
        run(*words)
    assert exit_.value.code == 0
    return capfd.readouterr().out


def options_in(text: str) -> set[str]:
    return set(re.findall(r"--[a-z0-9-]+", text))


def test_own_counts_has_a_short_page_and_no_other_experiment_has():
    assert WITH_COMMON == ["own-counts"]
    assert {"--file", "--data", "--k", "--n", "--name", "--hyperprior", "--threshold", "--predict", "--interval"} <= (
        options_in(common_help(EXPERIMENTS["own-counts"]))
    )


@pytest.mark.parametrize("name", WITH_COMMON)
def test_the_short_page_fits_on_a_screen(name, run, capfd):
    lines = page(run, capfd, name, "--help").splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= COLUMNS
    assert page(run, capfd, name, "-h").splitlines() == lines
    # Wherever help is asked for, as with the long page.
    assert page(run, capfd, name, "--seed", "1", "--help").splitlines() == lines


@pytest.mark.parametrize("name", WITH_COMMON)
def test_every_option_is_on_the_long_page_and_the_short_one_has_no_others(name, run, capfd):
    every = {f"--{field.name.replace('_', '-')}" for field in fields(EXPERIMENTS[name])}
    long, short = (page(run, capfd, name, word) for word in ("--help-all", "--help"))
    assert every <= options_in(long)
    assert options_in(short) <= every | {"--help-all"}
    for field in fields(EXPERIMENTS[name]):  # the defaults that are shown are those of the options
        shown = re.search(rf"--{field.name.replace('_', '-')} .*\(default: (.*)\)", short)
        assert shown is None or shown[1] == str(field.default)


def test_other_experiments_have_no_second_page(run, capfd):
    with pytest.raises(SystemExit) as exit_:
        run("wobble", "--help-all")
    assert exit_.value.code == 2
    assert "--help-all" in capfd.readouterr().err


def test_the_short_page_imports_no_jax_and_ends_well_in_a_pipe_that_closes():
    code = (
        "import sys; from experiments.__main__ import main\n"
        "try: main(['own-counts', '--help'])\n"
        "except SystemExit as done: assert done.code == 0\n"
        "assert not {'jax', 'genjax', 'numpy'} & set(sys.modules)"
    )
    piped = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    )
    assert piped.stdout is not None
    piped.stdout.close()  # as head does after its last line
    _, errors = piped.communicate()
    assert (piped.returncode, errors) == (0, b"")
