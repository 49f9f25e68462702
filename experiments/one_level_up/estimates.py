"""The school in numbers: by weighted draws, and by nested quadrature."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_expit

from experiments.methods.learned import Estimate
from experiments.one_level_up.nested import NestedPosterior, NestedSchool
from experiments.one_level_up.together import CLASSROOMS, NAMES
from inference import Posterior
from inference.numerics.weighted_quantile import weighted_quantile
from models import Counts

SCHOOL = ("mu_centre", "mu_spread", "lam_centre", "lam_spread")


def numbers_of_classroom(posterior: Posterior, classroom: str) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds of mu, and log lam, of one classroom at each draw of a school, each of shape (N,)."""
    at = NAMES.index(classroom)
    log_odds, log_lam = (
        posterior.values(f"{name}_centre") + posterior.values(f"{name}_spread") * posterior.values(f"{name}_z[{at}]")
        for name in ("mu", "lam")
    )
    return log_odds, log_lam


def school_estimates(posterior: Posterior) -> dict[str, Estimate]:
    """E[x] of the school's four numbers, of the log-odds of mu and log lam of A and B, and log Z, with their errors."""
    found = {f"E[{name}]": Estimate(posterior.mean(name), posterior.mean_error(name)) for name in SCHOOL}
    for classroom in CLASSROOMS:
        numbers = numbers_of_classroom(posterior, classroom)
        for name, values in zip(_names(classroom), numbers, strict=True):
            found[name] = Estimate(*(float(number) for number in posterior.expectation(values)))
    return found | {"log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error)}


def _names(classroom: str) -> tuple[str, str]:
    return f"E[logit mu {classroom}]", f"E[log lam {classroom}]"


class NestedAnswer(NamedTuple):
    """The school by nested quadrature: its posterior, and the weights of the two numbers of each classroom."""

    quadrature: NestedSchool
    school: NestedPosterior
    classrooms: dict[str, np.ndarray]  # (X, Y) each

    def estimates(self) -> dict[str, float]:
        """The numbers of `school_estimates`."""
        q, of_mu, of_lam = self.quadrature, self.school.weights.sum(axis=1), self.school.weights.sum(axis=0)
        values = of_mu @ q.mu.centre, of_mu @ q.mu.spread, of_lam @ q.lam.centre, of_lam @ q.lam.spread
        found = {f"E[{name}]": float(value) for name, value in zip(SCHOOL, values, strict=True)}
        for classroom in CLASSROOMS:
            weights = self.classrooms[classroom]
            numbers = weights.sum(axis=1) @ q.mu.values, weights.sum(axis=0) @ q.lam.values
            found |= {name: float(value) for name, value in zip(_names(classroom), numbers, strict=True)}
        return found | {"log Z": self.school.log_evidence}

    def given(self, classroom: str, k: int, n: int) -> np.ndarray:
        """Weights of a classroom's two numbers once one more student has brought k of n, n 0 or 1, shape (X, Y)."""
        weights = self.classrooms[classroom] * probability_of_bento(k, n, self.quadrature.mu.values)[:, None]
        return weights / weights.sum()

    def rate(self, classroom: str, k: int, n: int) -> float:
        """E[theta] of one more student of a classroom, who has brought k of n, n 0 or 1."""
        a, b = self.quadrature.shapes
        return float(np.sum(self.given(classroom, k, n) * (a + k) / (a + b + n)))


def nested_answer(quadrature: NestedSchool, seen: Mapping[str, Sequence[Counts]]) -> NestedAnswer:
    """The school of some classrooms by nested quadrature.

    Args:
        quadrature: nodes.
        seen: tables of the students of each classroom; none of one that nobody has seen.

    Returns:
        The answer.
    """
    one = np.ones_like(quadrature.shapes[0])
    likelihoods = {
        name: np.prod([one, *(quadrature.likelihood(counts) for counts in tables)], axis=0)
        for name, tables in seen.items()
    }
    evidences = {name: quadrature.evidence(likelihood) for name, likelihood in likelihoods.items()}
    school = quadrature.posterior(np.sum([np.log(evidence) for evidence in evidences.values()], axis=0))
    classrooms = {name: quadrature.classroom(school, likelihoods[name], evidences[name]) for name in seen}
    return NestedAnswer(quadrature, school, classrooms)


def shapes_of_numbers(log_odds: np.ndarray, log_lam: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(a, b) of a classroom from its two numbers."""
    return np.exp(log_lam + log_expit(log_odds)), np.exp(log_lam + log_expit(-log_odds))


def probability_of_bento(k: int, n: int, log_odds: np.ndarray) -> np.ndarray:
    """Probability of k tonkatsu in n bentos, n 0 or 1, of a student of a classroom: mu, 1 - mu, or 1, whatever lam."""
    return expit((2 * k - 1) * log_odds) if n else np.ones_like(log_odds)


def given_more(posterior: Posterior, values: np.ndarray, seen: np.ndarray) -> Estimate:
    """Posterior mean of any number once more was seen, and its standard error, from the same draws.

        E[f given more] = E[f p] / E[p],  p the probability of what was seen

    The error is that of the mean of p (f - E[f given more]) / E[p] (delta method).

    Args:
        posterior: weighted draws.
        values: f at each draw, shape (N,).
        seen: p at each draw, shape (N,).

    Returns:
        The mean and its error.
    """
    evidence = float(posterior.expectation(seen)[0])
    mean = float(posterior.expectation(values * seen)[0]) / evidence
    return Estimate(mean, float(posterior.expectation(seen * (values - mean) / evidence)[1]))


def quantile_estimate(posterior: Posterior, values: np.ndarray, q: float, seen: np.ndarray | None = None) -> Estimate:
    """A posterior quantile of any number, and its standard error.

    If e is the standard error of P(x <= quantile), that of the quantile is half the distance between the quantiles at
    q - e and q + e.

    Args:
        posterior: weighted draws.
        values: the number at each draw, shape (N,).
        q: probability.
        seen: as of `given_more`, if more was seen.

    Returns:
        The quantile and its error.

    References:
        Woodruff (1952), Confidence intervals for medians and other position measures, JASA 47.
    """
    seen = np.ones(len(values)) if seen is None else seen
    weights = posterior.weights * seen / (posterior.weights @ seen)
    value = float(weighted_quantile(values, weights, q))
    off = given_more(posterior, (values <= value).astype(float), seen).error
    ends = [weighted_quantile(values, weights, min(max(q + side * off, 1e-9), 1 - 1e-9)) for side in (-1, 1)]
    return Estimate(value, float(ends[1] - ends[0]) / 2)
