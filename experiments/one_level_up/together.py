"""Classrooms A and B in one school, with a third one of which nobody has been seen yet."""

import numpy as np

from experiments.data.classrooms import classroom_a, classroom_b
from experiments.one_level_up.school import COVARIATE
from models import Counts

CLASSROOMS = {"A": classroom_a, "B": classroom_b}
NEW = "new"  # comes last in the sorted order of classrooms, which gives them their numbers
NAMES = (*CLASSROOMS, NEW)


def students_in(classroom: str, k: list[int], n: list[int], names: list[str] | None = None) -> Counts:
    """Students of one classroom of the school."""
    return Counts(k, n, names=names, covariates={COVARIATE: [classroom] * len(k)})


def whole_school() -> Counts:
    """Everybody in A and B, and a student without bentos in the new classroom, who makes it known and says nothing."""
    rooms = {name: classroom() for name, classroom in CLASSROOMS.items()}
    return Counts(
        np.concatenate([*(counts.k for counts in rooms.values()), [0]]),
        np.concatenate([*(counts.n for counts in rooms.values()), [0]]),
        names=[f"{student} in {room}" for room, counts in rooms.items() for student in counts.names] + [NEW],
        covariates={COVARIATE: [room for room, counts in rooms.items() for _ in counts.names] + [NEW]},
    )
