"""The columns with which tables of groups begin, and the column of multiplicities."""

from typing import Any

import numpy as np

from models import Counts


def group_columns(counts: Counts) -> dict[str, Any]:
    """The columns name, k and n, a row per row of the counts."""
    return {"name": counts.names, "k": counts.k, "n": counts.n}


def multiplicity_column(counts: Counts) -> dict[str, Any]:
    """The column multiplicity; no column if it is 1 in all rows."""
    return {"multiplicity": counts.multiplicity} if np.any(counts.multiplicity != 1) else {}
