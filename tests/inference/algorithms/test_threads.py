import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("threads_program.py")


@pytest.mark.parametrize(
    "asked",
    [
        ["exact"],
        pytest.param(["importance", "exact", "rqmc"], marks=pytest.mark.slow),
        pytest.param(["importance", "exact", "rqmc", "nuts", "mh"], marks=pytest.mark.long),
    ],
    ids=len,
)
@pytest.mark.costly
def test_threads_that_ask_at_once_get_the_serial_answers_to_the_bit(asked):
    root = PROGRAM.parents[3]  # where `models` and `inference` are
    environment = os.environ | {"PYTHONPATH": str(root)}
    words = [sys.executable, str(PROGRAM), *asked]
    found = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"{4 * len(asked)} answers\n"
