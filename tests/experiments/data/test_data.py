"""The data files of `experiments`: their totals are those published, and `own-counts` learns from them by name."""

import json

import polars as pl
import pytest

from experiments.options import DATA
from models import Counts

# Number of groups, successes and trials in total.
TOTALS = {"rats": (71, 267, 1739), "batting": (18, 215, 18 * 45), "hospitals": (12, 208, 2814)}


@pytest.mark.parametrize("name", TOTALS)
def test_the_totals_are_those_published(name):
    counts = Counts.read(DATA / f"{name}.csv")
    assert (len(counts), counts.k.sum(), counts.n.sum()) == TOTALS[name]
    assert len(set(counts.names)) == len(counts)


@pytest.mark.parametrize("name", [*TOTALS, "seeds", "pumps", "shops"])
def test_the_header_names_the_source(name):
    header = [line for line in (DATA / f"{name}.csv").read_text().splitlines() if line.startswith("#")]
    assert any(year in line for line in header for year in ("(1975)", "(1978)", "(1982)", "(1987)", "(1996)", "(2026)"))


def test_the_rest_of_the_season_is_there():
    later = pl.read_csv(DATA / "batting.csv", comment_prefix="#")
    assert (later["k_later"] <= later["n_later"]).all()
    # Efron & Morris (1975), table 1: Clemente .346, Alvis .200.
    rates = dict(later.select("name", pl.col("k_later") / pl.col("n_later")).iter_rows())
    assert round(rates["Clemente"], 3) == 0.346
    assert round(rates["Alvis"], 3) == 0.2


@pytest.mark.parametrize(
    "hyperprior",
    [
        pytest.param("bda3", marks=pytest.mark.costly),
        *(pytest.param(name, marks=pytest.mark.long) for name in ("pareto", "mean-concentration")),
    ],
)
def test_own_counts_learns_from_data_that_ship(hyperprior, run, tmp_path):
    words = ["--data", "hospitals", "--hyperprior", hyperprior, "--method", "exact", "--output-dir", tmp_path]
    assert run("own-counts", *words) == 0
    found = json.loads((tmp_path / "own-counts" / "summary.json").read_text())
    assert len(found["tables"]["students"]) == 12
    assert 0.06 < found["methods"]["exact"]["estimates"]["E[mu]"]["value"] < 0.09  # 208 of 2814
    asked = found["tables"]["hyperpriors"][0]
    name = {"mean-concentration": "lam to 100"}.get(hyperprior, hyperprior)
    assert asked["hyperprior"] == f"{name} (asked for)"


@pytest.mark.costly
def test_partial_pooling_predicts_the_rest_of_the_season_better_than_none(run, tmp_path):
    words = ["--data", "batting", "--method", "exact", "--threshold", "0.3", "--output-dir", tmp_path]
    assert run("own-counts", *words) == 0
    tables = json.loads((tmp_path / "own-counts" / "summary.json").read_text())["tables"]
    by_pooling = {row["pooling"]: row for row in tables["held_out"]}
    assert by_pooling["partial"]["log_predictive"] > by_pooling["none"]["log_predictive"] + 10
    assert by_pooling["partial"]["rmse"] < 0.6 * by_pooling["raw"]["rmse"]
    # Whether complete pooling wins depends on how large a lam the hyperprior allows.
    by_hyperprior = {row["hyperprior"]: row["log_predictive"] for row in tables["held_out_by_hyperprior"]}
    assert round(by_pooling["complete"]["log_predictive"], 1) == -72.9
    assert round(by_hyperprior["lam to 100"], 1) == -74.5
    assert round(by_hyperprior["lam to 10,000"], 1) == -71.4
    assert len(tables["thresholds"]) == 18


@pytest.mark.long
@pytest.mark.parametrize("method", ["importance", "nuts", "smc"])
@pytest.mark.parametrize("data", TOTALS)
def test_every_number_of_a_sampled_method_is_within_its_error_of_exact(data, method, run, tmp_path):
    assert run("own-counts", "--data", data, "--method", method, "--threshold", "0.1", "--output-dir", tmp_path) == 0
    table = pl.read_csv(tmp_path / "own-counts" / "agreement.csv")
    assert (table["in_errors"] < table["chance"]).all()
