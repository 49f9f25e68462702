"""`exact` of one, two and three numbers is right within the error that it believes it has; it refuses what it must.

A hundred random data sets in each dimension. The references are integrals over a line, closed forms, or posteriors of
fewer numbers: for example, if lam ~ Exponential(rate) and rate ~ Gamma, then lam alone has Lomax's law, and so the
exact posterior of (mu, rate, lam) is that of (mu, lam).
"""

import numpy as np
import pytest
import scipy.stats

from inference import exact
from inference.numerics.trapezoid import QuadratureError
from tests.exact_problems import hostile, one_number, peaks, three_numbers, two_numbers
from tests.exact_problems.hyperpriors_of_three import mean_and
from tests.exact_problems.problem import Problem

USEFUL = 1e-6  # a larger error that is believed would not be an exact answer
IN_EACH_DIMENSION = 100
THIN_AND_BENT = {
    4,
    7,
}  # x + y is known to some percent: in log x and log y a ridge that no lattice of straight lines holds
QUICK = {"mean_of_one_beta", "slope_of_students", "regression_on_a_sign", "shares_of_three", "sum_of_parts"}


def battery():
    """A kind of problem and a seed, IN_EACH_DIMENSION for each dimension; seed 1 of a few kinds is quick."""
    for dimension in (one_number, two_numbers, three_numbers):
        seeds = -(-IN_EACH_DIMENSION // len(dimension.KINDS))
        for name, kind in dimension.KINDS.items():
            for seed in range(seeds):
                marks = () if seed == 1 and name in QUICK else pytest.mark.slow if seed < 2 else pytest.mark.long
                yield pytest.param(kind, seed, marks=marks, id=f"{dimension.__name__.rsplit('.', 1)[-1]}-{name}-{seed}")


def assert_right(problem: Problem) -> None:
    """log Z and the means are within max(10 times the error believed, 1e-8), and this error is small."""
    posterior = exact(problem.hyperprior, problem.data)
    assert posterior.log_evidence_error < USEFUL
    allowed = max(10 * posterior.log_evidence_error, 1e-8) + problem.error
    assert abs(posterior.log_evidence - problem.log_evidence) <= allowed
    for name, mean in problem.means.items():
        size, error = max(1.0, abs(mean)), posterior.mean_error(name)
        assert error < USEFUL * size
        assert abs(posterior.mean(name) - mean) <= max(10 * error, 1e-8 * size) + problem.error * size, name


def assert_right_or_refused(problem: Problem) -> None:
    """Of log Z and of each mean: an answer within max(10 times the error believed, 1e-8), or none."""
    try:
        posterior = exact(problem.hyperprior, problem.data)
    except QuadratureError:
        return
    allowed = max(10 * posterior.log_evidence_error, 1e-8) + problem.error
    assert abs(posterior.log_evidence - problem.log_evidence) <= allowed
    for name, mean in problem.means.items():
        try:
            found, error = posterior.mean(name), posterior.mean_error(name)
        except QuadratureError:
            continue
        assert abs(found - mean) <= max(10 * error, 1e-8 * max(1.0, abs(mean))) + problem.error, name


@pytest.mark.parametrize(("kind", "seed"), list(battery()))
def test_the_answer_is_right_within_its_believed_error(kind, seed):
    may_refuse = kind is three_numbers.sum_of_parts and seed in THIN_AND_BENT
    (assert_right_or_refused if may_refuse else assert_right)(kind(seed))


def peaks_cases():
    for name in peaks.PROBLEMS:
        yield pytest.param(name, marks=() if name in ("two signs", "narrow peak") else pytest.mark.slow)


@pytest.mark.parametrize("name", list(peaks_cases()))
def test_several_peaks_and_rings_are_right_or_refused(name):
    assert_right_or_refused(peaks.PROBLEMS[name]())


@pytest.mark.slow
@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("law", hostile.LAWS)
def test_hostile_priors_are_right_or_refused(law, dimension):
    assert_right_or_refused(hostile.without_data(law, dimension))


@pytest.mark.costly
@pytest.mark.parametrize("kind", hostile.IMPROPER)
def test_improper_posteriors_are_refused(kind):
    """By the name of an address, where the density is flat along one."""
    data, name = hostile.IMPROPER[kind]
    with pytest.raises(QuadratureError, match=name and rf"does not fall off towards the (lower|upper) end of {name},"):
        exact(hostile.improper(kind), data)


def known_laws():
    """Problems whose posteriors are Betas, or the prior: the address and its law."""
    records = one_number.bernoulli_records(8)
    failures, successes = records.data.multiplicity
    yield pytest.param(records, "mu", scipy.stats.beta(1 + successes, 1 + failures), id="one number")
    results = three_numbers.single_results(2)
    first, *others = results.data.multiplicity
    marks = pytest.mark.costly
    yield pytest.param(results, "w1", scipy.stats.beta(1 + first, 1 + sum(others)), id="three numbers", marks=marks)
    yield pytest.param(results, "total", scipy.stats.lognorm(s=1.0, scale=np.exp(2)), id="the prior", marks=marks)


@pytest.mark.parametrize(("problem", "name", "law"), list(known_laws()))
def test_quantiles_probabilities_and_sds_are_those_of_the_law(problem, name, law):
    """As promised by `quantile_error`."""
    posterior = exact(problem.hyperprior, problem.data)
    assert posterior.sd(name) == pytest.approx(law.std(), rel=1e-7)
    for q in (1e-6, 0.01, 0.3, 0.5, 0.9, 0.999, 1 - 1e-6):
        promised = posterior.quantile_error(name)
        assert promised == 1e-6
        assert abs(law.cdf(posterior.quantile(name, q)) - q) <= promised
        assert abs(posterior.probability_below(name, law.ppf(q)) - q) <= promised


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_quantiles_of_a_sum_are_those_of_its_law(seed):
    """lam = x + y of two gammas is a gamma: quantiles of a function of two addresses, from a posterior of one."""
    problem = three_numbers.sum_of_parts(seed)
    posterior, of_lam = exact(problem.hyperprior, problem.data), exact(mean_and("gamma"), problem.data)
    for name in ("lam", "mu"):
        for q in (0.001, 0.1, 0.5, 0.97):
            below = of_lam.probability_below(name, posterior.quantile(name, q))
            assert abs(below - q) <= posterior.quantile_error(name) + of_lam.quantile_error(name)
