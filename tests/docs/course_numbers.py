"""What the tables of docs/course.md must say: for each row, a computation of its numbers.

Exact values are by quadrature (`exact`) or SciPy. Where the course prints what its own draws gave, these draws are made
again. Chapter 19 ran a chain; its estimates are compared with the exact values, within the chain's noise.
"""

from collections.abc import Callable
from functools import cache

import arviz_stats
import numpy as np
from scipy.stats import beta

from experiments.blind_to_u_shapes.u_shapes import u_shape_probability
from experiments.data.classrooms import classroom_b, six_students, twelve_shops
from experiments.methods.learned import course_draws, weigh_course
from experiments.methods.squared_likelihood import doubled, log_constant
from experiments.shops.bounds import alike_shops
from experiments.wobble.run_to_run import RATE, limits
from inference import ExactPosterior, closed_form, exact
from models import Counts, Hyperprior, box, half_cauchy, mean_concentration
from tests.docs.chain_of_shops import walk

Numbers = tuple[float, ...]
SIX = ("Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid")
HEAVY, OTHERS = SIX[:4], SIX[2:]
CLASSES = {"A": six_students(), "B": classroom_b()}
SHOPS, ALIKE = twelve_shops(), alike_shops()
CHAIN_NOISE = 0.005  # of the mean of phi: its posterior sd is 0.07, and the chain has some 200 effective draws


@cache
def learned(hyperprior: Hyperprior, counts: Counts) -> ExactPosterior:
    """The exact posterior, computed once."""
    return exact(hyperprior, counts)


@cache
def part(name: str, students: tuple[str, ...]) -> Counts:
    """Some students of a class; the same object for the same ones."""
    counts = CLASSES[name]
    assert counts.names is not None
    rows = [list(counts.names).index(student) for student in students]
    return Counts(counts.k[rows], counts.n[rows], names=list(students))


def in_logs(upper: float = 100.0) -> Hyperprior:
    """The course's second hyperprior, with another upper bound of the concentration."""
    return mean_concentration(lam=(0.1, upper))


def rate(posterior) -> float:
    """E[a] / (E[a] + E[b]), which the course calls the rate."""
    a, b = posterior.mean("a"), posterior.mean("b")
    return a / (a + b)


def student(name: str, of: str, column: str, hyperprior: Hyperprior) -> float:
    """A number of one student's row of the table of shrinkage."""
    table = learned(hyperprior, CLASSES[of]).shrinkage(CLASSES[of])
    return dict(table.select("name", column).iter_rows())[name]


def interval(posterior: ExactPosterior, name: str) -> Numbers:
    """The central 90 % interval."""
    return posterior.quantile(name, 0.05), posterior.quantile(name, 0.95)


def correlation(posterior: ExactPosterior, x: np.ndarray, y: np.ndarray) -> float:
    """The posterior correlation of two functions of the population."""
    mean = [float(posterior.expectation(values)[0]) for values in (x, y, x * x, y * y, x * y)]
    return (mean[4] - mean[0] * mean[1]) / np.sqrt((mean[2] - mean[0] ** 2) * (mean[3] - mean[1] ** 2))


def given_the_six(first: Callable, second: Callable) -> Numbers:
    """Correlation of two functions of the draws, given the six students under the box."""
    posterior = learned(box(), CLASSES["A"])
    return (correlation(posterior, first(posterior.draws), second(posterior.draws)),)


@cache
def of_course_draws():
    """The course's 20,000 draws from its box, weighed by `generate`."""
    return weigh_course(box(), CLASSES["A"], course_draws(20_000, ("a", 0.5, 20.0), ("b", 0.5, 20.0)))


@cache
def of_course_classes(name: str):
    """The course's 60,000 draws of mean and concentration, weighed by `generate`."""
    hyperprior = mean_concentration(mu=(0.01, 0.99))
    population = course_draws(60_000, ("mu", 0.01, 0.99), ("lam", 0.1, 100.0), log_second=True)
    return weigh_course(hyperprior, CLASSES[name], population)


def course_plug_in(name: str, k: int, n: int) -> Numbers:
    """A student's rate, by the course's means of mean and concentration."""
    a, b = of_course_classes(name).plug_in()
    return ((a + k) / (a + b + n),)


def half_of_the_weight() -> Numbers:
    """How many of the course's draws, the heaviest first, have half of the weight."""
    weights = np.sort(of_course_draws().weights)[::-1]
    return (int(np.searchsorted(np.cumsum(weights), 0.5)) + 1,)


def effective_of_explicit(draws: int) -> Numbers:
    """N E[w]^2 / E[w^2] of the explicit form in B: squared likelihoods are those of doubled counts."""
    counts = CLASSES["B"]
    log_mean, log_square = learned(in_logs(), counts).log_evidence, exact(in_logs(), doubled(counts)).log_evidence
    return (draws * np.exp(2 * log_mean - log_square - log_constant(counts)),)


def u_shape(hyperprior: Hyperprior) -> Numbers:
    """The posterior probability of a U-shaped population in B."""
    log_evidence = learned(hyperprior, CLASSES["B"]).log_evidence
    return (u_shape_probability(hyperprior, CLASSES["B"], log_evidence).value,)


def above(name: str, threshold: float) -> float:
    """The probability that a student's rate in B is above a threshold."""
    table = learned(in_logs(), CLASSES["B"]).above(CLASSES["B"], threshold)
    return dict(table.select("name", "probability").iter_rows())[name]


def extremes(a: float, b: float) -> Numbers:
    """The share of rates below 0.1 or above 0.9 in Beta(a, b)."""
    return (beta.cdf(0.1, a, b) + beta.sf(0.9, a, b),)


def shrunk(k: int, n: int, a: float = 6.0, b: float = 4.0) -> Numbers:
    """(a + k) / (a + b + n), and how far it is from k / n."""
    estimate = (a + k) / (a + b + n)
    return estimate, estimate - k / n


def emi_and_farid(a: float, b: float) -> Numbers:
    """Both estimates under Beta(a, b)."""
    return shrunk(2, 2, a, b)[0], shrunk(0, 1, a, b)[0]


def simulated(read: Callable[[np.ndarray], np.ndarray]) -> Numbers:
    """Mean and sd of k / n for n = 100 and theta ~ Beta(6, 4), if the program's rate is a function of theta."""
    nodes, weights = np.polynomial.legendre.leggauss(100)
    theta = (nodes + 1) / 2
    weights = weights / 2 * beta.pdf(theta, 6, 4)
    p = read(theta)
    mean, square = weights @ p, weights @ (p**2 + p * (1 - p) / 100)
    return mean, np.sqrt(square - mean**2)


@cache
def of_keys(draws: int) -> np.ndarray:
    """The rate by the course's cell, for 30 keys."""
    rates = []
    for seed in range(30):
        population = course_draws(draws, ("a", 0.5, 20.0), ("b", 0.5, 20.0), seed=seed)
        a, b = (population[name].astype(np.float64) for name in ("a", "b"))
        log_weights = closed_form(CLASSES["A"], a, b)
        weights = np.exp(log_weights - log_weights.max())
        rates.append(weights @ a / (weights @ (a + b)))
    return np.array(rates)


def wobble(draws: int) -> Numbers:
    """The standard error of the rate, for many draws."""
    return (limits("marginal", CLASSES["A"], learned(box(), CLASSES["A"]))[RATE].sd / np.sqrt(draws),)


def shops(upper: float) -> Numbers:
    """Mean and median of kappa."""
    posterior = learned(in_logs(upper), SHOPS)
    return posterior.mean("lam"), posterior.quantile("lam", 0.5)


def sweeps_until_forgotten() -> Numbers:
    """From phi = 0.05, sweeps until phi is inside its 90 % interval: the median of the chains."""
    low, _ = interval(learned(in_logs(1e4), SHOPS), "mu")
    return (float(np.median(np.argmax(walk(SHOPS, 0.05).phi > low, axis=0) + 1)),)


def effective_of_chain(draws: int) -> Numbers:
    """The effective number among some draws of phi by one chain, in whole hundreds."""
    phi = walk(SHOPS, 0.5).phi[100:]  # 24 sweeps make one effective draw, so that 100 forget the start
    return (round(draws * float(arviz_stats.ess(phi.T)) / phi.size, -2),)


def median_of_half_cauchy(counts: Counts) -> Numbers:
    """The median of kappa = 1 / spread^2."""
    return (learned(half_cauchy(), counts).quantile("spread", 0.5) ** -2,)
