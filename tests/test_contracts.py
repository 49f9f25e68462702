"""The import contracts of pyproject.toml, which .ci/run checks, refuse what they are meant to refuse."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("models/numerics/sums.py", "import inference.numerics.sums", "Packages import downward"),
        ("models/observations/counts.py", "import models.families.beta_binomial.tally", "Folders of models"),
        ("inference/questions/ranking.py", "import inference.algorithms.exact", "Folders of inference"),
        ("experiments/presentation/axes.py", "import experiments.methods.learned", "What experiments share"),
        ("experiments/pooling/main.py", "import experiments.wobble.tables", "Nothing imports an experiment"),
        ("experiments/methods/learned.py", "import experiments.pooling.report", "Nothing imports an experiment"),
        ("experiments/catalogue.py", "import experiments.pooling.main", "Nothing imports an experiment"),
    ],
)
def test_a_planted_import_breaks_its_contract(module, planted, contract, tmp_path):
    for package in ("models", "inference", "experiments"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / module
    path.write_text(path.read_text() + f"\n{planted}\n")
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert f"{contract}" in next(line for line in ran.stdout.splitlines() if " BROKEN" in line)
