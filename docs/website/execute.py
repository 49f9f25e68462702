"""Execute the notebooks as Jupyter does, so that the site shows what their cells print.

    uv run python -m docs.website.execute

writes `results/notebooks/NAME.ipynb`, with all outputs; `python -m docs.website` then puts them on the pages.
"""

from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

from docs.website.notebooks import EXECUTED, notebooks


def execute(path: Path, folder: Path) -> Path:
    """Execute one notebook.

    Args:
        path: its Python file.
        folder: where its cells run, and where the notebook is written.

    Returns:
        The file of the notebook with its outputs.

    Raises:
        CellExecutionError: if a cell raises an error; its message has the cell and the traceback.
    """
    folder.mkdir(parents=True, exist_ok=True)
    notebook = jupytext.read(path)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    nbformat.write(notebook, folder / f"{path.stem}.ipynb")
    return folder / f"{path.stem}.ipynb"


if __name__ == "__main__":
    for one in notebooks():
        print(execute(one, EXECUTED), flush=True)
