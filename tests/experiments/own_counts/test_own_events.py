"""Events in an exposure through the command line: the numbers are those done by hand, and errors name the column."""

import json

import numpy as np
import polars as pl
import pytest

from experiments.own_counts.options import OwnCounts

# A population that is all but known: shape 2 and mean 1 / 2, so that theta ~ Gamma(2, 4).
SHAPE, MEAN = 2.0, 0.5
KNOWN = ["--bounds", 0.999999 * SHAPE, 1.000001 * SHAPE, "--mean-bounds", 0.999999 * MEAN, 1.000001 * MEAN]


@pytest.fixture
def events(tmp_path):
    """`events(text)`: a CSV file."""

    def write(text: str):
        (tmp_path / "events.csv").write_text(text)
        return tmp_path / "events.csv"

    return write


def words(file, tmp_path, *more):
    return ["own-counts", "--file", file, "--exposure", "hours", "--output-dir", tmp_path, *more]


@pytest.mark.costly
def test_rates_of_a_known_population_are_those_done_by_hand(run, events, tmp_path):
    file = events("name,k,hours,k_later,exposure_later\nfirst,3,1.0,1,1.0\nsecond,0,16.0,1,4.0\nnew,0,0,0,2.0\n")
    assert run(*words(file, tmp_path, *KNOWN, "--threshold", 0.5, "--predict", 2.5)) == 0
    folder = tmp_path / "own-counts"
    groups = {row["name"]: row for row in pl.read_csv(folder / "students.csv").iter_rows(named=True)}
    # Gamma(2 + k, 4 + hours): mean (2 + k) / (4 + hours), sd sqrt(2 + k) / (4 + hours); weight hours / (4 + hours).
    known = 1e-5  # the bounds leave shape and mean open by 1e-6 of themselves
    for name, k, hours in (("first", 3, 1.0), ("second", 0, 16.0), ("new", 0, 0.0)):
        row = groups[name]
        assert row["mean"] == pytest.approx((2 + k) / (4 + hours), rel=known)
        assert row["sd"] == pytest.approx(np.sqrt(2 + k) / (4 + hours), rel=known)
        assert row["own_weight"] == pytest.approx(hours / (4 + hours), rel=known, abs=known)
    assert groups["first"]["raw"] == 3.0
    assert groups["new"]["raw"] is None
    above = dict(pl.read_csv(folder / "thresholds.csv").select("name", "probability").iter_rows())
    # P(Gamma(2, 4) > 0.5): with 2 or 4 successes of a Poisson process, (1 + 2) e^-2.
    assert above["new"] == pytest.approx(3 * np.exp(-2), rel=known)
    following = {row["name"]: row for row in pl.read_csv(folder / "predictions.csv").iter_rows(named=True)}
    assert following["first"]["mean"] == pytest.approx(2.5 * 1.0, rel=known)
    # No event of a new one in 2.5: (4 / 6.5)^2.
    assert following["new"]["none"] == pytest.approx((4 / 6.5) ** 2, rel=known)
    report = (folder / "report.html").read_text()
    assert "exposure / (rate + exposure)" in report
    assert "pseudo-trials" not in report
    assert {path.stem for path in folder.glob("*.png")} == {
        *("own_counts", "forest", "funnel", "ranks", "checks", "leave_one_out", "sensitivity")
    }
    held_out = {row["pooling"]: row for row in pl.read_csv(folder / "held_out.csv").iter_rows(named=True)}
    # log p(1 | 1, Gamma(5, 5)) + log p(1 | 4, Gamma(2, 20)) + log p(0 | 2, Gamma(2, 4)), negative binomials.
    expected = np.log(5 * (5 / 6) ** 5 / 6) + np.log(2 * (20 / 24) ** 2 * 4 / 24) + 2 * np.log(4 / 6)
    assert held_out["partial"]["log_predictive"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.long
@pytest.mark.parametrize("method", ["importance", "nuts", "smc", "rqmc"])
def test_every_number_of_a_sampled_method_of_the_pumps_is_within_its_error_of_exact(method, run, tmp_path):
    assert run("own-counts", "--data", "pumps", "--method", method, "--threshold", 0.5, "--output-dir", tmp_path) == 0
    table = pl.read_csv(tmp_path / "own-counts" / "agreement.csv")
    assert {"groups", "predictions", "thresholds", "ranking"} <= set(table["answer"])
    assert (table["in_errors"] < table["chance"]).all()


OWN = """
from genjax import exponential, gen
from math import inf
from models import Hyperprior, beta_binomials, gamma_poissons, open_uniform

@gen
def population():
    return exponential(1.0) @ "shape", exponential(1.0) @ "rate"

mine = Hyperprior(population, {"shape": (0.0, inf), "rate": (0.0, inf)}, gamma_poissons)
of_trials = Hyperprior(population, {"shape": (0.0, inf), "rate": (0.0, inf)}, beta_binomials)
"""


@pytest.mark.costly
def test_a_hyperprior_of_a_file_must_be_for_the_kind_of_data(run, events, tmp_path, capfd):
    (tmp_path / "own.py").write_text(OWN)
    file = events("k,hours,n\n3,1.0,3\n0,16.0,16\n")
    assert run(*words(file, tmp_path, "--hyperprior", f"{tmp_path / 'own.py'}:of_trials")) == 2
    assert "of_trials: it is of beta_binomials, for Counts; the data are Events" in capfd.readouterr().err
    assert run("own-counts", "--file", file, "--hyperprior", f"{tmp_path / 'own.py'}:mine") == 2
    assert "mine: it is of gamma_poissons, for Events; the data are Counts" in capfd.readouterr().err
    assert run(*words(file, tmp_path, "--hyperprior", f"{tmp_path / 'own.py'}:mine")) == 0
    summary = json.loads((tmp_path / "own-counts" / "summary.json").read_text())
    assert summary["hyperprior"] == {"name": "own.py:mine", "addresses": ["shape", "rate"]}
    assert set(summary["methods"]["exact"]["estimates"]) == {"median of mean", "median of shape", "log Z"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("k,n\n1,2\n", "hours"),
        ("k,hours\n1,2\n1,-3\n", "row 2, column hours: -3 is negative"),
        ("k,hours\n1,\n", "row 1, column hours: missing"),
        ("k,hours\n1,0\n", "1 events in an exposure of 0"),
        ("k,hours\n1.5,2\n", "row 1, column k: 1.5 is not a whole number"),
        ("k,hours,k_later\n1,2,3\n", "column k_later is there without the other of k_later and exposure_later"),
    ],
)
def test_bad_events_are_refused_in_one_line(text, says, run, events, tmp_path, capfd):
    assert run(*words(events(text), tmp_path)) == 1
    error = capfd.readouterr().err
    assert says in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "given",
    [
        {"exposure": "hours", "n": "trials"},
        {"data": "rats", "exposure": "hours"},
        {"exposure": "hours", "hyperprior": "half-cauchy"},
        {"hyperprior": "mean-shape"},
        {"exposure": "hours", "threshold": (0.0,)},
        {"exposure": "hours", "threshold": (np.inf,)},
        {"exposure": "hours", "predict": 0},
        {"exposure": "hours", "mean_bounds": (2.0, 1.0)},
        {"mean_bounds": (1.0, 2.0)},
        {"predict": 2.5},
    ],
    ids=str,
)
def test_options_that_do_not_go_with_the_kind_of_data_are_refused(given, tmp_path):
    source = {} if "data" in given else {"file": tmp_path / "my.csv"}
    with pytest.raises(ValueError, match="--"):
        OwnCounts(**source, **given)


def test_the_pumps_need_no_column_of_exposures_and_have_a_hyperprior_of_their_own():
    options = OwnCounts(data="pumps", threshold=(2.0,), predict=0.5)
    assert (options.exposure_column, options.hyperprior_asked) == ("exposure", "mean-shape")
    trials = OwnCounts(data="rats")
    assert (trials.exposure_column, trials.hyperprior_asked) == (None, "half-cauchy")
