"""Replaces many weighted populations by a few that give every student the same interval."""

import numpy as np
from numpy.polynomial import chebyshev
from scipy.linalg import lstsq, qr
from scipy.special import log_expit

from inference.numerics.betas.beta_mixtures import Populations, Students, beta_cdf

FEW_STUDENTS = 32  # students: up to this number it costs no more to use all populations than to choose among them
FEW_POPULATIONS = 64  # populations: up to this number all are kept
# Pairs of the number of nodes of the lattice in logit mu and the number of students to learn from, tried in this order.
# The first pair is enough for a posterior that the counts determine well, the last for one as wide as its hyperprior.
LEVELS = ((24, 32), (56, 112), (112, 224), (144, 320))
CORNERS = 8  # students on which the choice is checked because interpolation is hardest for them
HELD_OUT = 16  # students on which the choice is checked because they are least like those learned from
# Largest accepted error of the distribution functions of the students checked. Those of other students have errors of
# the same size, below 1e-7.
DISCREPANCY = 5e-8
NO_WIDTH = 1e-12  # range of logit mu or log lam that changes a distribution function only by rounding
DEPENDENT = 3e-9  # remainder of a population, relative to the first one's, below which the chosen ones represent it


def compress(populations: Populations, students: Students, ends: tuple[float, ...]) -> Populations:
    """Few populations with the same interval ends for every student.

    Students' distribution functions at their interval ends, F_i(a, b) = P(theta_i < x_i | k_i, n_i, a, b), are smooth
    in (a, b) and much alike, so that a few populations span them all:

        sum_j w_j F_i(a_j, b_j) = sum_s W_s F_i(a_s, b_s).

    The populations s are chosen, and W solved for, on some of the students (an interpolative decomposition; Cheng,
    Gimbutas, Martinsson & Rokhlin 2005). They are checked against all the populations on the students who are least
    like those, and on the most extreme students. The choice is refined until the check passes. If it never passes, or
    if fewer populations would not save time, all populations are returned.

    Args:
        populations: all of them.
        students: all of them, different from one another.
        ends: probabilities of the interval ends.

    Returns:
        Populations; their weights may be slightly negative.
    """
    if len(students.k) <= FEW_STUDENTS or len(populations.a) <= FEW_POPULATIONS:
        return populations
    order = _from_unlike_to_like(students, LEVELS[-1][1] + HELD_OUT)
    few = None
    for size, learned_from in LEVELS:
        candidates = lattice(populations, size) if size * (size // 2) < len(populations.a) else populations
        learned_from = min(learned_from, len(order) - HELD_OUT)
        few = _choose(candidates, students.take(order[:learned_from]), ends, few or candidates)
        checked = np.append(order[:CORNERS], order[learned_from:][:HELD_OUT])
        if _discrepancy(few, populations, students.take(checked), ends) < DISCREPANCY:
            return few
    return populations


def lattice(populations: Populations, size: int) -> Populations:
    """A lattice of populations with the same expectations of smooth functions, by Chebyshev interpolation.

    On the box of the populations in u = logit mu and v = log lam, with L the Lagrange polynomials of each axis,
    sum_j w_j f(u_j, v_j) = sum_pq W_pq f(s_p, t_q), W_pq = sum_j w_j L_p(u_j) L_q(v_j).

    Args:
        populations: shape (components,).
        size: nodes in logit mu; half as many in log lam, in which distribution functions change more slowly.

    Returns:
        size * (size // 2) populations; fewer where mu or lam is the same in all.
    """
    log_odds, u_basis = _interpolation(np.log(populations.a) - np.log(populations.b), size)
    log_lam, v_basis = _interpolation(np.log(populations.a + populations.b), size // 2)
    a = np.exp(log_lam + log_expit(log_odds)[:, None])
    b = np.exp(log_lam + log_expit(-log_odds)[:, None])
    weights = u_basis.T @ (populations.weights[:, None] * v_basis)
    return Populations(a.ravel(), b.ravel(), weights.ravel())


def _interpolation(values: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Chebyshev nodes on the range of the values, and each node's Lagrange polynomial at each value."""
    low, high = values.min(), values.max()
    if high - low < NO_WIDTH:
        return values[:1], np.ones((len(values), 1))
    nodes = chebyshev.chebpts1(size)
    at_nodes, at_values = (
        chebyshev.chebvander(x, size - 1) for x in (nodes, np.clip((2 * values - low - high) / (high - low), -1, 1))
    )
    at_nodes[:, 0] /= 2  # discrete orthogonality: L_p(x) = 2/size sum'_i T_i(s_p) T_i(x), the first term halved
    return (low + high + (high - low) * nodes) / 2, at_values @ at_nodes.T * (2 / size)


def _from_unlike_to_like(students: Students, size: int) -> np.ndarray:
    """Indices of students, each furthest from all those before it: first the extremes, then the ones in between."""
    rate = np.arcsin(np.sqrt((students.k + 0.5) / (students.n + 1)))
    place = np.stack([np.log1p(students.n), rate])
    place /= np.maximum(np.ptp(place, axis=1, keepdims=True), np.finfo(np.float64).tiny)
    order = [int(np.argmax(students.n))]
    distance = np.full(len(students.n), np.inf)
    while len(order) < min(size, len(students.n)):
        distance = np.minimum(distance, np.sum((place - place[:, order[-1:]]) ** 2, axis=0))
        order.append(int(np.argmax(distance)))
    return np.array(order)


def _choose(candidates: Populations, students: Students, ends: tuple[float, ...], guess: Populations) -> Populations:
    """A few candidates: the distribution functions of all, at the ends under `guess`, are combinations of theirs."""
    shapes = candidates.shapes(students)
    functions = [np.ones((len(candidates.a), 1))]  # so that the weights add up to 1
    functions += [beta_cdf(*shapes, guess.quantile(students, q)) for q in ends]
    values = np.concatenate(functions, axis=1)
    scaled = np.sqrt(np.abs(candidates.weights)) * values.T
    triangle, pivots = qr(scaled, mode="r", pivoting=True)  # pyright: ignore[reportAssignmentType]  # two if pivoting
    remainders = np.abs(np.diag(triangle))
    representatives = pivots[: np.sum(remainders > DEPENDENT * remainders[0])]
    weights = lstsq(values[representatives].T, candidates.weights @ values)[0]
    return Populations(candidates.a[representatives], candidates.b[representatives], weights)


def _discrepancy(few: Populations, populations: Populations, students: Students, ends: tuple[float, ...]) -> float:
    """Largest difference of the distribution functions of theta at the interval ends under `few`."""
    differences = []
    for q in ends:
        log_odds = few.quantile(students, q)
        differences.append(np.abs(few.cdf(students, log_odds) - populations.cdf(students, log_odds)).max())
    return max(differences)
