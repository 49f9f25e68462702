"""A figure as bytes, with every text in it drawn as it is: no `$` starts a formula, no character stops the drawing."""

import io
import re
import warnings
from collections.abc import Mapping
from functools import cache
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager, get_font
from matplotlib.text import Text

from experiments.presentation.literal import visible
from experiments.presentation.screen import print_note
from experiments.presentation.style import STYLE

FONT = "DejaVu Sans"  # comes with matplotlib; has Latin, Greek, Cyrillic, Arabic and Hebrew
# Fonts with other characters, of which those that are installed draw what FONT does not have.
OTHER_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Zen Hei"),
    *("PingFang SC", "Hiragino Sans", "Microsoft YaHei", "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji"),
    *("Symbola", "Segoe UI Emoji", "Arial Unicode MS"),
)
MISSING_GLYPH = re.compile(r"Glyph (\d+) .*missing from")


def drawn(figure: Figure, kind: str, settings: Mapping[str, Any] | None = None, **options: Any) -> bytes:
    """A figure as bytes.

    Args:
        figure: any figure.
        kind: "png" or "svg".
        settings: matplotlib's settings while it is drawn.
        options: of `Figure.savefig`.

    Returns:
        The content of the file.
    """
    # Settings for texts that are made while drawing.
    own: dict[Any, Any] = {**STYLE, "text.parse_math": False, "font.family": fonts(), **(settings or {})}
    buffer = io.BytesIO()
    with matplotlib.rc_context(own), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _make_literal(figure)
        figure.savefig(buffer, format=kind, **options)
    missing = []
    for warning in caught:
        glyph = MISSING_GLYPH.search(str(warning.message))
        if glyph is None:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        else:
            missing.append(chr(int(glyph[1])))
    if missing:
        _tell_of_missing_glyphs(missing[0])
    return buffer.getvalue()


def _make_literal(figure: Figure) -> None:
    """Take every text that the figure has for plain, in which each character can be seen."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
        text.set_fontfamily(fonts())
        shown = visible(text.get_text(), keep="\n", has_mark=_has_glyph)
        if shown != text.get_text():
            text.set_text(shown)


@cache
def fonts() -> list[str]:
    """The families of fonts that text is drawn in: the first that has a character draws it."""
    there = {font.name for font in fontManager.ttflist}
    return [FONT, *(name for name in OTHER_FONTS if name in there)]


@cache
def _has_glyph(mark: str) -> bool:
    """Whether a font has an accent; boxes for those that none has would be piled up over other rows."""
    paths = (fontManager.findfont(name) for name in fonts())
    return any(get_font(path).get_char_index(ord(mark)) for path in paths)


told_of: list[str] = []  # characters of which it has been said


def _tell_of_missing_glyphs(example: str) -> None:
    """Say once, not for every character of every figure, that some have no glyph."""
    if not told_of:
        print_note(f"no font here has {example}: figures show a box for it, and for others like it; the tables have it")
        told_of.append(example)
