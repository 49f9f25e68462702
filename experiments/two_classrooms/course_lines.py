"""The two lines that the course prints of its classrooms: a mean and a concentration each, and how sure they are."""

from collections.abc import Mapping

import polars as pl

from experiments.methods.learned import EXACT, Learned
from inference import ExactPosterior

COURSE = "course's own draws"
COURSE_LINES = {"A": "mu=0.66, lambda=41.3", "B": "mu=0.47, lambda=0.6"}


def course_line(mu: float, lam: float) -> str:
    """Mean and concentration in the course's words and rounding."""
    return f"mu={mu:.2f}, lambda={lam:.1f}"


def line_table(course: Mapping[str, Mapping[str, Learned]]) -> pl.DataFrame:
    """What the course prints of each classroom, next to its own draws and to the exact answer under its hyperprior.

    Args:
        course: by classroom, what its own draws and `exact` learned.

    Returns:
        A row per classroom: classroom; prints; draws and exact, the same line from both; mu, lam and below_1, that is
        P(lam < 1), from the draws with their standard errors (mu_error, ...); exact_mu, exact_lam, exact_below_1.
    """
    rows = []
    for classroom, learned in course.items():
        draws, truth = learned[COURSE].posterior, learned[EXACT].posterior
        assert isinstance(truth, ExactPosterior)
        below, error = draws.expectation(draws.draws["lam"] < 1)
        rows.append(
            {
                "classroom": classroom,
                "prints": COURSE_LINES[classroom],
                "draws": course_line(draws.mean("mu"), draws.mean("lam")),
                "exact": course_line(truth.mean("mu"), truth.mean("lam")),
                **{name: draws.mean(name) for name in ("mu", "lam")},
                **{f"{name}_error": draws.mean_error(name) for name in ("mu", "lam")},
                **{f"exact_{name}": truth.mean(name) for name in ("mu", "lam")},
                "below_1": float(below),
                "below_1_error": float(error),
                "exact_below_1": truth.probability_below("lam", 1.0),
            }
        )
    return pl.DataFrame(rows)
