"""The HTML page is well formed, keeps every name unchanged, and requests nothing from outside."""

import base64
import re
import struct
from html.parser import HTMLParser

import polars as pl
import pytest

from experiments.presentation.axes import new_figure
from experiments.presentation.numbers import MISSING
from experiments.presentation.page import LARGEST_SVG, Section, page, write_page
from experiments.presentation.results import png
from experiments.presentation.table_text import table_text
from tests.browser import DESK, PHONE, needs_chromium, opened

VOID = {"meta", "link", "img", "br", "hr"}
NAME = "<b>&\"'</td> group"


class Outline(HTMLParser):
    """The parts of a page; refuses a tag that is not closed, or closed in the wrong order."""

    def __init__(self, document: str):
        super().__init__(convert_charrefs=True)
        self.tags, self.ids, self.cells, self.images, self.addresses, self.open = [], [], [], [], [], []
        self.text = ""
        self.feed(document)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.addresses += [given[name] for name in ("href", "src", "action", "srcset") if name in given]
        self.images += [given] if tag == "img" else []
        self.cells += [""] if tag in ("td", "th") else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data


def small_page() -> str:
    """Two sections with one table and two figures, one of them of many points."""
    table = pl.DataFrame(
        {"name": [NAME, "other"], "mean": [0.1341, None], "mean_error": [0.0021, None], "best": [1e-9, 0.25]}
    )
    few, (ax,) = new_figure(1)
    ax.plot([0, 1], [0, 1])
    ax.set_title(NAME, parse_math=False)
    many, (ax,) = new_figure(1)
    ax.scatter(*[[i % 97 for i in range(6000)]] * 2)
    return page(
        f"Rates of {NAME}",
        {"file": NAME, "hyperprior": "half_cauchy()"},
        [
            Section("Groups & ranks", ["One.", NAME], [table_text("Rates <of> groups", table)], {"Few points": few}),
            Section("Checks", "Two.", figures={'Many "points"': many, "The same again": few}),
        ],
    )


@pytest.fixture(scope="module")
def document() -> str:
    return small_page()


@pytest.fixture(scope="module")
def outline(document) -> Outline:
    return Outline(document)


def test_the_page_is_well_formed_with_one_heading_and_unique_ids(document, outline):
    assert document.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert outline.tags.count("h1") == outline.tags.count("main") == outline.tags.count("title") == 1
    assert outline.tags.count("h2") == outline.tags.count("section") == 2
    assert outline.tags.count("table") == outline.tags.count("caption") == outline.tags.count("thead") == 1
    assert len(outline.ids) == len(set(outline.ids))
    assert {address[1:] for address in outline.addresses if address.startswith("#")} <= set(outline.ids)
    assert "script" not in outline.tags


def test_every_figure_has_its_text_and_is_an_image_in_the_page(document, outline):
    assert [image["alt"] for image in outline.images] == ["Few points", 'Many "points"', "The same again"]
    kinds = [re.match(r"data:image/([a-z+]+);base64,", image["src"])[1] for image in outline.images]
    assert kinds == ["svg+xml", "png", "svg+xml"]
    assert all(len(image["src"]) < 1.4 * LARGEST_SVG for image in outline.images)
    assert outline.tags.count("figure") == outline.tags.count("figcaption") == 3


def test_nothing_has_an_address_outside_the_page(document, outline):
    assert "default-src 'none'" in document
    assert all(address.startswith(("#", "data:")) for address in outline.addresses)
    assert not re.search(r"""https?://|["'(]//|@import|url\(""", document)


def test_names_are_as_they_were_given_and_errors_are_with_their_values(outline):
    assert outline.text.count(NAME) == 5  # title, heading, fact, paragraph, cell
    assert outline.cells == ["name", "mean", "best", NAME, "0.1341 ± 0.0021", "< 0.0001", "other", MISSING, "0.2500"]


def test_the_same_content_gives_the_same_bytes(document, tmp_path):
    assert small_page() == document
    write_page(tmp_path / "page.html", "Rates", {}, [])
    assert Outline((tmp_path / "page.html").read_text(encoding="utf-8")).text.count("Rates") == 2


def test_a_wide_figure_of_many_points_is_in_rows_on_the_page_and_in_its_file_as_it_was_drawn():
    figure, axes = new_figure(3)
    for ax in axes:
        ax.scatter(*[[i % 97 for i in range(6000)]] * 2)
    (image,) = Outline(page("", {}, [Section("", figures={"Many": figure})])).images
    assert (image["width"], image["height"]) == ("883", "806")
    assert png_size(base64.b64decode(image["src"].partition(",")[2])) == (1380, 1260)
    assert png_size(png(figure)) == (2070, 630)


def png_size(content: bytes) -> tuple[int, ...]:
    return struct.unpack(">II", content[16:24])


@needs_chromium
def test_a_browser_opens_the_page_without_a_complaint_or_a_request(document, tmp_path):
    (tmp_path / "page.html").write_text(document, encoding="utf-8")
    with opened(tmp_path / "page.html") as seen:
        assert "half_cauchy()" in seen.page.content()
    assert seen.complaints == []
    assert seen.requests == []


@needs_chromium
def test_the_caption_of_a_wide_table_stays_in_sight_and_a_line_to_paste_is_not_broken(tmp_path):
    wide = pl.DataFrame({"name": ["x"], **{f"a long column {i}": [0.5] for i in range(20)}})
    line = "(k + 62.25857428) / (n + 62.25857428 + 708.2753423) AS shrunk"
    lines = pl.DataFrame({"language": ["SQL"], "line to paste": [line]})
    tables = [table_text("What it is, " * 9, wide), table_text("To paste", lines)]
    (tmp_path / "page.html").write_text(page("Wide", {}, [Section("Tables", "Text.", tables)]), encoding="utf-8")
    with opened(tmp_path / "page.html") as seen:
        for width in (PHONE, DESK):
            seen.page.set_viewport_size({"width": width, "height": 800})
            seen.page.evaluate("() => { document.querySelector('.table').scrollLeft = 500; }")
            box = seen.page.locator("caption").first.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            row = seen.page.locator("td", has_text="AS shrunk").bounding_box()
            assert row is not None
            assert (row["height"] < 40) == (width == DESK)  # CSS pixels: one line, or more


@needs_chromium
def test_the_browser_would_have_told_of_a_request_and_of_an_error(tmp_path):
    (tmp_path / "page.html").write_text('<img src="http://127.0.0.1:9/x.png"><script>console.error("no")</script>')
    with opened(tmp_path / "page.html") as seen:
        pass
    assert "no" in seen.complaints
    assert "http://127.0.0.1:9/x.png" in seen.requests
