"""Posteriors of three numbers that are posteriors of two: one number is integrated out, or belongs to another class."""

from collections.abc import Callable, Mapping
from math import log, sqrt

import numpy as np
from scipy.special import betaln, expit, gammaln

from inference import exact
from models import (
    Categories,
    Counts,
    Hyperprior,
    mean_concentration,
)
from tests.exact_problems.data_sets import (
    STUDENTS,
    part,
    random_categories,
    random_counts,
    random_events,
    two_classes_of_students,
)
from tests.exact_problems.hyperpriors_of_one import SD
from tests.exact_problems.hyperpriors_of_three import (
    DEGREES,
    LAM,
    LAM_OF_CLASS_1,
    Draws,
    classes_of_different_kinds,
    funnel,
    log_odds_of,
    mean_and,
    rate_of_shape,
    total_and_shares,
)
from tests.exact_problems.hyperpriors_of_two import LOG_SD, RATE, SHAPE
from tests.exact_problems.likelihoods import log_beta_binomials, log_normal_density, log_rising, log_uniform_logit
from tests.exact_problems.line import integrate_line, integrate_plane
from tests.exact_problems.problem import Problem, reference_error
from tests.exact_problems.regression import regression_on_a_number
from tests.families import REGRESSION


def from_two(
    hyperprior: Hyperprior, data: Counts, two: Hyperprior, means: Mapping[str, str | Callable[[Draws], np.ndarray]]
) -> Problem:
    """The problem of three numbers whose means are those of numbers of two, or of bounded functions of them."""
    posterior = exact(two, data)

    def mean_and_error(of: str | Callable[[Draws], np.ndarray]) -> tuple[float, float]:
        if isinstance(of, str):  # may be large far out, where there are few nodes
            return posterior.mean(of), posterior.mean_error(of)
        mean, error = posterior.expectation(of(posterior.draws))
        return float(mean), float(error)

    computed = {name: mean_and_error(of) for name, of in means.items()}
    believed = max(error / max(1, abs(mean)) for mean, error in computed.values())
    values = {name: mean for name, (mean, _) in computed.items()}
    return Problem(hyperprior, data, posterior.log_evidence, values, reference_error(posterior, ()) + 10 * believed)


def rate_of_concentration(seed: int) -> Problem:
    """Given lam, the rate is Gamma(SHAPE + 1, RATE + lam)."""
    means = {"mu": "mu", "rate": lambda x: (SHAPE + 1) / (RATE + x["lam"])}
    return from_two(mean_and("rate"), random_counts(seed), mean_and("Lomax"), means)


def product_of_factors(seed: int) -> Problem:
    """A straight ridge: given log lam = log x + log y, each is normal."""
    sd = np.hypot(*LOG_SD)
    between = np.prod(LOG_SD) / sd

    def factor(of: float) -> Callable[[Draws], np.ndarray]:
        return lambda x: np.exp(1 + (of / sd) ** 2 * (np.log(x["lam"]) - 2) + between**2 / 2)

    means = {"mu": "mu", "x": factor(LOG_SD[0]), "y": factor(LOG_SD[1])}
    return from_two(mean_and("product"), random_counts(seed), mean_and("log-normal"), means)


def sum_of_parts(seed: int) -> Problem:
    """A bent ridge: given lam = x + y, the share x / lam is Beta(0.7, 1.3)."""
    means = {"mu": "mu", "x": lambda x: 0.35 * x["lam"], "y": lambda x: 0.65 * x["lam"]}
    return from_two(mean_and("sum"), random_counts(seed), mean_and("gamma"), means)


def scale_of_log_odds(seed: int) -> Problem:
    """A funnel: given eta, w is Gamma((nu + 1) / 2, (nu + eta^2) / 2)."""
    means = {
        "eta": "eta",
        "lam": "lam",
        "w": lambda x: (DEGREES + 1) / (DEGREES + x["eta"] ** 2),
    }
    return from_two(funnel(), random_counts(seed), log_odds_of("Student"), means)


def regression_without_covariate(seed: int) -> Problem:
    """With x = 0 the slope keeps its prior; with x = 1 it has half of the log-odds."""
    students, constant = STUDENTS[seed % 3], seed // 3 % 2
    counts = random_counts(seed, students, 50, x=np.full(students, float(constant)))
    if constant:
        means = dict.fromkeys(("b0", "b1"), lambda x: x["eta"] / 2)
    else:
        means = {"b0": "eta", "b1": lambda x: 0 * x["eta"]}
    means |= {"lam": "lam"}
    return from_two(REGRESSION, counts, log_odds_of("sum" if constant else "one"), means)


def regression_on_a_sign(seed: int) -> Problem:
    """With x = -1 and 1, given lam, b0 - b1 and b0 + b1 are independent: an integral over lam of two classes apart."""
    counts, plus = two_classes_of_students(seed, STUDENTS[1 + seed % 2])
    of_class = [part(counts, which) for which in (~plus, plus)]

    def lines(z):
        lam, end = np.exp(z)[..., None], np.full(np.shape(z), 60.0)
        return [
            integrate_line(
                lambda eta, of=of: (
                    log_normal_density(eta, SD * sqrt(2)) + log_beta_binomials(of, lam * expit(eta), lam * expit(-eta))
                ),
                -end,
                end,
            )
            for of in of_class
        ]

    outer = integrate_line(lambda z: sum(line.log_total for line in lines(z)), *np.log(LAM), panels=16)
    below, above = (outer.mean(line.mean(line.z)) for line in lines(outer.z))
    means = {"b0": (below + above) / 2, "b1": (above - below) / 2, "lam": outer.mean(np.exp(outer.z))}
    return Problem(REGRESSION, counts, outer.log_total - log(log(LAM[1] / LAM[0])), means)


def classes_apart(seed: int) -> Problem:
    """Two classes share nothing: Z is that of two numbers times that of one."""
    counts, second = two_classes_of_students(seed, STUDENTS[1 + seed % 2])
    two, of = exact(mean_concentration(), part(counts, ~second)), part(counts, second)
    line = integrate_line(
        lambda z: log_uniform_logit(z) + log_beta_binomials(of, LAM_OF_CLASS_1 * expit(z), LAM_OF_CLASS_1 * expit(-z))
    )
    means = {"mu0": two.mean("mu"), "lam0": two.mean("lam"), "mu1": line.mean(expit(line.z))}
    log_evidence = two.log_evidence + line.log_total
    return Problem(classes_of_different_kinds(), counts, log_evidence, means, reference_error(two, ("mu", "lam")))


def events_in_equal_exposures(seed: int) -> Problem:
    """Given s, p is a Beta and r is Gamma(SHAPE + 1, RATE + s); s has Lomax's law."""
    exposure = (0.1, 1.0, 30.0)[seed % 3]
    events = random_events(seed, exposure=exposure)
    of_rest = 1 + events.k.sum()

    def log_f(z):
        s = np.exp(z)
        log_prior = z + log(SHAPE / RATE) - (SHAPE + 1) * np.log1p(s / RATE)
        return log_prior + log_rising(s, events.k, events.multiplicity) + betaln(1 + len(events) * s, of_rest)

    line = integrate_line(log_f, -80.0, 80.0)
    s = np.exp(line.z)
    of_p = 1 + len(events) * s
    means = {"p": line.mean(of_p / (of_p + of_rest)), "r": line.mean((SHAPE + 1) / (RATE + s)), "s": line.mean(s)}
    return Problem(rate_of_shape(exposure), events, line.log_total - np.sum(gammaln(events.k + 1.0)), means)


def single_results(seed: int) -> Problem:
    """With one result in each group, the total keeps its prior, and the shares are Betas."""
    rng = np.random.default_rng(seed)
    k = rng.multinomial(int(10 ** rng.uniform(0, 6)), rng.dirichlet([0.4, 0.4, 0.4]))
    results = Categories(np.eye(3, dtype=int), multiplicity=k)
    first, rest = k[0], k[1] + k[2]
    log_evidence = betaln(1 + first, 1 + rest) + betaln(1 + k[1], 1 + k[2])
    means = {"total": np.exp(2 + 0.5), "w1": (1 + first) / (2 + k.sum()), "w2": (1 + k[1]) / (2 + rest)}
    return Problem(total_and_shares(), results, float(log_evidence), means)


def shares_of_three(seed: int) -> Problem:
    """With alpha_1 = a and alpha_2 + alpha_3 = b, w2 is learned from the second category among the rest, given b.

    A plane of log b and log a for the first category; with da db = lam dlam dw1, p(log a, log b) = a b p(lam) / lam.
    """
    results = random_categories(seed, longest=60)
    n = results.k.sum(axis=1)
    of_first, of_second = Counts(results.k[:, 0], n), Counts(results.k[:, 1], n - results.k[:, 0])

    def second(log_b):
        b, end = np.exp(log_b)[..., None], np.full(np.shape(log_b), 340.0)
        return integrate_line(
            lambda z: log_uniform_logit(z) + log_beta_binomials(of_second, b * expit(z), b * expit(-z)),
            -end,
            end,
            panels=20,
        )

    def log_f(log_b, log_a):
        log_lam = np.logaddexp(log_a, log_b)
        log_prior = log_a + log_b - 2 * log_lam + log_normal_density(log_lam - 2, 1.0)
        first = log_beta_binomials(of_first, np.exp(log_a), np.exp(log_b))
        return log_prior + first + second(log_b[..., 0]).log_total[..., None]

    b, a = integrate_plane(log_f, (-300.0, 30.0), (-300.0, 30.0))
    log_lam = np.logaddexp(a.z, b.z[:, None])
    share = second(b.z)
    means = {
        "total": b.mean(a.mean(np.exp(log_lam))),
        "w1": b.mean(a.mean(np.exp(a.z - log_lam))),
        "w2": b.mean(share.mean(expit(share.z))),
    }
    return Problem(total_and_shares(), results, b.log_total, means)


KINDS = {
    kind.__name__: kind
    for kind in (
        rate_of_concentration,
        product_of_factors,
        sum_of_parts,
        scale_of_log_odds,
        regression_without_covariate,
        regression_on_a_sign,
        regression_on_a_number,
        classes_apart,
        events_in_equal_exposures,
        single_results,
        shares_of_three,
    )
}
