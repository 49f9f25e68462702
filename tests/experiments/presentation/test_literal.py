"""Whatever a name is, it is shown as it is: in terminals, tables, pages and figures."""

import base64
import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import polars as pl
import pytest
from rich.cells import cell_len

from experiments.own_counts.check_panels import plot_sensitivity
from experiments.own_counts.forest import plot_forest, plot_ranks, row_figure
from experiments.presentation import drawing
from experiments.presentation.axes import label, new_figure
from experiments.presentation.drawing import drawn
from experiments.presentation.literal import LONGEST_NAME, shortened, visible
from experiments.presentation.page import Section, page
from experiments.presentation.screen import print_line, print_note, print_table
from experiments.presentation.shrinkage import plot_shrinkage
from experiments.presentation.table_text import table_text
from tests.browser import DESK, PHONE, needs_chromium, opened
from tests.experiments.presentation.test_page import Outline

# What data may hold, and how it is shown.
NAMES = {
    "$a_1$ and $": "$a_1$ and $",
    r"\frac{1}{2}^x_y%#&": r"\frac{1}{2}^x_y%#&",
    "_hidden": "_hidden",
    "back\\": "back\\",
    "[bold]red[/bold] \\[b] :smile:": "[bold]red[/bold] \\[b] :smile:",
    "<script>alert(1)</script>&amp;": "<script>alert(1)</script>&amp;",
    "\x1b[31mred\x07\x00": r"\x1b[31mred\x07\x00",
    "two\nlines\tand\r": r"two\nlines\tand\r",
    "\u202egnp.exe\u2066": r"\u202egnp.exe\u2066",
    "half \ud83d of a pair": r"half \ud83d of a pair",
    "\ufffe\u2028\x85": r"\ufffe\u2028\x85",
    "東京 \N{GRINNING FACE}": "東京 \N{GRINNING FACE}",
    "x" * 300: "x" * (LONGEST_NAME - 1) + "…",
    "東" * 300: "東" * ((LONGEST_NAME - 1) // 2) + "…",
    "--> ]]>": "--> ]]>",
    "e\u0301\u0323\u0302\u0303\u0304": "e\u0301\u0323\u0302\\u0303\\u0304",
    "": "",
}
EVERY = pytest.mark.parametrize("name", NAMES, ids=map(ascii, range(len(NAMES))))


def figures(name: str):
    """Every kind of figure that has names, with this one in it."""
    mean = np.array([0.2, 0.4])
    ends = {"raw": mean, "mean": mean, "low": mean / 2, "high": 2 * mean}
    groups = pl.DataFrame({"name": [name, "b"], "k": [1, 2], "n": [5, 5], **ends}, strict=False)
    ranks = {"rank": [1.0, 2.0], "rank_low": [1, 1], "rank_high": [2, 2], "best": [0.5, 0.5], "worst": [0.5, 0.5]}
    means = groups.select("name", pl.col("mean").alias(name), other="mean")
    for draw, table in (
        (plot_forest, groups),
        (plot_ranks, pl.DataFrame({"name": [name, "b"], **ranks})),
        (lambda ax, table: plot_sensitivity(ax, table, [name, "other"]), means),
    ):
        figure, ax = row_figure(2)
        draw(ax, table)
        yield figure, ax
    figure, (ax,) = new_figure(1)
    plot_shrinkage(ax, groups)
    label(ax, NAMES[name], NAMES[name], NAMES[name])
    yield figure, ax


def is_encodable(name: str) -> bool:
    """Whether polars can hold it: not half of a surrogate pair."""
    return not re.search("[\ud800-\udfff]", name)


@EVERY
def test_every_character_is_visible_and_a_long_name_is_cut(name):
    assert shortened(name) == NAMES[name]
    assert cell_len(shortened(name, 10)) <= 10
    assert visible(name, keep="\n").count("\n") == name.count("\n")
    shortened(name).encode("utf-8")


def test_a_name_of_many_marks_is_not_cut_and_one_of_too_many_is():
    accented = "e\N{COMBINING ACUTE ACCENT}" * 30
    assert shortened(accented) == accented
    assert len(shortened("e" + "\N{COMBINING ACUTE ACCENT}" * 10_000)) <= 4 * LONGEST_NAME + 1


@EVERY
def test_the_terminal_shows_it(name, capsys):
    print_line(f"<{name}>")
    print_note(f"<{name}>")
    shown = capsys.readouterr()
    assert shown.out == f"<{visible(name)}>\n"
    assert shown.err == f"note: <{visible(name)}>\n"
    if is_encodable(name):
        print_table(table_text(f"Of {name}", pl.DataFrame({"name": [name], "[/b]": [1]})))
        shown = capsys.readouterr().out
        assert NAMES[name] in shown
        assert shown.startswith(f"Of {visible(name)}".rstrip())
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown)


@EVERY
def test_the_page_shows_it_and_its_pictures_are_xml(name, monkeypatch):
    monkeypatch.setattr(drawing, "told_of", ["x"])
    pictures = {name: next(figures(name))[0]} if is_encodable(name) else {}
    held = name if is_encodable(name) else name.encode("utf-8", "replace").decode()
    table = table_text(name, pl.DataFrame({"name": [held]}))
    document = page(name, {name: name}, [Section(name, name, [table], pictures)])
    outline = Outline(document)
    assert "script" not in outline.tags
    assert outline.text.count(visible(name)) >= 7
    if is_encodable(name):
        assert NAMES[name] in outline.cells
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u202e\ud800-\udfff]", document)
    for image in outline.images:
        kind, data = re.fullmatch(r"data:image/([a-z+]+);base64,(.*)", image["src"]).groups()
        assert kind == "svg+xml"
        ET.fromstring(base64.b64decode(data))


@needs_chromium
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_a_browser_shows_all_of_them_legibly_and_executes_none(width, monkeypatch, tmp_path):
    monkeypatch.setattr(drawing, "told_of", ["x"])
    names = [name for name in NAMES if is_encodable(name)]
    wide = {f"{name}{i}": [0.123456789] * len(names) for i, name in enumerate(names)}
    tables = [table_text(name, pl.DataFrame({"name": names, "other": names, **wide})) for name in names]
    figure, axes = new_figure(3)
    for ax in axes:
        label(ax, names[0], names[1], names[2])
    pictures = {names[0]: figure, names[4]: next(figures(names[5]))[0]}
    path = tmp_path / "page.html"
    path.write_text(page(" ".join(names), {name: name for name in names}, [Section(*names[:2], tables, pictures)]))
    with opened(path, width) as seen:
        assert seen.overflow() <= 0
        assert seen.smallest_text() >= SMALLEST_LEGIBLE
        assert seen.smallest_scale() == 1
        assert seen.page.locator("script").count() == 0
    assert (seen.complaints, seen.requests) == ([], [])


SMALLEST_LEGIBLE = 12  # CSS pixels


@pytest.mark.parametrize("name", ["$a_1$ and $", "_hidden", "two\nlines\tand\r", "東" * 300], ids=range(4))
def test_a_figure_has_its_letters_and_room_for_its_rows(name, monkeypatch):
    monkeypatch.setattr(drawing, "told_of", ["x"])
    for figure, ax in figures(name):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert drawn(figure, "png").startswith(b"\x89PNG")
            assert not any(text.get_parse_math() for text in ax.get_yticklabels())
        start = visible(name)[:7]
        assert any(text.get_text().startswith(start) for text in ax.get_yticklabels())
        assert ax.get_window_extent().width > figure.bbox.width / 4
        legend = [text.get_text() for each in figure.legends for text in each.get_texts()]
        assert not legend or legend[0] == NAMES[name]


def test_a_font_without_a_character_is_told_of_once(monkeypatch, capsys):
    monkeypatch.setattr(drawing, "told_of", [])
    monkeypatch.setattr(drawing, "fonts", lambda: ["DejaVu Sans"])
    for figure, _ in figures("東" * 300):
        drawn(figure, "png")
        drawn(figure, "svg")
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "no font here has" in said
