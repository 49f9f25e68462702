"""How many digits `own-counts` computes with: as many as the counts have."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax
import numpy as np

from models import Observations
from models.observations.trials import LARGEST_FLOAT32_COUNT


def is_beyond_float32(counts: Observations) -> bool:
    """Whether a count is so large that float32 may skip it; an exposure is no count, and is rounded."""
    whole = [values for values in (counts.k, counts.design_values) if np.issubdtype(values.dtype, np.integer)]
    return any(np.max(values, initial=0) > LARGEST_FLOAT32_COUNT for values in whole)


@contextmanager
def enough_digits(counts: Observations, *, x64: bool = False) -> Iterator[None]:
    """Compute in x64 inside, if it is asked for, or if float32 cannot hold the counts.

    Args:
        counts: the groups.
        x64: whether x64 is asked for.
    """
    if not x64 and not is_beyond_float32(counts):
        yield
        return
    with jax.enable_x64(True):
        yield
