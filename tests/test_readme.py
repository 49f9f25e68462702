"""The README and CONTRIBUTING are read by newcomers: their code runs, and the commands they name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = [
    pytest.param(block, id=f"{document}-{i}")
    for document in ("README.md", "CONTRIBUTING.md")
    for i, block in enumerate(re.findall(r"^ *```python\n(.*?)^ *```", (ROOT / document).read_text(), re.M | re.S))
]


def test_there_is_code_to_run():
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("block", BLOCKS)
def test_code_runs(block, tmp_path, monkeypatch):
    (tmp_path / "my.csv").write_text("name,k,n\nAlyssa,70,100\nEmi,2,2\nFarid,0,1\n")
    monkeypatch.chdir(tmp_path)
    lines = block.splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip())
    exec(compile("\n".join(line[indent:] for line in lines), "README", "exec"), {})


def test_every_experiment_of_the_command_line_is_described():
    from experiments.catalogue import EXPERIMENTS

    readme = (ROOT / "README.md").read_text()
    for name in EXPERIMENTS:
        assert f"python -m experiments {name}" in readme


def test_the_figure_is_there():
    readme = (ROOT / "README.md").read_text()
    for path in re.findall(r"!\[.*?\]\((.*?)\)", readme):
        assert (ROOT / path).is_file(), path
