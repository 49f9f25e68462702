"""The notebooks of docs/notebooks as pages, and as files that Jupyter and Colab open.

A notebook is a Python file in jupytext's percent format. What its cells print is shown if
`docs.website.execute` was run.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import jupytext
import nbformat

from docs.website.places import DOCS, PAGES, RESULTS

FOLDER = DOCS / "notebooks"
EXECUTED = RESULTS / "notebooks"
NOT_EXECUTED = "What its cells print is not shown here, because this site was made without running them."
TITLE = re.compile(r"# @title (.*)\n+")  # of a cell that Colab folds


def notebooks() -> list[Path]:
    """The files of the notebooks."""
    return sorted(FOLDER.glob("*.py"))


def executed(path: Path) -> nbformat.NotebookNode:
    """A notebook, with its outputs if this very text was executed.

    Args:
        path: its file.

    Returns:
        The notebook.
    """
    notebook = jupytext.read(path)
    ran = EXECUTED / f"{path.stem}.ipynb"
    if ran.is_file():
        with_outputs = nbformat.read(ran, as_version=4)
        if _sources(with_outputs) == _sources(notebook):
            return with_outputs
    return notebook


def _sources(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells]


def write_ipynb(path: Path, folder: Path) -> None:
    """Write a notebook as a file that Jupyter and Colab open, with the name of its Python file."""
    folder.mkdir(parents=True, exist_ok=True)
    jupytext.write(jupytext.read(path), folder / f"{path.stem}.ipynb")


def notebook_pages() -> dict[PurePosixPath, str]:
    """The page of each notebook, by where it is in docs/; the files to open are written beside it."""
    pages = {}
    for path in notebooks():
        write_ipynb(path, PAGES / "notebooks")
        pages[PurePosixPath("notebooks", f"{path.stem}.md")] = notebook_page(path)
    return pages


def notebook_page(path: Path) -> str:
    """The page of one notebook, as Markdown: solutions are folded."""
    first, *others = cells = executed(path).cells
    title, _, text = first.source.partition("\n")
    link = f'<a href="{path.stem}.ipynb" download>Download this notebook</a>'
    shown = "\n\n".join(part for cell in others for part in _parts(cell))
    said = "" if any(cell.get("outputs") for cell in cells) else f" {NOT_EXECUTED}"
    return f"{title}\n\n{link}, and open it in Jupyter or Colab.{said}\n{text}\n\n{shown}\n"


def _parts(cell: nbformat.NotebookNode) -> Iterator[str]:
    if cell.cell_type == "markdown":
        yield cell.source
        return
    title = TITLE.match(cell.source)
    code = cell.source[title.end() :] if title else cell.source
    shown = "\n\n".join([f"```python\n{code}\n```", *_printed(cell)])
    if "solution" in cell.metadata.get("tags", []):
        indented = re.sub(r"^(?=.)", "    ", shown, flags=re.M)
        shown = f'??? success "{title[1] if title else "Solution"}"\n\n{indented}'
    yield shown


def _printed(cell: nbformat.NotebookNode) -> Iterator[str]:
    """What a cell printed, and its last value as text."""
    printed = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    values = [output.data.get("text/plain", "") for output in cell.outputs if output.output_type == "execute_result"]
    for text in [printed, *values]:
        if text:
            yield f"```text\n{text.rstrip()}\n```"
