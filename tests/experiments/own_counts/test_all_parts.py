"""The parts of the answers: page, report and screen have them in one order, and each begins in plain words."""

import re
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
from matplotlib.figure import Figure

from experiments.methods.learned import EXACT
from experiments.own_counts.all_parts import all_parts
from experiments.own_counts.funnel import funnel_of
from experiments.own_counts.main import run as run_own_counts
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.parts.part import MOST_ROWS_PRINTED, Part, Shown, print_part, section
from experiments.own_counts.screen import print_result

PAGE = (Path(__file__).parents[3] / "docs" / "own_data.md").read_text()
FORMULA = re.compile(r"[=()]|\b(theta|E\[|P\(|nats|posterior|PIT|sd|plug_in|lam|mu)\b")


@pytest.fixture(scope="module")
def every(tmp_path_factory) -> list[Part]:
    """All parts that there can be, of four groups."""
    file = tmp_path_factory.mktemp("own") / "my.csv"
    file.write_text("name,k,n,arm,k_later,n_later\na,3,40,x,4,40\nb,5,41,y,9,52\nc,9,60,x,7,60\nd,12,80,z,13,50\n")
    options = OwnCounts(file=file, by="arm", compare=("a", "d"), threshold=(0.1,))
    result = run_own_counts(options)
    funnel = funnel_of(result.learned[EXACT].posterior, result.counts, interval=0.9)
    return all_parts(result, options, defaultdict(Figure), funnel)


def test_page_screen_and_report_have_the_same_sections_in_the_same_order(every, capsys):
    titles = [part.title for part in every]
    table = PAGE.split("| section | it answers | how to read it |\n|---|---|---|\n")[1].split("\n\n")[0]
    on_the_page = [re.split(r" \(`| \|", row.removeprefix("| "))[0] for row in table.splitlines()]
    assert on_the_page == ["By ..." if title == "By arm" else title for title in titles]
    print_result(every, groups=4)
    printed = capsys.readouterr().out
    assert printed.startswith("4 groups, 221 trials, 29 successes")
    assert "There are fewer than 5 groups" in printed
    assert [line for line in re.findall(r"\n\n(.*)\n", printed) if line in titles] == titles[1:]
    assert [section(part).title for part in every] == titles


def test_each_part_begins_with_words_and_has_formulas_after_them(every):
    for part in every[1:]:  # the first one begins with what was read
        first = re.split(r"(?<=[a-z])[.:] ", part.text[0])[0]
        assert not FORMULA.search(first), part.title
        assert first[0].isupper()
        assert (part.text, part.notes) == (section(part).text, section(part).notes)


def test_what_is_for_one_place_is_not_in_the_other(capsys):
    table = pl.DataFrame({"name": ["x"]})
    shown = [Shown(f"in {where}", table, where=where) for where in ("both", "screen", "report")]
    part = Part("Title", ["words"], ["note"], shown, lines=["line"])
    print_part(part)
    printed = capsys.readouterr().out
    assert printed.startswith("\nTitle\nwords\nin both\n")
    assert [text in printed for text in ("in screen", "in report", "note", "line")] == [True, False, False, True]
    assert [text.caption for text in section(part).tables] == ["in both", "in report"]
    assert "line" not in section(part).text


def test_of_a_long_table_the_screen_says_where_the_others_are(capsys):
    rows = MOST_ROWS_PRINTED + 2
    print_part(Part("Title", [], tables=[Shown("Long", pl.DataFrame({"k": range(rows)}), "long")]))
    printed = capsys.readouterr().out
    assert f"│ {MOST_ROWS_PRINTED - 1} │\n" in printed
    assert f"│ {MOST_ROWS_PRINTED} │\n" not in printed
    assert printed.endswith("... and 2 more rows in long.csv\n")
