"""Tables of the documentation, written from a run between the markers that stand in a page."""

from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
BEGIN, END = "<!-- {}: written by `experiments {} --write-docs` -->", "<!-- end of {} -->"

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # header and rows, all text


def markdown(table: Table) -> str:
    """A table in Markdown, first column to the left and the others to the right."""
    header, rows = table
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def replaced(text: str, blocks: Mapping[str, str], experiment: str) -> str:
    """A page with what stands between its markers replaced.

    Args:
        text: the page; the block "weights" begins after a line
            ``<!-- weights: written by `experiments performance --write-docs` -->`` and ends before
            ``<!-- end of weights -->``.
        blocks: what is to stand there, by name; blocks that the page has not are left out.
        experiment: the name that the markers give.

    Returns:
        The new page.

    Raises:
        ValueError: if a block begins and does not end, or if none of them is there.
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
    """Replace the blocks of pages, all of them or none.

    Args:
        blocks: Markdown by name.
        experiment: the name that the markers give.
        pages: below `root`.
        root: of the repository.

    Raises:
        ValueError: if a page has none of the blocks, or one without an end.
        OSError: if a page is not there.
    """
    new = {page: replaced((root / page).read_text(encoding="utf-8"), blocks, experiment) for page in pages}
    for page, text in new.items():
        (root / page).write_text(text, encoding="utf-8")
