"""The learned prior in what `own-counts` prints and writes: on screen, in the report, in its CSV and its summary."""

import json

import polars as pl
import pytest

from experiments.own_counts.parts.part import print_part, section
from experiments.own_counts.parts.prior import prior_part
from inference import exact
from models import Counts, Events, bda3, half_cauchy, mean_shape


@pytest.fixture
def of_equal_rates():
    """Groups for which neither a mean nor empirical Bayes exists."""
    counts = Counts([2, 4], [4, 8], ["one", "two"])
    return exact(half_cauchy(), counts).learned_prior(counts)


def test_the_screen_says_what_does_not_exist_and_has_the_lines_of_the_nearest_choice(of_equal_rates, capsys):
    print_part(prior_part(of_equal_rates))
    printed = capsys.readouterr().out
    assert "posterior mean: E[a] does not exist" in printed
    assert "empirical Bayes: there is none: the likelihood keeps rising" in printed
    nearest = of_equal_rates.drop_nulls("sql").sort("largest_difference").row(0, named=True)
    assert f"The nearest to full Bayes is the {nearest['choice']}" in printed
    for column in ("scipy", "r", "stan", "sql"):
        assert f"  {nearest[column]}\n" in printed
    assert printed.count("scipy.stats.beta(") == 1


def test_the_report_has_the_lines_of_every_choice_and_why_others_are_missing(of_equal_rates):
    found = section(prior_part(of_equal_rates))
    numbers, lines = found.tables
    assert [row[0] for row in numbers.rows] == of_equal_rates["choice"].to_list()
    assert {row[2] for row in lines.rows} == set(
        of_equal_rates.drop_nulls("sql").select(pl.concat_list("scipy", "r", "stan", "sql").explode()).to_series()
    )
    assert any("(k + a) / (n + a + b)" in paragraph for paragraph in found.notes)
    assert sum("does not exist" in paragraph for paragraph in found.text) == 1


def test_of_events_the_report_has_shape_and_rate():
    events = Events([3, 0, 9], [1.0, 2.0, 3.0])
    found = section(prior_part(exact(mean_shape(), events).learned_prior(events)))
    assert found.tables[0].header[:3] == ["choice", "shape", "rate"]
    assert any("(k + shape) / (exposure + rate)" in paragraph for paragraph in found.notes)


@pytest.mark.costly
def test_under_bda3_the_rats_have_the_published_means_in_table_summary_and_report(run, tmp_path, capfd, rats):
    assert run("own-counts", "--data", "rats", "--hyperprior", "bda3", "--output-dir", tmp_path) == 0
    folder = tmp_path / "own-counts"
    row = pl.read_csv(folder / "learned_prior.csv").row(0, named=True)
    assert (row["choice"], round(row["a"], 1), round(row["b"], 1)) == ("posterior mean", 2.4, 14.3)
    found = json.loads((folder / "summary.json").read_text())["tables"]["learned_prior"][0]
    assert (found["a"], found["b"]) == (row["a"], row["b"])
    counts = Counts.read(rats)
    assert row["largest_difference"] == pytest.approx(
        exact(bda3(), counts).learned_prior(counts)["largest_difference"][0], rel=1e-6
    )
    report, screen = (folder / "report.html").read_text(), capfd.readouterr().out
    for text in (report, screen):
        assert "2.4029" in text
        assert "14.321" in text
    assert row["sql"] in report
