"""Posteriors with several peaks, rings and edges whose integrals are known: each is right or refused."""

from math import log, sqrt

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen
from scipy.special import expit, log_expit

from inference import exact
from models import Counts, Hyperprior, beta_binomials, log_uniform, mean_concentration, mixture, open_uniform
from models.programs.threads import shared
from tests.exact_problems.densities import normal
from tests.exact_problems.hyperpriors_of_two import LINE_OF_REALS, UNIT
from tests.exact_problems.likelihoods import log_beta_binomials, log_normal_density, log_uniform_logit
from tests.exact_problems.line import integrate_line, integrate_plane
from tests.exact_problems.problem import Problem, reference_error

LAM = 40.0
NARROW, FAR = 1e-3, 5.0  # how much narrower the second peak is, and where
SIDES = ((-45.0, 4.5), (4.5, 5.3))  # of the bend


def folded(x):
    """Uniform on (0, 1), if x ~ Normal(0, 1): the probability of a smaller |x|."""
    return jax.scipy.special.erf(jnp.abs(x) / sqrt(2))


def bent(x, softplus, tanh):
    """Log-odds within (-20, 20), with slope 1 up to x = FAR and then -1 / NARROW: two roots."""
    return 20 * tanh((x + 3 - (1 + 1 / NARROW) * 0.01 * softplus((x - FAR) / 0.01)) / 20)


@shared
def two_signs() -> Hyperprior:
    """x ~ Normal(0, 1), and mu is the same for x and -x: two peaks alike."""

    @gen
    def population():
        mu = folded(normal(0.0, 1.0) @ "x")
        return LAM * mu, LAM * (1 - mu)

    return Hyperprior(population, {"x": LINE_OF_REALS}, recipe=(two_signs, ()))


@shared
def narrow_peak() -> Hyperprior:
    """Two values of x with one mean; the peak at the second one is a thousand times as narrow."""

    @gen
    def population():
        eta = bent(normal(0.0, 5.0) @ "x", jax.nn.softplus, jnp.tanh)
        return LAM * jax.nn.sigmoid(eta), LAM * jax.nn.sigmoid(-eta)

    return Hyperprior(population, {"x": LINE_OF_REALS}, recipe=(narrow_peak, ()))


@shared
def narrow_peak_and_lam() -> Hyperprior:
    """As `narrow_peak`, with an unknown lam: the likelihood has one peak in mu for each lam, but x has two."""

    @gen
    def population():
        eta, lam = bent(normal(0.0, 5.0) @ "x", jax.nn.softplus, jnp.tanh), log_uniform(0.1, 100.0) @ "lam"
        return lam * jax.nn.sigmoid(eta), lam * jax.nn.sigmoid(-eta)

    support = {"x": LINE_OF_REALS, "lam": (0.1, 100.0)}
    return Hyperprior(population, support, recipe=(narrow_peak_and_lam, ()))


@shared
def four_signs(each: bool) -> Hyperprior:
    """mu and lam of `mean_concentration`, by x and y of any sign: four peaks. For each student, or for all."""

    def of(x, y):
        mu, lam = folded(x), 0.1 * 1000 ** folded(y)
        return lam * mu, lam * (1 - mu)

    @gen
    def population():
        return of(normal(0.0, 1.0) @ "x", normal(0.0, 1.0) @ "y")

    @gen
    def of_each(trials):
        a, b = of(normal(0.0, 1.0) @ "x", normal(0.0, 1.0) @ "y")
        return a * jnp.ones_like(trials.n), b * jnp.ones_like(trials.n)

    support = {"x": LINE_OF_REALS, "y": LINE_OF_REALS}
    return Hyperprior(of_each if each else population, support, recipe=(four_signs, (each,)))


@shared
def ring(each: bool, with_lam: bool) -> Hyperprior:
    """x, y ~ Normal(0, 1) and mu = 1 - exp(-(x^2 + y^2) / 2), which is uniform: the posterior is a ring."""

    def of():
        squares = jnp.square(normal(0.0, 1.0) @ "x") + jnp.square(normal(0.0, 1.0) @ "y")
        lam = log_uniform(0.1, 100.0) @ "lam" if with_lam else LAM
        return -lam * jnp.expm1(-squares / 2), lam * jnp.exp(-squares / 2)

    @gen
    def population():
        return of()

    @gen
    def of_each(trials):
        a, b = of()
        return a * jnp.ones_like(trials.n), b * jnp.ones_like(trials.n)

    support = {"x": LINE_OF_REALS, "y": LINE_OF_REALS} | ({"lam": (0.1, 100.0)} if with_lam else {})
    return Hyperprior(of_each if each else population, support, recipe=(ring, (each, with_lam)))


@shared
def two_labels(with_share: bool) -> Hyperprior:
    """Two kinds of students that may change their names, with equal shares or with an unknown share."""

    @gen
    def population():
        mu = jnp.stack([open_uniform(0.0, 1.0) @ "mu1", open_uniform(0.0, 1.0) @ "mu2"])
        share = open_uniform(0.0, 1.0) @ "share" if with_share else jnp.asarray(0.5, float)
        return jnp.log(jnp.stack([share, 1 - share])), LAM * mu, LAM * (1 - mu)

    support = {"mu1": UNIT, "mu2": UNIT} | ({"share": UNIT} if with_share else {})
    return Hyperprior(population, support, mixture(beta_binomials, 2), recipe=(two_labels, (with_share,)))


def of_uniform_mean(counts: Counts, hyperprior: Hyperprior, *addresses: str) -> Problem:
    """A population whose mean is uniform: Z is an integral over a line, and addresses have symmetric posteriors."""
    line = integrate_line(lambda z: log_uniform_logit(z) + log_beta_binomials(counts, LAM * expit(z), LAM * expit(-z)))
    return Problem(hyperprior, counts, float(line.log_total), dict.fromkeys(addresses, 0.0))


def of_mean_and_concentration(counts: Counts, hyperprior: Hyperprior, means: dict[str, float], *names: str) -> Problem:
    two = exact(mean_concentration(), counts)
    means = means | {name: two.mean(name) for name in names}
    return Problem(hyperprior, counts, two.log_evidence, means, reference_error(two, names))


def bent_log_odds(counts: Counts, x: np.ndarray, lam: np.ndarray | float) -> np.ndarray:
    """log p(x) + log p(k | x, lam)."""
    eta = bent(x, lambda t: -log_expit(-t), np.tanh)
    return log_normal_density(x, 5.0) + log_beta_binomials(counts, lam * expit(eta), lam * expit(-eta))


def with_narrow_peak(counts: Counts) -> Problem:
    """The sum of two integrals, over log-odds, on either side of the bend."""
    lines = [integrate_line(lambda x: bent_log_odds(counts, x, LAM), *ends) for ends in SIDES]
    log_total = np.logaddexp.reduce([line.log_total for line in lines])
    mean = sum(np.exp(line.log_total - log_total) * line.mean(line.z) for line in lines)
    return Problem(narrow_peak(), counts, float(log_total), {"x": float(mean)})


def with_narrow_peak_and_lam(counts: Counts) -> Problem:
    """The same, two integrals over planes of log lam and x."""
    ends = log(0.1), log(100.0)
    planes = [integrate_plane(lambda z, x: bent_log_odds(counts, x, np.exp(z)), ends, side, 64)[0] for side in SIDES]
    log_total = np.logaddexp.reduce([plane.log_total for plane in planes])
    mean = sum(np.exp(plane.log_total - log_total) * plane.mean(np.exp(plane.z)) for plane in planes)
    return Problem(narrow_peak_and_lam(), counts, float(log_total - log(ends[1] - ends[0])), {"lam": float(mean)})


def with_two_labels(counts: Counts) -> Problem:
    """Twice the integral over mu1 < mu2: the mean of both is that of a uniform mean's mixture, and they are equal."""
    pairs = counts.pairs

    def log_f(z1, z2):
        total = log_uniform_logit(z1) + log_uniform_logit(z2)
        for k, n, times in zip(*pairs, strict=True):
            of_each = [log_beta_binomials(Counts([k], [n]), LAM * expit(z), LAM * expit(-z)) for z in (z1, z2)]
            total = total + times * (np.logaddexp(*of_each) - log(2))
        return total

    # With z1 = middle - half and z2 = middle + half, half > 0, dz1 dz2 = 2 dmiddle dhalf; and there are two orders.
    def log_g(middle, log_half):
        half = np.exp(log_half)
        return log_f(middle - half, middle + half) + log_half + 2 * log(2)

    first, second = integrate_plane(log_g, (-60, 60), (-60, 5), panels=64)
    half = np.exp(second.z)
    mean = first.mean(second.mean(expit(first.z[:, None] - half) + expit(first.z[:, None] + half))) / 2
    return Problem(two_labels(False), counts, float(first.log_total), {"mu1": float(mean), "mu2": float(mean)})


def class_of(students: int, n: int, mu: float, seed: int = 0, lam: float = LAM) -> Counts:
    rng = np.random.default_rng(seed)
    return Counts(rng.binomial(n, rng.beta(lam * mu, lam * (1 - mu), students)), np.full(students, n))


PROBLEMS = {
    "two signs": lambda: of_uniform_mean(class_of(60, 50, 0.7), two_signs(), "x"),
    "two signs, one student": lambda: of_uniform_mean(class_of(1, 5, 0.7), two_signs(), "x"),
    "narrow peak": lambda: with_narrow_peak(class_of(60, 50, 0.6)),
    "narrow peak, few": lambda: with_narrow_peak(class_of(6, 20, 0.6)),
    "narrow peak and lam": lambda: with_narrow_peak_and_lam(class_of(6, 20, 0.6)),
    "four signs": lambda: of_mean_and_concentration(
        class_of(60, 50, 0.7, lam=5), four_signs(False), {"x": 0.0, "y": 0.0}, "mu", "lam"
    ),
    "four signs, each": lambda: of_mean_and_concentration(
        class_of(12, 50, 0.7, lam=5), four_signs(True), {"x": 0.0, "y": 0.0}
    ),
    "ring": lambda: of_uniform_mean(class_of(60, 50, 0.7), ring(False, False), "x", "y"),
    "thin ring": lambda: of_uniform_mean(class_of(1000, 1000, 0.7), ring(False, False), "x", "y"),
    "ring, each": lambda: of_uniform_mean(class_of(12, 50, 0.7), ring(True, False), "x", "y"),
    "ring and lam": lambda: of_mean_and_concentration(
        class_of(12, 50, 0.7), ring(False, True), {"x": 0.0, "y": 0.0}, "lam"
    ),
    "ring and lam, each": lambda: of_mean_and_concentration(
        class_of(12, 50, 0.7), ring(True, True), {"x": 0.0, "y": 0.0}, "lam"
    ),
    "two labels": lambda: with_two_labels(
        Counts(np.r_[class_of(20, 30, 0.2).k, class_of(20, 30, 0.8).k], np.full(40, 30))
    ),
    "two labels, one kind": lambda: with_two_labels(class_of(40, 30, 0.5)),
}
