"""What `own-counts` prints."""

from collections.abc import Sequence

from experiments.own_counts.parts.part import Part, print_part
from experiments.presentation.screen import print_line


def print_result(parts: Sequence[Part], *, groups: int, writing_seconds: float | None = None) -> None:
    """Print every part below its heading; the first one, which begins with what was read, has none.

    Args:
        parts: the answers, in order.
        groups: how many groups there are.
        writing_seconds: how long it took to write every student of a large file.
    """
    for at, part in enumerate(parts):
        print_part(part, has_heading=at > 0)
    if writing_seconds is not None:
        print_line(f"{groups} groups written in {writing_seconds:.1f} s: {groups / writing_seconds:.3g} a second")
