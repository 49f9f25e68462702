"""Write the tables of a run into pages of the documentation, between markers that are in the page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- {}: written by `experiments {} --write-docs` -->", "<!-- end of {} -->"


def replaced(text: str, blocks: Mapping[str, str], experiment: str) -> str:
    """A page in which the text between its markers is replaced.

    Args:
        text: the page; the block "weights" begins after a line
            ``<!-- weights: written by `experiments performance --write-docs` -->`` and ends before
            ``<!-- end of weights -->``.
        blocks: the new text by name of the block; blocks that are not in the page are left out.
        experiment: the experiment's name in the markers.

    Returns:
        The new page.

    Raises:
        ValueError: if a block has no end, or if the page has none of the blocks.
    """
    found = 0
    for name, block in blocks.items():
        before, begin, rest = text.partition(BEGIN.format(name, experiment))
        if not begin:
            continue
        _, end, after = rest.partition(END.format(name))
        if not end:
            raise ValueError(f"{END.format(name)} is missing")
        text, found = f"{before}{begin}\n\n{block}\n\n{end}{after}", found + 1
    if not found:
        raise ValueError(f"none of the blocks {', '.join(blocks)} is there")
    return text


def write(blocks: Mapping[str, str], experiment: str, pages: Sequence[Path], root: Path = ROOT) -> None:
    """Replace the blocks of pages; no page is written unless all are found to be right.

    Args:
        blocks: Markdown by name of the block.
        experiment: the experiment's name in the markers.
        pages: paths below `root`.
        root: root of the repository.

    Raises:
        ValueError: if a page has none of the blocks, or one without an end.
        OSError: if a page is not there.
    """
    new = {page: replaced((root / page).read_text(encoding="utf-8"), blocks, experiment) for page in pages}
    for page, text in new.items():
        (root / page).write_text(text, encoding="utf-8")
