"""The notebooks: each runs, installs first of all, checks every solution, and is a page with folded solutions."""

import ast
import runpy
import subprocess
import sys

import jupytext
import nbformat
import pytest

from docs.website.execute import execute
from docs.website.notebooks import NOT_EXECUTED, notebook_page, notebooks
from tests.test_release import project

QUICK = "own_data"  # computes by quadrature alone, so that nothing is compiled
FILES = [pytest.param(path, id=path.stem) for path in notebooks()]
TO_RUN = [
    pytest.param(path, id=path.stem, marks=() if path.stem == QUICK else pytest.mark.costly) for path in notebooks()
]


def code_cells(path) -> list[nbformat.NotebookNode]:
    return [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]


def is_solution(cell: nbformat.NotebookNode) -> bool:
    return "solution" in cell.metadata.get("tags", [])


@pytest.mark.parametrize("path", TO_RUN)
def test_a_notebook_runs_and_its_checks_hold(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(path))
    assert capsys.readouterr().out


@pytest.mark.costly
def test_jupyter_executes_a_notebook_and_its_page_shows_the_outputs(tmp_path, monkeypatch):
    (path,) = (path for path in notebooks() if path.stem == QUICK)
    notebook = nbformat.read(execute(path, tmp_path), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    monkeypatch.setattr("docs.website.notebooks.EXECUTED", tmp_path)
    assert "Most probably the best: Hazel." in notebook_page(path).partition("Solution of exercise 1")[2]


@pytest.mark.parametrize("path", FILES)
def test_the_first_cell_installs_the_release_before_anything_is_imported(path, monkeypatch):
    first = code_cells(path)[0].source
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(first))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= sys.stdlib_module_names
    asked = []
    monkeypatch.setattr(subprocess, "run", lambda command, check: asked.append(command))
    exec(compile(first, path.name, "exec"), {})
    assert asked == []  # it is installed
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    exec(compile(first, path.name, "exec"), {})
    wheel = f"{project()['name'].replace('-', '_')}-{project()['version']}-py3-none-any.whl"
    assert asked == [[sys.executable, "-m", "pip", "install", "--quiet", wheel]]


@pytest.mark.parametrize("path", FILES)
def test_every_exercise_has_a_folded_solution_with_a_check(path):
    cells = jupytext.read(path).cells
    exercises = sum(cell.source.count("### Exercise ") for cell in cells if cell.cell_type == "markdown")
    solutions = [cell for cell in cells if is_solution(cell)]
    assert len(solutions) == exercises >= 1
    for cell in solutions:
        assert cell.source.startswith("# @title Solution of exercise ")
        assert cell.metadata["cellView"] == "form"  # Colab shows its title alone
        assert cell.metadata["jupyter"]["source_hidden"] is True
        assert "assert " in cell.source or "compare(" in cell.source


@pytest.mark.parametrize("path", FILES)
def test_the_page_has_one_title_and_every_line_of_code(path):
    page = notebook_page(path)
    outside_code = "".join(page.split("```")[::2])
    assert [line for line in outside_code.splitlines() if line.startswith("# ")] == [page.splitlines()[0]]
    assert page.splitlines()[2].startswith(f'<a href="{path.stem}.ipynb" download>')
    assert page.count("\n??? success ") == sum(map(is_solution, code_cells(path)))
    lines = {line.strip() for line in page.splitlines()}
    for cell in code_cells(path):
        assert {line.strip() for line in cell.source.splitlines() if not line.startswith("# @title")} <= lines


def test_what_was_executed_is_shown_unless_the_text_has_changed(tmp_path, monkeypatch):
    path = tmp_path / "small.py"
    path.write_text("# %% [markdown]\n# # Title\n#\n# Text.\n\n# %%\n1 + 1\n")
    ran = jupytext.read(path)
    parts = [nbformat.v4.new_output("stream", name="stdout", text=text) for text in ("first ", "second\n")]
    ran.cells[1].outputs = [*parts, nbformat.v4.new_output("execute_result", {"text/plain": "2, says Python"})]
    nbformat.write(ran, tmp_path / "small.ipynb")
    monkeypatch.setattr("docs.website.notebooks.EXECUTED", tmp_path)
    assert "```python\n1 + 1\n```\n\n```text\nfirst second\n```\n\n```text\n2, says Python\n```" in notebook_page(path)
    assert NOT_EXECUTED not in notebook_page(path)
    path.write_text(path.read_text().replace("1 + 1", "1 + 2"))
    assert "2, says Python" not in notebook_page(path)
    assert NOT_EXECUTED in notebook_page(path)
