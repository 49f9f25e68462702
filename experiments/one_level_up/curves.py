"""How fast each level is learned, on average over schools that are drawn from the prior."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from experiments.one_level_up.nested import NestedSchool
from experiments.one_level_up.school import CENTRE_SD, LAM_CENTRE, LAM_SPREAD, MU_CENTRE, MU_SPREAD
from inference import closed_form
from models import Counts

BENTOS = 5  # of each student
MOST_STUDENTS_KEPT = 2  # in a classroom whose evidence is kept: 2 students have 21 different tallies
LEVELS = ("theta", "log_odds_mu", "log_lam", "mu_centre", "mu_spread", "lam_centre", "lam_spread")


class Stage(NamedTuple):
    """How many classrooms have been seen, and how many students of each."""

    classrooms: int
    students: int


def drawn_school(rng: np.random.Generator, classrooms: int, students: int) -> np.ndarray:
    """Counts of the students of a school that is drawn from the prior, out of BENTOS bentos each.

    Args:
        rng: random generator.
        classrooms: number of classrooms.
        students: number of students in each.

    Returns:
        Shape (classrooms, students).
    """
    centres = rng.normal([MU_CENTRE, LAM_CENTRE], CENTRE_SD)
    spreads = np.abs(rng.normal(0.0, [MU_SPREAD, LAM_SPREAD]))
    log_odds, log_lam = (centres + spreads * rng.standard_normal((classrooms, 2))).T[:, :, None]
    size = classrooms, students
    log_gammas = []
    for shape in (np.exp(log_lam) * expit(sign * log_odds) for sign in (1, -1)):
        # Gamma(a) is Gamma(a + 1) U^(1 / a); in logs, because for a tiny shape it would round to 0.
        log_gammas.append(np.log(rng.gamma(shape + 1, size=size)) + np.log(rng.random(size)) / shape)
    return rng.binomial(BENTOS, expit(log_gammas[0] - log_gammas[1]))


class Levels:
    """What is known of each level of a school, once some of its students have been seen.

    Args:
        quadrature: nodes.
    """

    def __init__(self, quadrature: NestedSchool):
        self.quadrature = quadrature
        self.log_pmf = np.stack(
            [closed_form(Counts([k], [BENTOS]), *quadrature.shapes) for k in range(BENTOS + 1)]
        )  # (BENTOS + 1, X, Y)
        self._evidences: dict[bytes, np.ndarray] = {}

    def moments(self, seen: Sequence[np.ndarray] | np.ndarray) -> np.ndarray:
        """Posterior means and variances of LEVELS; of the first classroom, and of its first student.

        Args:
            seen: k of each student, for each classroom, each out of BENTOS bentos; may be empty.

        Returns:
            Shape (2, LEVELS).
        """
        if len(seen):
            log_evidences = np.sum([np.log(self._evidence(k)) for k in seen], axis=0)
            of_first, first_evidence = self._likelihood(seen[0]), self._evidence(seen[0])
        else:
            log_evidences = np.zeros((len(self.quadrature.mu.mass), len(self.quadrature.lam.mass)))
            of_first, first_evidence = np.ones_like(self.quadrature.shapes[0]), np.ones_like(log_evidences)
        school = self.quadrature.posterior(log_evidences)
        classroom = self.quadrature.classroom(school, of_first, first_evidence)
        a, b = self.quadrature.shapes
        if len(seen):
            a, b = a + seen[0][0], b + (BENTOS - seen[0][0])
        theta = a / (a + b)
        means: list[Any] = [np.sum(classroom * theta)]
        variances: list[Any] = [np.sum(classroom * (theta * (1 - theta) / (a + b + 1) + (theta - means[0]) ** 2))]
        of_mu, of_lam = school.weights.sum(axis=1), school.weights.sum(axis=0)
        for values, weights in (
            (self.quadrature.mu.values, classroom.sum(axis=1)),
            (self.quadrature.lam.values, classroom.sum(axis=0)),
            (self.quadrature.mu.centre, of_mu),
            (self.quadrature.mu.spread, of_mu),
            (self.quadrature.lam.centre, of_lam),
            (self.quadrature.lam.spread, of_lam),
        ):
            means.append(weights @ values)
            variances.append(weights @ (values - means[-1]) ** 2)
        return np.array([means, variances])

    def _likelihood(self, k: np.ndarray) -> np.ndarray:
        return np.exp(np.tensordot(np.bincount(k, minlength=BENTOS + 1).astype(float), self.log_pmf, axes=1))

    def _evidence(self, k: np.ndarray) -> np.ndarray:
        """Of a classroom with these counts; kept for the next school if it has few students."""
        tally = np.bincount(k, minlength=BENTOS + 1).tobytes()
        if tally not in self._evidences:
            found = self.quadrature.evidence(self._likelihood(k))
            if len(k) > MOST_STUDENTS_KEPT:
                return found
            self._evidences[tally] = found
        return self._evidences[tally]


def learning_curves(levels: Levels, stages: Sequence[Stage], schools: int, seed: int) -> pl.DataFrame:
    """The share of the prior's sd of each level that is left, on average over schools drawn from the prior.

        left = sqrt(E[Var(x given data)] / Var(x))

    It is the root mean square error of the posterior mean, in units of what it is before any data. It starts at 1, and
    no data can raise it: E[Var(x given data)] + Var(E[x given data]) = Var(x).

    Args:
        levels: what is known once students have been seen.
        stages: in increasing order; a later stage has the classrooms and students of an earlier one.
        schools: number of schools.
        seed: of their draws.

    Returns:
        A row per stage and level: classrooms, students, level; left and its standard error over schools; z, the
        distance from the law of total variance in standard errors.
    """
    rng = np.random.default_rng(seed)
    most = Stage(*(max(sizes) for sizes in zip(*stages, strict=True)))
    prior_mean, prior_variance = levels.moments([])
    drawn = [drawn_school(rng, *most) for _ in range(schools)]
    rows = []
    for stage in stages:
        found = np.array([levels.moments(k[: stage.classrooms, : stage.students]) for k in drawn])
        mean, variance = found[:, 0], found[:, 1]
        total = variance + (mean - prior_mean) ** 2 - prior_variance  # of expectation 0
        error = variance.std(axis=0, ddof=1) / np.sqrt(schools)
        left = np.sqrt(variance.mean(axis=0) / prior_variance)
        z = total.mean(axis=0) / (total.std(axis=0, ddof=1) / np.sqrt(schools))
        for i, level in enumerate(LEVELS):
            rows.append(
                stage._asdict()
                | {
                    "level": level,
                    "left": left[i],
                    "left_error": error[i] / (2 * left[i] * prior_variance[i]),
                    "z": z[i],
                }
            )
    return pl.DataFrame(rows)
