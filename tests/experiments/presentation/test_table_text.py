"""The cells of a table, which the screen, a page and the documentation share."""

import polars as pl

from experiments.presentation.html import html
from experiments.presentation.markdown import markdown
from experiments.presentation.numbers import MISSING
from experiments.presentation.table_text import table_text

TABLE = pl.DataFrame(
    {
        "name": ["x", "y", "z"],
        "mean": [0.1341, 0.2, None],
        "mean_error": [0.0021, 1e-9, None],
        "p_value": [1e-7, 0.25, 0.99999],
        "raw": [0.0, None, 1e-7],
        "n": [3, 4, 10_000_000],
        "kept": [True, False, None],
        "an_error": [0.5, 0.5, 0.5],
    }
)


def test_a_column_and_its_errors_are_one():
    found = table_text("caption", TABLE)
    assert found.caption == "caption"
    assert found.header == ["name", "mean", "p_value", "raw", "n", "kept", "an_error"]
    assert found.rows == [
        ["x", "0.1341 ± 0.0021", "< 0.0001", "0.0000", "3", "yes", "0.5000"],
        ["y", "0.2000", "0.2500", MISSING, "4", "no", "0.5000"],
        ["z", MISSING, "> 0.9999", "1.0e-07", "10,000,000", MISSING, "0.5000"],
    ]
    assert found.is_text == [True, False, False, False, False, True, False]
    assert found.note == "Where mean has no ±, its error is below 0.00005."


def test_columns_are_chosen_ordered_and_named_with_other_digits_and_further_probabilities():
    found = table_text(
        "", TABLE, columns={"raw": "r", "mean": "m", "name": "who"}, digits={"mean": 3}, probabilities=["raw"]
    )
    assert found.header == ["r", "m", "who"]
    assert found.rows == [["< 0.0001", "0.1341 ± 0.0021", "x"], [MISSING, "0.20", "y"], ["< 0.0001", MISSING, "z"]]
    assert found.exact == ["m"]


def test_a_probability_with_an_error_shows_it_until_it_is_too_small():
    table = pl.DataFrame({"p": [0.5, 1.0, 0.0], "p_error": [0.01, 0.0, 1e-9]})
    assert table_text("", table).rows == [["0.500 ± 0.010"], ["> 0.9999"], ["< 0.0001"]]


def test_ranks_are_whole_numbers_and_rates_of_0_and_1_are_not():
    table = pl.DataFrame({"rank_low": [1.0, 12.0, None], "raw": [0.0, 1.0, None]})
    assert table_text("", table).rows == [["1", "0.0000"], ["12", "1.0000"], [MISSING, MISSING]]


def test_a_column_of_nothing_is_no_text():
    assert table_text("", pl.DataFrame({"name": ["x"], "ess": [None]})).is_text == [True, False]


def test_a_table_without_rows_has_its_header():
    assert table_text("", pl.DataFrame(schema={"name": pl.String, "x": pl.Float64})).header == ["name", "x"]


def test_markdown_aligns_numbers_to_the_right_and_escapes_bars():
    table = pl.DataFrame({"what": ["a | b"], "found": [1.5]})
    assert markdown(table_text("not shown", table)) == "| what | found |\n| :-- | --: |\n| a \\| b | 1.5000 |"


def test_html_names_the_box_marks_text_and_says_where_errors_are_not_shown():
    shown = html(table_text("<Rates>", TABLE))
    assert shown.startswith('<div class="table" role="region" aria-label="&lt;Rates&gt;" tabindex="0">')
    assert '<th scope="row" class="text">x</th>' in shown
    assert "<td>0.1341 ± 0.0021</td>" in shown
    assert shown.endswith('<p class="note">Where mean has no ±, its error is below 0.00005.</p>')
    assert '<p class="note">' not in html(table_text("", TABLE.select("name", "n")))
