"""Posteriors and counts as a line, a table and a notebook's table, also if a mean does not exist."""

from html.parser import HTMLParser

import numpy as np
import polars as pl
import pytest

from inference import Posterior, exact
from models import Counts, box, half_cauchy


@pytest.fixture(scope="module")
def heavy(six):
    """The exact posterior of a hyperprior under which E[a], E[b] and E[lam] do not exist."""
    return exact(half_cauchy(), six)


def cells_of(html: str) -> list[list[str]]:
    """The text of every cell, by row."""
    rows: list[list[str]] = []

    class Reader(HTMLParser):
        inside = False

        def handle_starttag(self, tag, attrs):
            if tag == "tr":
                rows.append([])
            self.inside = tag in ("th", "td")
            if self.inside:
                rows[-1].append("")

        def handle_endtag(self, tag):
            self.inside = False

        def handle_data(self, data):
            if self.inside:
                rows[-1][-1] += data

    Reader(convert_charrefs=True).feed(html)
    return rows


def test_a_mean_that_does_not_exist_is_null_in_the_summary_and_a_median_in_the_line(heavy):
    table = heavy.summary()
    assert table.schema == pl.Schema(
        {"name": pl.String} | dict.fromkeys(("mean", "mean_error", "sd", "q05", "q50", "q95"), pl.Float64)
    )
    rows = {row["name"]: row for row in table.to_dicts()}
    assert set(rows) == {"a", "b", "mu", "lam", "spread"}
    for name, row in rows.items():
        for moment in ("mean", "mean_error", "sd"):
            assert (row[moment] is None) == (name in ("a", "b", "lam"))
        assert row["q05"] < row["q50"] < row["q95"]
        assert row["q50"] == heavy.quantile(name, 0.5)
    assert rows["mu"]["mean"] == heavy.mean("mu")
    assert f"median lam {heavy.quantile('lam', 0.5):.4g}" in repr(heavy)
    assert f"E[mu] {heavy.mean('mu'):.4g}" in repr(heavy)
    assert "E[lam]" not in repr(heavy)


def test_a_notebook_shows_the_same_numbers_and_the_verdict(heavy):
    html = heavy._repr_html_()
    table = heavy.summary()
    header, *rows = cells_of(html)
    assert header == table.columns
    for row, expected in zip(rows, table.rows(), strict=True):
        assert row[0] == f'"{expected[0]}"'  # polars quotes texts
        for cell, value in zip(row[1:], expected[1:], strict=True):
            if value is None:
                assert cell == "null"
            else:
                assert float(cell) == pytest.approx(value, rel=5e-4, abs=5e-7)  # four digits, or six decimals
    assert heavy.verdict in html


def test_draws_that_are_weighted_have_every_moment():
    a = np.linspace(1.0, 3.0, 101)
    posterior = Posterior.from_weights(box(), {"a": a, "b": 2 * a}, np.zeros(101))
    table = posterior.summary()
    assert table.null_count().sum_horizontal().item() == 0
    assert table["mean"].to_list() == [posterior.mean(name) for name in posterior.draws]
    assert "null" not in posterior._repr_html_()


def test_counts_show_their_first_rows_and_escape_names():
    few = Counts(k=[1, 2], n=[2, 5], names=["<b>&", '"'])
    assert cells_of(few._repr_html_()) == [["name", "k", "n"], ["<b>&", "1", "2"], ['"', "2", "5"]]
    assert "2 students, 3 successes out of 7 trials" in few._repr_html_()
    assert "<b>" not in few._repr_html_()
    many = cells_of(Counts(k=[1] * 50, n=[2] * 50, multiplicity=[3] * 50)._repr_html_())
    assert many[0] == ["name", "k", "n", "multiplicity"]
    assert many[1] == ["student 1", "1", "2", "3"]
    assert many[-1][0] == f"and {50 - (len(many) - 2)} more rows"
