"""What a new student of each classroom starts from, and where one bento takes the student."""

import numpy as np
import polars as pl
from scipy.special import betaln, expit

from experiments.one_level_up.estimates import (
    NestedAnswer,
    given_more,
    numbers_of_classroom,
    probability_of_bento,
    shapes_of_numbers,
)
from experiments.one_level_up.places import ALONE, IN_SCHOOL, UNSEEN_SCHOOL, Alone
from experiments.one_level_up.together import NAMES, NEW
from inference import Posterior
from inference.numerics.betas.beta_mixtures import mixture_quantile
from models import Counts

BENTOS_SEEN = ((0, 0), (1, 1), (0, 1))  # k and n
THETA = np.linspace(0.01, 0.99, 99)  # rates at which densities are computed


def newcomer_table(alone: Alone, school: Posterior, together: NestedAnswer) -> pl.DataFrame:
    """The rate of a new student, before a bento was seen, and after one.

    The student is counted: one bento also says something of the classroom and of the school.

    Args:
        alone: exact posteriors.
        school: draws of the school.
        together: the school by nested quadrature.

    Returns:
        A row per place and count: classroom, learned, k, n; mean of theta, its error, low and high; nested, the mean by
        nested quadrature, which is null for a classroom alone. In the school low and high are by nested quadrature.
    """
    rows = []
    for name in NAMES:
        for k, n in BENTOS_SEEN:
            student, place = Counts([k], [n]), {"classroom": name, "k": k, "n": n}
            row = alone.own[name].with_more(student).shrinkage(student).row(0, named=True)
            found = {column: row[column] for column in ("mean", "mean_error", "low", "high")}
            rows.append(place | {"learned": UNSEEN_SCHOOL if name == NEW else ALONE} | found | {"nested": None})
            rows.append(place | {"learned": IN_SCHOOL} | _in_school(school, together, name, k, n))
    return pl.DataFrame(rows, infer_schema_length=None).sort("classroom", maintain_order=True)


def _in_school(school: Posterior, together: NestedAnswer, name: str, k: int, n: int) -> dict[str, float]:
    numbers = numbers_of_classroom(school, name)
    a, b = shapes_of_numbers(*numbers)
    mean, error = given_more(school, (a + k) / (a + b + n), probability_of_bento(k, n, numbers[0]))
    weights, rate = together.given(name, k, n).ravel(), together.rate(name, k, n)
    a, b = (x.ravel() for x in together.quadrature.shapes)
    a, b = a + k, b + (n - k)
    sd = np.sqrt(weights @ (a / (a + b) * (a + 1) / (a + b + 1)) - rate**2)
    mixture = a[:, None], b[:, None], weights
    low, high = (float(expit(mixture_quantile(*mixture, q, np.array([rate]), np.array([sd]))[0])) for q in (0.05, 0.95))
    return {"mean": mean, "mean_error": error, "low": low, "high": high, "nested": rate}


def density_table(alone: Alone, school: Posterior) -> pl.DataFrame:
    """The predictive density of the rate of a new student, by where the student comes from.

    Args:
        alone: exact posteriors.
        school: draws of the school.

    Returns:
        Column theta; one column for each place, such as "A, in the school".
    """
    columns = {"theta": THETA}
    for name in NAMES:
        own = alone.own[name]
        learned = UNSEEN_SCHOOL if name == NEW else ALONE
        columns[f"{name}, {learned}"] = _density(own, own.values("log_odds"), own.values("log_lam"))
        columns[f"{name}, {IN_SCHOOL}"] = _density(school, *numbers_of_classroom(school, name))
    return pl.DataFrame(columns)


def _density(posterior: Posterior, log_odds: np.ndarray, log_lam: np.ndarray) -> np.ndarray:
    """E[Beta(theta; a, b)] over the draws; a population narrower than a step of theta is drawn as wide as a step."""
    a, b = shapes_of_numbers(log_odds, np.minimum(log_lam, -2 * np.log(THETA[1] - THETA[0])))
    log_constant = betaln(a, b)
    return np.array(
        [
            posterior.weights @ np.exp((a - 1) * np.log(theta) + (b - 1) * np.log1p(-theta) - log_constant)
            for theta in THETA
        ]
    )
