import numpy as np
import pytest

from models.numerics.sums import weighted

EPS = np.finfo(np.float64).eps


@pytest.mark.parametrize("shape", [(20_000,), (2_001, 7)])
def test_sum_is_that_of_its_terms_to_rounding(shape):
    rng = np.random.default_rng(0)
    weights, values = rng.normal(size=shape[0]), rng.normal(size=shape)
    terms = (weights.reshape(-1, *[1] * (len(shape) - 1)) * values).astype(np.longdouble)
    bound = (shape[0] + 1) * EPS * np.abs(terms).sum(axis=0)  # Higham 2002, eq. 3.5, for any order
    assert np.all(np.abs(weighted(weights, values) - terms.sum(axis=0)) <= bound)


@pytest.mark.parametrize("shape", [(20_001,), (501, 3), (101, 40)])
def test_sum_is_the_same_wherever_its_numbers_lie_in_memory(shape):
    rng = np.random.default_rng(0)
    weights, values = rng.normal(size=shape[0]), rng.normal(size=shape)
    sums = {weighted(_at(weights, at), _at(values, 56 - at)).tobytes() for at in range(0, 64, 8)}
    assert len(sums) == 1


def _at(values: np.ndarray, offset: int) -> np.ndarray:
    """A copy that begins `offset` bytes after a multiple of 64."""
    memory = np.empty(values.nbytes + 128, np.uint8)
    begin = -memory.ctypes.data % 64 + offset
    copy = memory[begin : begin + values.nbytes].view(values.dtype).reshape(values.shape)
    copy[...] = values
    return copy
