"""The screen shows every character."""

import polars as pl

from experiments.presentation.screen import print_line, print_table, progress_bar
from experiments.presentation.table_text import table_text


def test_a_table_shows_brackets_and_is_not_cut_in_a_pipe(capsys):
    name = "[bold]student with a long name[/b] " + "x" * 100
    table = pl.DataFrame({"E[a]": [name], "[/b]": ["[red]1"], "E[a]/(E[a]+E[b])": ["-12.3320303896"]})
    print_table(table_text("title [/b]", table))
    print_line("E[mu] and [/b] survive")
    shown = capsys.readouterr().out
    for text in ("title [/b]", "E[a]", name, "[red]1", "E[a]/(E[a]+E[b])", "-12.3320303896", "E[mu] and [/b] survive"):
        assert text in shown
    assert "…" not in shown


def test_there_is_no_progress_bar_in_a_pipe(capfd):
    with progress_bar() as progress:
        progress.advance(progress.add_task("something long", total=1))
    assert capfd.readouterr() == ("", "")
