"""The exact posterior of hundreds of random data sets: its error estimate must hold for every one of them."""

from functools import cache

import numpy as np
import pytest
from genjax import gen

from inference.algorithms.exact import exact, integrate_posterior
from inference.numerics import mass_finder as zoom
from inference.numerics.trapezoid import refine
from inference.programs.integrand import Integrand
from models import Counts, Hyperprior, bda3, box, log_uniform, mean_concentration, open_uniform, pareto

DATA_SETS = 320
# Of the posterior density, for the median data set: half as many again as it takes, so that twice as many are refused.
MOST_EVALUATIONS = {"mean_concentration": 15_500, "box": 27_500, "bda3": 27_000, "pareto": 13_500, "odd": 33_500}


@cache
def odd():
    """A reader's hyperprior of the cube root of a and the odds b / a; neither alone determines the concentration."""

    @gen
    def population():
        root = open_uniform(0.1, 4.0) @ "root"
        odds = log_uniform(1e-3, 1e3) @ "odds"
        return root**3, root**3 * odds

    return Hyperprior(population, {"root": (0.1, 4.0), "odds": (1e-3, 1e3)})


HYPERPRIORS = {
    "mean_concentration": mean_concentration(lam=(1e-3, 1e5)),
    "box": box(1e-3, 300.0),
    "bda3": bda3(),
    "pareto": pareto(),
    "odd": odd(),
}

KINDS = [pytest.param(name, marks=pytest.mark.long if name != "mean_concentration" else ()) for name in HYPERPRIORS]


def data_set(seed: int) -> Counts:
    """1 to 10^5 students, concentrations 0.01 to 10^4, means down to 10^-4; every tenth data set is an extreme one."""
    rng = np.random.default_rng(seed)
    students, longest = int(10 ** rng.uniform(0, 5)), int(10 ** rng.uniform(0.3, 3))
    lam, mu = 10 ** rng.uniform(-2, 4), 1 / (1 + np.exp(-rng.uniform(-9, 9)))
    n = rng.integers(0, longest + 1, students)
    k = rng.binomial(n, rng.beta(max(lam * mu, 1e-4), max(lam * (1 - mu), 1e-4), students))
    if seed % 10 == 9:
        k, n = [(0 * n, n), (n, n), (k[:1], n[:1]), (0 * n, 0 * n), (n // 2, n)][seed // 10 % 5]
    multiplicity = 1000 if seed % 16 == 5 else 1  # up to 10^8 students
    return Counts(k, n, multiplicity=np.full(len(n), multiplicity))


def finer(posterior, monkeypatch):
    """log Z and E[mu] from a wider region, located again, and twice the nodes each way; E[lam] from its own nodes."""
    with monkeypatch.context() as patch:
        patch.setattr(zoom, "DROP", 45.0)
        wide = integrate_posterior(posterior.nodes.integrand, posterior.nodes.integrand.tolerance)
        rule = refine(wide.nodes.integrand.plane(), wide.nodes.region, wide.nodes.rule)
        lam = wide.mean("lam")
    population = wide.nodes.integrand.population(rule.outer[:, None], rule.inner)
    constant = wide.log_evidence - wide.nodes.rule.log_total
    return rule.log_total + constant, {"mu": float(rule.expectation(population["mu"])), "lam": lam}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_below_ten_times_their_estimates(kind, monkeypatch):
    hyperprior = HYPERPRIORS[kind]
    sizes, evaluate = [], Integrand.evaluate

    def counted(integrand, u, v):
        sizes.append(np.broadcast(u, v).size)
        return evaluate(integrand, u, v)

    evaluations = []
    for seed in range(list(HYPERPRIORS).index(kind), DATA_SETS, len(HYPERPRIORS)):
        counts = data_set(seed)
        sizes.clear()
        with monkeypatch.context() as patch:
            patch.setattr(Integrand, "evaluate", counted)
            posterior = exact(hyperprior, counts)
        evaluations.append(sum(sizes))
        means = {name: (posterior.mean(name), posterior.mean_error(name)) for name in ("mu", "lam")}
        log_evidence, finer_means = finer(posterior, monkeypatch)
        scale = posterior.nodes.integrand.tolerance / 1e-10  # beyond 10^6 trials a log likelihood has fewer digits
        off = abs(log_evidence - posterior.log_evidence)
        assert off <= max(10 * posterior.log_evidence_error, 1e-9), (seed, counts)
        assert off <= 1e-7 * scale, (seed, counts)
        for name, (mean, error) in means.items():
            off = abs(finer_means[name] - mean)
            assert off <= max(10 * error, 1e-9 * max(1, mean)), (seed, counts, name)
    assert 0 < np.median(evaluations) < MOST_EVALUATIONS[kind]
