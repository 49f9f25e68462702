"""The tables of README.md and docs/performance.md, written from a run between the markers that are there."""

from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE, FIGURE = Path("docs/performance.md"), Path("docs/performance.png")
README = Path("README.md")
BEGIN, END = "<!-- {}: written by `experiments performance --write-docs` -->", "<!-- end of {} -->"

Table = tuple[Sequence[str], Sequence[Sequence[str]]]  # header and rows, all text


def markdown(table: Table) -> str:
    """A table in Markdown, first column to the left and the others to the right."""
    header, rows = table
    lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def replaced(text: str, blocks: Mapping[str, str]) -> str:
    """A document with what stands between its markers replaced.

    Args:
        text: the document; the block "weights" begins after a line
            ``<!-- weights: written by `experiments performance --write-docs` -->`` and ends before
            ``<!-- end of weights -->``.
        blocks: what is to stand there, by name; blocks that the document has not are left out.

    Returns:
        The new document.

    Raises:
        ValueError: if a block begins and does not end, or if none of them is there.
    """
    found = 0
    for name, block in blocks.items():
        before, begin, rest = text.partition(BEGIN.format(name))
        if not begin:
            continue
        _, end, after = rest.partition(END.format(name))
        if not end:
            raise ValueError(f"{END.format(name)} is missing")
        text, found = f"{before}{begin}\n\n{block}\n\n{end}{after}", found + 1
    if not found:
        raise ValueError(f"none of the blocks {', '.join(blocks)} is there")
    return text


def write(blocks: Mapping[str, str], root: Path = ROOT) -> list[Path]:
    """Replace the blocks of both documents.

    Args:
        blocks: Markdown by name.
        root: of the repository.

    Returns:
        The documents.

    Raises:
        ValueError: if a document has none of the blocks, or one without an end.
        OSError: if a document is not there.
    """
    documents = [root / PAGE, root / README]
    new = {path: replaced(path.read_text(encoding="utf-8"), blocks) for path in documents}
    for path, text in new.items():
        path.write_text(text, encoding="utf-8")
    return documents
