"""Posteriors of two numbers that are integrals over one: of classes apart, of sums, products and mixtures of laws."""

from math import log, sqrt

import numpy as np
from scipy.special import betaln, expit, gammaln, log_expit

from inference import exact
from models import (
    Counts,
    mean_concentration,
)
from tests.exact_problems.data_sets import (
    MOST_TRIALS,
    STUDENTS,
    part,
    random_categories,
    random_counts,
    random_events,
    two_classes_of_students,
)
from tests.exact_problems.hyperpriors_of_one import SD
from tests.exact_problems.hyperpriors_of_two import (
    HIGH,
    KNOWN_KIND,
    LAM_OF_SECOND,
    LOG_SD,
    LOW,
    RATE,
    SHAPE,
    line_of_students,
    means_of_two_classes,
    odds_and_shape_of_events,
    product_of_two,
    rate_of_concentration,
    second_kind,
    shares_in_turn,
)
from tests.exact_problems.likelihoods import (
    log_beta_binomials,
    log_dirichlet_multinomials,
    log_gamma_poissons,
    log_normal_density,
    log_rising,
    log_uniform_logit,
)
from tests.exact_problems.line import integrate_line, integrate_plane
from tests.exact_problems.problem import Problem, reference_error
from tests.families import EACH_THE_SAME, PUMPS


def each_student_the_same(seed: int) -> Problem:
    """A population for each student, and the same for all, is one population of all."""
    counts = random_counts(seed, STUDENTS[seed % 3], MOST_TRIALS)
    one = exact(mean_concentration(), counts)
    means = {name: one.mean(name) for name in ("mu", "lam")}
    return Problem(EACH_THE_SAME, counts, one.log_evidence, means, reference_error(one, means))


def log_odds_line(counts: Counts, lam: float, sd: float = SD * sqrt(2)):
    """The line of log-odds eta ~ Normal(0, sd) of one class."""
    return integrate_line(
        lambda z: log_normal_density(z, sd) + log_beta_binomials(counts, lam * expit(z), lam * expit(-z)), -60.0, 60.0
    )


def regression_on_a_sign(seed: int) -> Problem:
    """With x = -1 and 1, b0 - b1 and b0 + b1 are independent: two classes apart."""
    lam, (counts, plus) = (0.5, 5.0, 500.0)[seed % 3], two_classes_of_students(seed, STUDENTS[1 + seed % 2])
    lines = [log_odds_line(part(counts, which), lam) for which in (~plus, plus)]
    below, above = (line.mean(line.z) for line in lines)
    means = {"b0": (below + above) / 2, "b1": (above - below) / 2}
    return Problem(line_of_students(lam), counts, sum(line.log_total for line in lines), means)


def regression_on_a_constant(seed: int) -> Problem:
    """With x = 1, only b0 + b1 is learned, and each has half of its mean."""
    lam, students = (0.5, 5.0, 500.0)[seed % 3], STUDENTS[seed % 3]
    counts = random_counts(seed, students, MOST_TRIALS, x=np.ones(students))
    line = log_odds_line(counts, lam)
    mean = line.mean(line.z) / 2
    return Problem(line_of_students(lam), counts, line.log_total, {"b0": mean, "b1": mean})


def classes_apart(seed: int) -> Problem:
    """Two classes with means of their own share nothing: Z is a product."""
    lam, (counts, second) = (0.5, 5.0, 500.0)[seed % 3], two_classes_of_students(seed, STUDENTS[1 + seed % 2])
    of_class = [part(counts, which) for which in (~second, second)]
    lines = [
        integrate_line(lambda z, of=of: log_uniform_logit(z) + log_beta_binomials(of, lam * expit(z), lam * expit(-z)))
        for of in of_class
    ]
    as_vector = seed % 4 < 2
    name = "mu[{}]" if as_vector else "mu{}"
    means = {name.format(number): line.mean(expit(line.z)) for number, line in enumerate(lines)}
    return Problem(means_of_two_classes(lam, as_vector), counts, sum(line.log_total for line in lines), means)


def events_in_equal_exposures(seed: int) -> Problem:
    """Given the shape s, p is a Beta: an integral over s is left."""
    exposure = (0.1, 1.0, 30.0)[seed % 3]
    events = random_events(seed, exposure=exposure)
    of_rest = 1 + events.k.sum()

    def log_f(z):
        s = np.exp(z)
        return log_rising(s, events.k, events.multiplicity) + betaln(1 + len(events) * s, of_rest)

    line = integrate_line(log_f, log(LOW), log(HIGH))
    of_p = 1 + len(events) * np.exp(line.z)
    log_evidence = line.log_total - np.sum(gammaln(events.k + 1.0)) - log(log(HIGH / LOW))
    means = {"p": line.mean(of_p / (of_p + of_rest)), "s": line.mean(np.exp(line.z))}
    return Problem(odds_and_shape_of_events(exposure), events, log_evidence, means)


def pumps(seed: int) -> Problem:
    """Exposures that differ: an integral over the plane, of log m and log s."""
    events = random_events(seed, groups=(1, 2, 6, 40)[seed % 4])

    def log_f(log_s, log_m):
        return log_gamma_poissons(events, np.exp(log_s), np.exp(log_s - log_m))

    (low, high), (lowest, highest) = np.log(PUMPS.support["m"]), np.log(PUMPS.support["s"])
    shape, mean = integrate_plane(log_f, (lowest, highest), (low, high))
    log_evidence = shape.log_total - log(high - low) - log(highest - lowest)
    means = {"m": shape.mean(mean.mean(np.exp(mean.z))), "s": shape.mean(np.exp(shape.z))}
    return Problem(PUMPS, events, log_evidence, means)


def shares_of_three(seed: int) -> Problem:
    """Mean shares of three categories whose total concentration is known."""
    total, results = (0.5, 5.0, 500.0)[seed % 3], random_categories(seed, longest=60)

    def log_f(z1, z2):
        first, second, third = expit(z1), expit(-z1) * expit(z2), expit(-z1) * expit(-z2)
        alpha = total * np.stack([first + 0 * z2, second, third], axis=-1)
        return log_uniform_logit(z1) + log_uniform_logit(z2) + log_dirichlet_multinomials(results, alpha)

    w1, w2 = integrate_plane(log_f)
    means = {"w1": w1.mean(expit(w1.z)), "w2": w1.mean(w2.mean(expit(w2.z)))}
    return Problem(shares_in_turn(total), results, w1.log_total, means)


def lomax_concentration(seed: int) -> Problem:
    """lam has Lomax's law, and given lam the rate is Gamma(SHAPE + 1, RATE + lam)."""
    mu, counts = (0.5, 0.02)[seed % 2], random_counts(seed)

    def log_f(z):
        lam = np.exp(z)
        log_prior = log(SHAPE / RATE) - (SHAPE + 1) * np.log1p(lam / RATE)
        return z + log_prior + log_beta_binomials(counts, lam * mu, lam * (1 - mu))

    line = integrate_line(log_f, -80.0, 80.0)
    means = {"rate": line.mean((SHAPE + 1) / (RATE + np.exp(line.z))), "lam": line.mean(np.exp(line.z))}
    return Problem(rate_of_concentration(mu), counts, line.log_total, means)


def product_of_factors(seed: int) -> Problem:
    """log lam = log x + log y is normal, and given it log x is normal."""
    mu, counts = (0.5, 0.02)[seed % 2], random_counts(seed)
    sd = float(np.hypot(*LOG_SD))

    def log_f(z):
        return log_normal_density(z - 2, sd) + log_beta_binomials(counts, np.exp(z) * mu, np.exp(z) * (1 - mu))

    line = integrate_line(log_f, -80.0, 80.0)
    between = np.prod(LOG_SD) / sd  # sd of log x given lam
    means = {
        name: line.mean(np.exp(1 + (of / sd) ** 2 * (line.z - 2) + between**2 / 2))
        for name, of in zip("xy", LOG_SD, strict=True)
    }
    return Problem(product_of_two(mu), counts, line.log_total, means)


def kind_to_be_found(seed: int) -> Problem:
    counts = random_counts(seed, longest=5)
    pairs = counts.pairs

    def log_f(outer, z):
        mean = 0.4 + 0.6 * expit(outer)
        second = LAM_OF_SECOND * mean, LAM_OF_SECOND * 0.6 * expit(-outer)
        total = log_uniform_logit(outer) + log_uniform_logit(z)
        for k, n, times in zip(*pairs, strict=True):
            of_known = log_beta_binomials(Counts([k], [n]), *KNOWN_KIND) + log_expit(-z)
            of_second = log_beta_binomials(Counts([k], [n]), *second) + log_expit(z)
            total = total + times * np.logaddexp(of_known, of_second)
        return total

    mean, share = integrate_plane(log_f)
    means = {"share": mean.mean(share.mean(expit(share.z))), "mu2": mean.mean(0.4 + 0.6 * expit(mean.z))}
    return Problem(second_kind(), counts, mean.log_total, means)


KINDS = {
    kind.__name__: kind
    for kind in (
        each_student_the_same,
        regression_on_a_sign,
        regression_on_a_constant,
        classes_apart,
        events_in_equal_exposures,
        pumps,
        shares_of_three,
        lomax_concentration,
        product_of_factors,
        kind_to_be_found,
    )
}
