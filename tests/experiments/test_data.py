"""The data that ship: as published, by their totals, and learned from by name."""

import json

import polars as pl
import pytest

from experiments.options import DATA
from models import Counts

# Groups, successes and trials of all together.
TOTALS = {"rats": (71, 267, 1739), "batting": (18, 215, 18 * 45), "hospitals": (12, 208, 2814)}


@pytest.mark.parametrize("name", TOTALS)
def test_the_totals_are_those_published(name):
    counts = Counts.read(DATA / f"{name}.csv")
    assert (len(counts), counts.k.sum(), counts.n.sum()) == TOTALS[name]
    assert len(set(counts.names)) == len(counts)


@pytest.mark.parametrize("name", TOTALS)
def test_the_header_names_the_source(name):
    header = [line for line in (DATA / f"{name}.csv").read_text().splitlines() if line.startswith("#")]
    assert any(year in line for line in header for year in ("(1975)", "(1982)", "(1996)"))


def test_the_rest_of_the_season_is_there():
    later = pl.read_csv(DATA / "batting.csv", comment_prefix="#")
    assert (later["k_later"] <= later["n_later"]).all()
    # Efron & Morris (1975), table 1: Clemente .346, Alvis .200.
    rates = dict(later.select("name", pl.col("k_later") / pl.col("n_later")).iter_rows())
    assert round(rates["Clemente"], 3) == 0.346
    assert round(rates["Alvis"], 3) == 0.2


@pytest.mark.parametrize("hyperprior", ["bda3", "pareto"])
def test_own_counts_learns_from_data_that_ship(hyperprior, run, tmp_path):
    words = ["--data", "hospitals", "--hyperprior", hyperprior, "--n-particles", 200, "--output-dir", tmp_path]
    assert run("own-counts", *words) == 0
    found = json.loads((tmp_path / "own-counts" / "summary.json").read_text())
    assert len(found["students"]["exact"]) == 12
    assert 0.06 < found["methods"]["exact"]["estimates"]["E[mu]"]["value"] < 0.09  # 208 of 2814
