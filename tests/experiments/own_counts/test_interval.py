"""`--interval`: every interval of `own-counts` has the probability that is asked for, and says which it is."""

import json
import re

import jax
import numpy as np
import polars as pl
import pytest
from matplotlib.text import Text

from experiments.own_counts.answers import answers
from experiments.own_counts.forest import plot_forest, plot_ranks, row_figure
from experiments.own_counts.options import OwnCounts
from experiments.presentation.axes import new_figure
from experiments.presentation.shrinkage import plot_shrinkage
from inference import exact
from models import Counts, half_cauchy, mean_concentration


@pytest.mark.parametrize("interval", [0.0, 1.0, 95.0, -0.5, np.nan])
def test_what_is_no_probability_is_refused_before_anything_is_read(interval):
    with pytest.raises(ValueError, match=r"^--interval is a probability, strictly between 0 and 1, such as \.95, not"):
        OwnCounts(data="rats", interval=interval)


@pytest.mark.costly
def test_every_table_with_an_interval_has_the_one_that_is_asked_for(six):
    options = OwnCounts(data="rats", interval=0.5, predict=40, compare=("Alyssa", "Ben"))
    posterior = exact(mean_concentration(), six)
    found = answers(posterior, six, None, options).tables
    key, of_checks = jax.random.split(jax.random.key(options.seed))
    expected = {
        "groups": posterior.shrinkage(six, interval=0.5),
        "predictions": posterior.predict(six, 40, interval=0.5),
        "contrast": posterior.contrast(six, "Alyssa", "Ben", interval=0.5),
        "ranking": posterior.ranking(six, key=key, interval=0.5),
        "checks": posterior.predictive_checks(six, key=of_checks, interval=0.5).table,
    }
    for name, table in found.items():
        ends = [column for column in table.columns if column.removeprefix("rank_") in ("low", "high")]
        assert bool(ends) == (name in expected)
        if ends:
            assert table.select(ends).equals(expected[name].select(ends))


def test_figures_say_which_interval_they_show():
    table = pl.DataFrame(
        {"name": ["a", "b"], "k": [1, 2], "n": [3, 4], "raw": [0.3, 0.5], "mean": [0.4, 0.5]}
        | {"low": [0.1, 0.2], "high": [0.8, 0.9], "rank": [1.2, 1.8], "rank_low": [1, 1], "rank_high": [2, 2]}
        | {"best": [0.8, 0.2], "worst": [0.2, 0.8]}
    )
    for plot in (plot_forest, plot_ranks):
        _, ax = row_figure(2)
        plot(ax, table, interval=0.995)
        assert any("99.5 % interval" in text.get_text() for text in ax.figure.findobj(Text))
    _, (ax,) = new_figure(1)
    plot_shrinkage(ax, table, interval=0.95)
    assert any("95 % interval" in text.get_text() for text in ax.figure.findobj(Text))


@pytest.mark.costly
def test_screen_report_and_summary_say_which_interval_it_is_and_nothing_speaks_of_another(run, tmp_path, capfd):
    (tmp_path / "my.csv").write_text("name,k,n\none,1,8\ntwo,5,9\n")
    words = ["--file", tmp_path / "my.csv", "--interval", ".995", "--predict", 40, "--compare", "one", "two"]
    assert run("own-counts", *words, "--output-dir", tmp_path) == 0
    folder, screen = tmp_path / "own-counts", capfd.readouterr().out
    assert json.loads((folder / "summary.json").read_text())["interval"] == 0.995
    report = re.sub(r"data:[^\"]*", "", (folder / "report.html").read_text())
    assert "<dt>intervals</dt><dd>99.5 %, central</dd>" in report
    for text, least in ((screen, 6), (report, 6)):
        assert text.count("99.5 %") >= least
        assert not re.search(r"\b90 ?%", text)
    students = pl.read_csv(folder / "students.csv")
    counts = Counts([1, 5], [8, 9])
    expected = exact(half_cauchy(), counts).shrinkage(counts, interval=0.995)
    for end in ("low", "high"):
        np.testing.assert_allclose(students[end], expected[end], atol=1e-9)
