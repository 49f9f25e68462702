"""The classes: A, B, both as one school, and four classes like B."""

import numpy as np

from experiments.data.classrooms import classroom_a, classroom_b
from models import Counts

TIMES = 4  # how often each student of B is there in "four times B"
EMI, FARID = "Emi", "Farid"
A, B, SCHOOL, MANY_B = "A", "B", "A and B", "four times B"


def classes() -> dict[str, Counts]:
    """The classes by name; in "A and B" Emi of A is called "Emi (A)".

    Returns:
        Counts of 6, 6, 12 and 24 students, the last as 6 with a multiplicity.
    """
    a, b = classroom_a(), classroom_b()
    names = [f"{name} ({of})" for of, counts in ((A, a), (B, b)) for name in counts.names]
    both = Counts(np.concatenate([a.k, b.k]), np.concatenate([a.n, b.n]), names=names)
    many = Counts(b.k, b.n, names=b.names, multiplicity=np.full(len(b.k), TIMES))
    return {A: a, B: b, SCHOOL: both, MANY_B: many}


def newcomers() -> Counts:
    """Emi, 2 of 2, and Farid, 0 of 1: the same counts in A and in B."""
    a = classroom_a()
    at = [list(a.names).index(name) for name in (EMI, FARID)]
    return Counts(a.k[at], a.n[at], names=[EMI, FARID])
