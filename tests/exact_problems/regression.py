"""A regression on a covariate of any value: three numbers, by a Gauss-Legendre product rule around the peak."""

from math import log

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, log_expit, logsumexp

from models import Counts
from tests.exact_problems.hyperpriors_of_one import SD
from tests.exact_problems.hyperpriors_of_three import LAM
from tests.exact_problems.likelihoods import log_normal_density
from tests.exact_problems.problem import Problem
from tests.families import REGRESSION

STUDENTS, TRIALS = 60, 50
REACH = 13.0  # sds of a normal posterior: e^-84 is left out of one, and less than 1e-12 of these
PANELS, ORDER = 9, 10  # nodes in each direction
STEP = 1e-3  # of differences, in log-odds and log lam


def regression_on_a_number(seed: int) -> Problem:
    """Data that determine b0, b1 and lam to 5 to 50 %, so that the posterior has a peak inside the bounds of lam."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0, 1.5, STUDENTS)
    b0, b1, lam = rng.normal(0, 1), rng.normal(0, 0.7), rng.uniform(2, 12)
    mu = 1 / (1 + np.exp(-b0 - b1 * x))
    n = rng.integers(10, TRIALS + 1, STUDENTS)
    n[-1] = TRIALS
    counts = Counts(rng.binomial(n, rng.beta(lam * mu, lam * (1 - mu))), n, covariates={"x": x})
    line, weights = _product_rule(lambda z: _log_joint(z, counts, x), np.array([b0, b1, log(lam)]))
    log_mass = _log_joint(line, counts, x) + weights
    log_evidence = float(logsumexp(log_mass))
    b0, b1, log_lam = line
    share = np.exp(log_mass - log_evidence)
    means = {"b0": float(share @ b0), "b1": float(share @ b1), "lam": float(share @ np.exp(log_lam))}
    return Problem(REGRESSION, counts, log_evidence, means)


def _log_joint(z: np.ndarray, counts: Counts, x: np.ndarray) -> np.ndarray:
    """log p(k, b0, b1, log lam) of points of shape (3, N); -inf outside the bounds of lam."""
    b0, b1, log_lam = z
    lam = np.exp(log_lam)
    total = log_normal_density(b0, SD) + log_normal_density(b1, SD) - log(log(LAM[1] / LAM[0]))
    for covariate, k, n in zip(x, counts.k, counts.n, strict=True):
        eta = b0 + b1 * covariate
        a, b = lam * np.exp(log_expit(eta)), lam * np.exp(log_expit(-eta))
        total += gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + gammaln(lam) - gammaln(lam + n)
        total += gammaln(a + k) - gammaln(a) + gammaln(b + (n - k)) - gammaln(b)
    return np.where((LAM[0] < lam) & (lam < LAM[1]), total, -np.inf)


def _product_rule(log_f, start: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nodes, shape (3, N), and log weights of a rule in the frame of the second derivatives at the peak."""
    peak = minimize(lambda z: -log_f(z[:, None])[0], start, method="Nelder-Mead", options={"maxiter": 2000}).x
    unit = STEP * np.eye(3)
    curvature = np.array(
        [
            [sum(s * t * log_f((peak + s * u + t * v)[:, None])[0] for s in (1, -1) for t in (1, -1)) for v in unit]
            for u in unit
        ]
    ) / (4 * STEP**2)
    frame = np.linalg.cholesky(np.linalg.inv(-curvature))
    nodes, weights = np.polynomial.legendre.leggauss(ORDER)
    inside = REACH * ((2 * np.arange(PANELS)[:, None] + 1 + nodes).ravel() / PANELS - 1)
    log_weight = np.log(np.tile(weights, PANELS) * REACH / PANELS)
    u = np.stack([each.ravel() for each in np.meshgrid(inside, inside, inside, indexing="ij")])
    of_each = sum(each.ravel() for each in np.meshgrid(log_weight, log_weight, log_weight, indexing="ij"))
    return peak[:, None] + frame @ u, of_each + np.linalg.slogdet(frame)[1]
