"""The page of all experiments, made of the catalogue and of what each experiment says of itself.

Names, order and one sentence are those of the command line; what is learned from it is the docstring of its `main.py`.
Its figure is a picture of the documentation, so that a fresh clone has it.
"""

import ast
import inspect

from docs.website.figures import Picture, command, pictures
from docs.website.places import DOCS, ROOT
from experiments.catalogue import EXPERIMENTS

INTRODUCTION = """\
# All experiments

Each command prints tables, and writes them with a figure and every printed number into a folder, `results/NAME/`. Each
figure on this page was drawn by the command below it; a click opens it in full size.

"""


def gallery() -> str:
    """The page, as Markdown."""
    return INTRODUCTION + "\n".join(_section(name, options) for name, options in EXPERIMENTS.items())


def _section(name: str, options: type) -> str:
    folder = name.replace("-", "_")
    said = ast.get_docstring(ast.parse((ROOT / "experiments" / folder / "main.py").read_text("utf-8"))) or ""
    learned, _, references = said.partition("\n\nReferences:\n")
    sentence = " ".join((inspect.getdoc(options) or "").split("\n\n")[0].split())
    parts = [f"## {name}", f"**{sentence}**", *(_shown(picture, sentence) for picture in pictures(name)), learned]
    if references:
        parts.append("References: " + " ".join(references.split()))
    group = "--group peers " if name == "performance" else ""
    parts.append(f"    uv run {group}python -m experiments {command(name)}")
    parts.append(f"Its code: [experiments/{folder}/main.py](../experiments/{folder}/main.py)")
    return "\n\n".join(parts) + "\n"


def _shown(picture: Picture, sentence: str) -> str:
    """The Markdown that shows a picture, and opens it in full size; its words are for readers who cannot see it."""
    words = f"{picture.part}. {sentence}" if picture.part else sentence
    file = picture.path.relative_to(DOCS).as_posix()
    return f"[![{words}]({file})]({file})"
