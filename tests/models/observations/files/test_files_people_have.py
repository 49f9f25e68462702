"""Every file of the table gives its counts or one line that says what is wrong, held in memory or streamed."""

import jax.numpy as jnp
import numpy as np
import pytest

from models import Counts, CountsError
from models.observations import large_files
from models.observations.text_files import encodings, quotation
from tests.models.observations.files.cases import CASES, CHARACTERS, SEPARATORS, Case


@pytest.fixture(autouse=True)
def _no_jax(monkeypatch):
    """Files are read without JAX: make every array construction fail."""

    def reached(*_, **__):
        raise AssertionError("JAX was reached")

    for name in ("asarray", "array", "zeros"):
        monkeypatch.setattr(jnp, name, reached)


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request) -> Case:
    return request.param


def read(case: Case, folder) -> Counts:
    path = folder / case.file
    path.write_bytes(case.bytes)
    return Counts.read(path, **case.options)


def message_of(case: Case, folder) -> str:
    with pytest.raises(CountsError) as refused:
        read(case, folder)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None  # no traceback of any library
    return str(refused.value)


def test_there_are_many():
    assert len(CASES) >= 60


def test_a_file_gives_its_counts_or_one_line(case, tmp_path):
    if case.k is None:
        said = message_of(case, tmp_path)
        assert said.startswith(f"{tmp_path / case.file}: {case.error}")
        assert "\n" not in said
        return
    counts = read(case, tmp_path)
    assert counts.k.tolist() == list(case.k)
    assert counts.n.tolist() == list(case.n)
    assert counts.is_named == (case.names is not None)
    assert counts.names == (case.names or tuple(f"student {i + 1}" for i in range(len(case.k))))


@pytest.mark.parametrize("chunk", [1, 2, 3])
@pytest.mark.parametrize("name", [*CHARACTERS, *(name for name in SEPARATORS if "quote" in name)])
def test_bytes_that_are_read_apart_belong_together(name, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(encodings, "CHUNK", chunk)
    monkeypatch.setattr(quotation, "CHUNK", chunk)
    test_a_file_gives_its_counts_or_one_line((CHARACTERS | SEPARATORS)[name], tmp_path)


def test_a_large_file_gives_the_same(case, tmp_path, monkeypatch):
    monkeypatch.setattr(large_files, "MOST_ROWS_HELD", -1)
    monkeypatch.setattr(large_files, "MOST_BYTES_HELD", -1)
    if case.k is None:
        if " name" in case.error:  # names of a large file are not read, unless they are groups of trials
            return
        assert message_of(case, tmp_path).startswith(f"{tmp_path / case.file}: {case.error}")
        return
    found, expected = read(case, tmp_path).pairs, Counts(case.k, case.n).pairs
    for of_streamed, of_case in zip(found, expected, strict=True):
        np.testing.assert_array_equal(of_streamed, of_case)
