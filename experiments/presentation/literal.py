"""Text that comes from data, such as a name, a file or a column, made safe to be shown: every character visible.

Data may hold any character. A control character changes a terminal and is not allowed in XML; a mark of direction turns
the text that follows around; half of a surrogate pair cannot be encoded. Such a character is shown as its escape.
"""

import unicodedata
from collections.abc import Callable

from rich.cells import cell_len

ELLIPSIS = "…"
LONGEST_NAME = 40  # columns of a terminal that a name may take in a table
LONGEST_CELL = 160  # columns that any other text may take in a cell
HIDDEN = {"Cc", "Cs", "Zl", "Zp"}  # categories: control characters, surrogates, line and paragraph separators
MOST_MARKS = 3  # accents on one letter; more, which no spelling needs, would be drawn over the lines around it
JOINERS = "\u200c\u200d"  # invisible, but they belong to the spelling of a word or of an emoji


def visible(text: str, *, keep: str = "", has_mark: Callable[[str], bool] = lambda mark: True) -> str:
    r"""The text on one line, with an escape such as \x1b or \u202e for each character that cannot be seen.

    Args:
        text: any text.
        keep: characters that are left as they are.
        has_mark: function that says whether an accent can be drawn.

    Returns:
        Text without heaps of accents, control characters, marks of direction, separators of lines, surrogates and
        non-characters.
    """
    if text.isascii() and text.isprintable():
        return text
    shown, marks = [], 0
    for c in text:
        marks = marks + 1 if unicodedata.combining(c) else 0
        is_drawn = marks <= MOST_MARKS and (not marks or has_mark(c))
        shown.append(c if is_drawn and (c in keep or not _is_hidden(c)) else _escaped(c))
    return "".join(shown)


def shortened(text: str, width: int = LONGEST_NAME) -> str:
    """The visible text, which ends in an ellipsis if it is cut.

    Args:
        text: any text.
        width: columns of a terminal that it may take; a character of Chinese or an emoji takes two.

    Returns:
        Text that takes at most `width` columns.
    """
    text = visible(text)
    if len(text) <= 4 * width and cell_len(text) <= width:
        return text
    end = min(len(text), 4 * width)  # characters of no width are few in any honest name, but there may be thousands
    while cell_len(text[:end]) > width - 1:
        end -= 1
    return text[:end].rstrip() + ELLIPSIS


def _is_hidden(c: str) -> bool:
    if " " <= c <= "~":
        return False
    category = unicodedata.category(c)
    is_noncharacter = ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF
    return category in HIDDEN or (category == "Cf" and c not in JOINERS) or is_noncharacter


def _escaped(c: str) -> str:
    return c.encode("unicode_escape", "surrogatepass").decode("ascii")
