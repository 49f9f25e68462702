"""Each experiment is a folder, and offers only options that do something."""

from pathlib import Path

import pytest

from experiments.catalogue import EXPERIMENTS
from experiments.options import DATA, SharedOptions

FOLDER = DATA.parent
# `performance` calls importance sampling as often as its own clock says, which differs between processes.
NOT_SHARED = {"concentration", "pmf-accuracy", "calibration", "performance", "trust-it"}


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_has_a_folder_with_its_options_and_its_main_function(name):
    folder = name.replace("-", "_")
    assert EXPERIMENTS[name].__module__ == f"experiments.{folder}.options"
    assert (FOLDER / folder / "main.py").is_file()


def test_every_folder_with_a_main_function_is_in_the_catalogue():
    folders = {path.parent.name.replace("_", "-") for path in FOLDER.glob("*/main.py")}
    assert folders == set(EXPERIMENTS)


def test_results_go_to_a_folder_of_the_experiments_name():
    assert EXPERIMENTS["two-classrooms"](output_dir=Path("there")).folder == Path("there/two-classrooms")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_only_where_importance_sampling_is_shared_are_there_options_of_processes(name, run, capfd):
    assert issubclass(EXPERIMENTS[name], SharedOptions) == (name not in NOT_SHARED)
    with pytest.raises(SystemExit) as exit_:
        run(name, "--help-all" if EXPERIMENTS[name].common else "--help")
    assert exit_.value.code == 0
    page = capfd.readouterr().out
    for option in ("--coordinator", "--processes", "--process "):
        assert (option in page) == (name not in NOT_SHARED)


@pytest.mark.parametrize(
    "words",
    [["--processes", 2], ["--coordinator", "here:1"], ["--coordinator", "here:1", "--processes", 2, "--process", 2]],
)
def test_options_of_processes_go_together(words, run, capfd):
    with pytest.raises(SystemExit) as exit_:
        run("learning-the-prior", *words)
    assert exit_.value.code == 2
    assert "--coordinator, --processes and --process go" in capfd.readouterr().err
