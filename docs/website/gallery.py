"""The page of all experiments, made of the catalogue and of what each experiment says of itself.

Names, order and one sentence are those of the command line; what is learned from it is the docstring of its `main.py`.
A figure is shown if the experiment was run here (results/), or if docs/ has it.
"""

import ast
import inspect
import shutil
from pathlib import Path, PurePosixPath

from docs.website.places import DOCS, PAGES, RESULTS, ROOT
from experiments.catalogue import EXPERIMENTS

FIGURES = PurePosixPath("figures")  # of results/, on the site
PAGES_OF_THEIR_OWN = {"trust-it": "trust"}  # whose figure in docs/ has the name of the page
INTRODUCTION = """\
# All experiments

Each command prints tables, and writes them with a figure and every printed number into a folder. A figure is shown here
if it belongs to the documentation, or if the experiment was run before this page was made.

"""


def gallery() -> str:
    """The page, as Markdown, with its figures copied to where it shows them."""
    return INTRODUCTION + "\n".join(_section(name, options) for name, options in EXPERIMENTS.items())


def _section(name: str, options: type) -> str:
    folder = name.replace("-", "_")
    said = ast.get_docstring(ast.parse((ROOT / "experiments" / folder / "main.py").read_text("utf-8"))) or ""
    learned, _, references = said.partition("\n\nReferences:\n")
    sentence = " ".join((inspect.getdoc(options) or "").split("\n\n")[0].split())
    parts = [f"## {name}", f"**{sentence}**", *(_shown(figure) for figure in _figures(name, folder)), learned]
    if references:
        parts.append("References: " + " ".join(references.split()))
    group = "--group peers " if name == "performance" else ""
    parts.append(f"    uv run {group}python -m experiments {name}")
    parts.append(f"Its code: [experiments/{folder}/main.py](../experiments/{folder}/main.py)")
    return "\n\n".join(parts) + "\n"


def _figures(name: str, folder: str) -> list[Path]:
    """The figures of an experiment: those that it wrote here, or else that of docs/."""
    written = sorted((RESULTS / name).glob("*.png"))
    of_docs = [DOCS / f"{stem}.png" for stem in (folder, PAGES_OF_THEIR_OWN.get(name)) if stem]
    return written or [path for path in of_docs if path.is_file()][:1]


def _shown(figure: Path) -> str:
    """The Markdown that shows a figure; one of results/ is copied to the site."""
    if figure.parent == DOCS:
        return f"![{_words(figure)}]({figure.name})"
    place = FIGURES / figure.parent.name / figure.name
    (PAGES / place.parent).mkdir(parents=True, exist_ok=True)
    shutil.copy(figure, PAGES / place)
    return f'<img src="{place}" alt="{_words(figure)}">'


def _words(figure: Path) -> str:
    return f"The figure {figure.stem.replace('_', ' ')}"
