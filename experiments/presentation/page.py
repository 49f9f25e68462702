"""A report in one HTML file that needs no network: text, tables and figures, for screen, phone and paper."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from matplotlib.figure import Figure

from experiments.presentation.drawing import drawn
from experiments.presentation.html import escaped, html
from experiments.presentation.in_rows import panels_in_rows
from experiments.presentation.results import png
from experiments.presentation.table_text import TableText
from inference.numerics.whole_file import whole_file

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"  # the page loads nothing from elsewhere
LARGEST_SVG = 300_000  # bytes; a figure with more points is smaller as a PNG
TALLEST_SVG = 15  # inches; a taller figure has so much text that it is smaller as a PNG
CSS_PIXELS_PER_INCH = 96
WIDEST_ROW = 928 / CSS_PIXELS_PER_INCH  # inches of a row of panels; page.css gives the text this width


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Args:
        title: its heading.
        text: a paragraph, or several.
        tables: as text, below the figures.
        figures: by caption; the caption says what the figure shows and is its alternative text.
        notes: paragraphs below the tables.
    """

    title: str
    text: str | Sequence[str] = ()
    tables: Sequence[TableText] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)
    notes: Sequence[str] = ()


def page(title: str, facts: Mapping[str, str], sections: Sequence[Section]) -> str:
    """The report in HTML, all text escaped; the same content gives the same bytes.

    Args:
        title: of the page.
        facts: short facts about the report by name, such as file, hyperprior, versions.
        sections: the parts, in order.

    Returns:
        The document.
    """
    terms = "\n".join(f"<dt>{escaped(name)}</dt><dd>{escaped(value)}</dd>" for name, value in facts.items())
    contents = "\n".join(
        f'<li><a href="#section-{i}">{escaped(section.title)}</a></li>' for i, section in enumerate(sections, 1)
    )
    parts = "\n".join(_section(i, section) for i, section in enumerate(sections, 1))
    style = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{escaped(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
<header>
<h1>{escaped(title)}</h1>
<dl>
{terms}
</dl>
</header>
<nav aria-label="Contents">
<ol>
{contents}
</ol>
</nav>
{parts}
</main>
</body>
</html>
"""


def write_page(path: Path, title: str, facts: Mapping[str, str], sections: Sequence[Section]) -> None:
    """Write the report; the file is either complete or not written at all.

    Args:
        path: the file, in a folder that exists.
        title: see `page`.
        facts: see `page`.
        sections: see `page`.

    Raises:
        OSError: if the folder cannot be written to.
    """
    document = page(title, facts, sections)
    with whole_file(path) as temporary:
        temporary.write_text(document, encoding="utf-8")


def _section(number: int, section: Section) -> str:
    paragraphs = [section.text] if isinstance(section.text, str) else section.text
    return "\n".join(
        [
            f'<section id="section-{number}" aria-labelledby="title-{number}">',
            f'<h2 id="title-{number}">{escaped(section.title)}</h2>',
            *(f"<p>{escaped(paragraph)}</p>" for paragraph in paragraphs if paragraph),
            *(_figure(caption, figure) for caption, figure in section.figures.items()),
            *map(html, section.tables),
            *(f"<p>{escaped(note)}</p>" for note in section.notes),
            "</section>",
        ]
    )


def _figure(caption: str, figure: Figure) -> str:
    with panels_in_rows(figure, WIDEST_ROW):
        width, height = (round(CSS_PIXELS_PER_INCH * inches) for inches in figure.get_size_inches())
        data = _data(figure)
    alternative = escaped(caption)
    image = f'<img src="{data}" alt="{alternative}" width="{width}" height="{height}">'
    scrolling = f'<div class="figure" role="region" aria-label="{alternative}" tabindex="0">{image}</div>'
    return f"<figure>\n<figcaption>{alternative}</figcaption>\n{scrolling}\n</figure>"


def _data(figure: Figure) -> str:
    """A figure as a data: address, an SVG or a PNG. An SVG is a document of its own, so that its ids cannot clash."""
    vector = b""
    if figure.get_figheight() <= TALLEST_SVG:
        # Text becomes outlines, which look the same everywhere. A fixed salt and no date give the same bytes.
        same_bytes = {"svg.fonttype": "path", "svg.hashsalt": "page"}
        vector = drawn(figure, "svg", same_bytes, metadata={"Date": None})
    is_svg = 0 < len(vector) <= LARGEST_SVG
    kind, data = ("svg+xml", vector) if is_svg else ("png", png(figure))
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
