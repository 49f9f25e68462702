"""A hyperprior from a reader's own file: it is used like a built-in one, or one sentence says why it cannot be."""

import json
import pickle
import re
import sys
from pathlib import Path

import polars as pl
import pytest

from experiments.methods.hyperpriors import hyperprior_named
from experiments.presentation.axes import new_figure
from experiments.presentation.population_panels import plot_plane
from inference import exact
from models import Counts, Hyperprior, half_cauchy, mean_concentration

PAGE = Path(__file__).parents[3] / "docs" / "hyperpriors_of_own_data.md"
# The law of mean_concentration(), whose lam is log-uniform, written in log lam.
IN_LOGS = """
from functools import cache
from math import log

import jax.numpy as jnp
from genjax import gen
from models import Hyperprior, open_uniform

LOW, HIGH = log(0.1), log(100.0)


@gen
def population():
    mu = open_uniform(0.0, 1.0) @ "mu"
    lam = jnp.exp(open_uniform(LOW, HIGH) @ "log_lam")
    return lam * mu, lam * (1 - mu)


own = Hyperprior(population, {"mu": (0.0, 1.0), "log_lam": (LOW, HIGH)})


def made(upper=HIGH):
    return Hyperprior(population, {"mu": (0.0, 1.0), "log_lam": (LOW, upper)})


@cache
def kept():
    return own


def needs(upper):
    return own


def number():
    return 3.0


def fails():
    return 1 / 0


@gen
def three():
    extra = open_uniform(0.0, 1.0) @ "extra"
    a, b = population() @ "inner"
    return a + extra, b


@gen
def flat():
    mu = open_uniform(0.0, 1.0) @ "mu"
    lam = open_uniform(1.0, 2.0) @ "lam"
    extra, more = open_uniform(0.0, 1.0) @ "extra", open_uniform(0.0, 1.0) @ "more"
    return lam * mu, lam * (1 - mu) + 0 * extra * more


@gen
def misspelt():
    mu = open_uniform(0.0, 1.0) @ "mu"
    return mu, open_uniform(1.0, 2.0) @ "lamb" * lam


nested = Hyperprior(three, {"extra": (0.0, 1.0), "mu": (0.0, 1.0)})
wide = Hyperprior(flat, {"mu": (0.0, 1.0), "lam": (1.0, 2.0), "extra": (0.0, 1.0), "more": (0.0, 1.0)})
undefined = Hyperprior(misspelt, {"mu": (0.0, 1.0), "lamb": (1.0, 2.0)})
"""


@pytest.fixture
def in_logs(tmp_path) -> Path:
    (tmp_path / "my_file.py").write_text(IN_LOGS)
    return tmp_path / "my_file.py"


@pytest.mark.costly
def test_the_same_law_in_other_addresses_gives_the_same_answers(in_logs, run, tmp_path):
    (tmp_path / "tiny.csv").write_text("name,k,n\nAlyssa,70,100\nEmi,2,2\nFarid,0,1\n")
    words = ["--file", tmp_path / "tiny.csv", "--hyperprior", f"{in_logs}:own", "--output-dir", tmp_path]
    assert run("own-counts", *words) == 0
    folder = tmp_path / "own-counts"
    found = json.loads((folder / "summary.json").read_text())
    assert found["hyperprior"] == {"name": "my_file.py:own", "addresses": ["mu", "log_lam"]}
    rows = {row["hyperprior"]: row for row in found["tables"]["hyperpriors"]}
    own, built_in = rows["my_file.py:own (asked for)"], rows["lam to 100"]
    for number in ("log_evidence", "elpd_loo", "mu", "median_lam", "population_sd"):
        error = own[f"{number}_error"] + built_in[f"{number}_error"]
        assert own[number] == pytest.approx(built_in[number], rel=1e-12, abs=error)
    # The table of groups is that of the hyperprior asked for, not of the default one.
    groups, each = pl.read_csv(folder / "students.csv"), pl.read_csv(folder / "sensitivity.csv")
    assert groups["mean"].to_list() == pytest.approx(each["lam to 100"].to_list(), abs=each["range_error"].max())
    assert f"{in_logs}:own, addresses mu, log_lam" in (folder / "report.html").read_text()


def test_a_function_without_arguments_is_called_once(in_logs):
    """Programs compiled for a hyperprior are found by its identity, so that it must be the same object every time."""
    made = hyperprior_named(f"{in_logs}:made")
    assert made.support == hyperprior_named(f"{in_logs}:own").support
    assert hyperprior_named(f"{in_logs}:made") is made
    assert hyperprior_named(f"{in_logs}:kept") is hyperprior_named(f"{in_logs}:own")


def test_the_hyperprior_is_one_object_that_can_be_pickled_and_its_folder_is_not_searched(in_logs, monkeypatch):
    searched = list(sys.path)
    own = hyperprior_named(f"{in_logs}:own")
    assert sys.path == searched
    assert "my_file" not in sys.modules
    assert pickle.loads(pickle.dumps(own)) is own
    monkeypatch.chdir(in_logs.parent)
    assert hyperprior_named("my_file.py:own") is own


def test_two_files_of_the_same_name_are_two_modules(in_logs, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "my_file.py").write_text("from models import box\nown = box(1.0, 2.0)\n")
    assert hyperprior_named(f"{tmp_path / 'other' / 'my_file.py'}:own").addresses == ("a", "b")
    assert hyperprior_named(f"{in_logs}:own").addresses == ("mu", "log_lam")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing", "has no 'nothing' at its top level; its Hyperpriors are own, nested, wide, undefined"),
        ("LOW", "my_file.py:LOW: this is an object of type float, not a Hyperprior"),
        ("population", "my_file.py:population: this is a GenJAX program, not a Hyperprior"),
        ("Hyperprior", "my_file.py:Hyperprior: this is the class Hyperprior, not a Hyperprior"),
        ("number", "my_file.py:number(): this is an object of type float, not a Hyperprior"),
        ("needs", "my_file.py:needs: this function needs upper, but is called without any"),
        ("fails", "raises ZeroDivisionError: division by zero"),
        ("undefined", "raises NameError: name 'lam' is not defined"),
        ("nested", "my_file.py:nested: the support declares the addresses extra, mu, but"),
        ("wide", "exact integrates over at most 3 numbers, but this hyperprior draws 4: mu, lam, extra, more"),
    ],
)
def test_what_is_not_a_usable_hyperprior_is_one_line_before_any_counts_are_read(
    name, said, in_logs, run, tmp_path, capfd
):
    assert refusal(f"{in_logs}:{name}", run, tmp_path, capfd).count(said) == 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file"),
        ("x = 1\n", "has no 'own' at its top level; there is no Hyperprior at all"),
        ("x = 1\n\nown = x / 0\n", "line 3, raises ZeroDivisionError: division by zero"),
        ("x = 1\nown = (\n", "line 2, raises SyntaxError: '(' was never closed"),
        ("import sys\nsys.exit('not\\ntoday')\n", "line 2, raises SystemExit: not today"),
        ("import a_neighbour\n", "line 1, raises ModuleNotFoundError: No module named 'a_neighbour'"),
        ("def f():\n    raise ValueError\n\n\nown = f()\n", "line 2, raises ValueError\n"),
    ],
)
def test_a_file_that_cannot_be_run_is_one_line_before_any_counts_are_read(content, said, run, tmp_path, capfd):
    (tmp_path / "a_neighbour.py").write_text("")
    if content is not None:
        (tmp_path / "my_file.py").write_text(content)
    assert said in refusal(f"{tmp_path / 'my_file.py'}:own", run, tmp_path, capfd)


def refusal(hyperprior: str, run, tmp_path: Path, capfd) -> str:
    """What is said of a hyperprior on stderr; there is no file of counts either, but that is not reached."""
    words = ["--file", tmp_path / "none.csv", "--hyperprior", hyperprior, "--output-dir", tmp_path / "out"]
    assert run("own-counts", *words) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: --hyperprior")
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "out").exists()
    return said


def test_the_example_of_the_page_is_a_hyperprior(tmp_path):
    section = PAGE.read_text().split("## Your own hyperprior")[1]
    example = re.search(r"```python\n(.*?)```", section, re.S)
    assert example is not None
    (tmp_path / "my_prior.py").write_text(example[1])
    steady = hyperprior_named(f"{tmp_path / 'my_prior.py'}:steady")
    assert steady.addresses == ("mu", "kappa")
    prior = exact(steady, Counts([0], [0]))  # of a group without trials: the density integrates to 1
    assert prior.log_evidence == pytest.approx(0, abs=prior.log_evidence_error)


def test_built_in_names_are_hyperpriors():
    assert hyperprior_named("mean-concentration") is mean_concentration()
    assert isinstance(hyperprior_named("half-cauchy"), Hyperprior)


def test_an_axis_has_a_symbol_only_if_its_address_is_known_to_be_that_quantity(tmp_path):
    """The built-in half_cauchy() has 1 / sqrt(lam) at "spread"; anyone's own may have another quantity there."""
    (tmp_path / "my_file.py").write_text(IN_LOGS.replace("log_lam", "spread"))
    counts, labels = Counts([70, 2, 0], [100, 2, 1]), []
    for hyperprior in (half_cauchy(), hyperprior_named(f"{tmp_path / 'my_file.py'}:own")):
        posterior = exact(hyperprior, counts)
        _, (ax,) = new_figure(1)
        plot_plane(ax, posterior, posterior, counts)
        labels.append((ax.get_xlabel(), ax.get_ylabel()))
    assert labels == [("population mean μ", "spread 1/√λ"), ("population mean μ", "spread")]
