"""How much the counts speak for one, two or three kinds of students: log evidence and Bayes factors."""

import math
from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.special import softmax

from experiments.kinds_of_students.classes import SCHOOL, A, B
from inference import Posterior

# Largest Bayes factor of each grade of evidence (Kass & Raftery 1995, Bayes factors, section 3.2).
GRADES = {3.0: "not worth more than a bare mention", 20.0: "positive", 150.0: "strong", np.inf: "very strong"}
TOLD_APART = "one in A, one in B"


def evidence_table(learned: Mapping[str, Mapping[int, Posterior]]) -> pl.DataFrame:
    """The evidence for each number of kinds, next to that for one.

    Where classes A and B are one school, there is a fourth possibility, that of the course: everybody knows who is in
    which class, and each class has a population of its own. Its evidence is the product of those of A and B.

    Args:
        learned: posteriors by class and number of kinds; A, B and both as one school among the classes.

    Returns:
        A row per class and number of kinds: log_z; log_bayes_factor and bayes_factor, for this many kinds and against
        one; each with its error; probability, of this number of kinds if all three are equally probable before.
    """
    rows = []
    for name, by_kinds in learned.items():
        of_one = by_kinds[1]
        found = {
            str(kinds): (posterior.log_evidence, posterior.log_evidence_error) for kinds, posterior in by_kinds.items()
        }
        probabilities = dict(zip(found, softmax([log_z for log_z, _ in found.values()]), strict=True))
        if name == SCHOOL:
            apart = [learned[each][1] for each in (A, B)]
            found[TOLD_APART] = (
                sum(each.log_evidence for each in apart),
                math.hypot(*(each.log_evidence_error for each in apart)),
            )
        for kinds, (log_z, error) in found.items():
            log_factor = log_z - of_one.log_evidence
            error_of_factor = math.hypot(error, of_one.log_evidence_error) if kinds != "1" else 0.0
            rows.append(
                {
                    "class": name,
                    "kinds": kinds,
                    "log_z": log_z,
                    "log_z_error": error,
                    "log_bayes_factor": log_factor,
                    "log_bayes_factor_error": error_of_factor,
                    "bayes_factor": float(np.exp(log_factor)),
                    "bayes_factor_error": float(np.exp(log_factor) * error_of_factor),
                    "probability": probabilities.get(kinds),
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)


def grade(bayes_factor: float) -> str:
    """What Kass & Raftery (1995) call evidence of this size, for or against.

    Args:
        bayes_factor: the ratio of two evidences.

    Returns:
        One of GRADES.
    """
    size = max(bayes_factor, 1 / bayes_factor)
    return next(words for largest, words in GRADES.items() if size < largest or np.isinf(largest))
