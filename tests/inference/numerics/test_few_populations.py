"""Few populations in place of many: the same distribution functions, for posteriors of all shapes."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import beta

from inference.numerics import few_populations as compression
from inference.numerics.betas.beta_mixtures import Populations, Students
from inference.numerics.few_populations import compress, lattice

ENDS = (0.05, 0.95)
DRAWS = 1_500
RNG = np.random.default_rng(0)


def populations(mu, lam) -> Populations:
    """Populations with these means and concentrations, and random weights."""
    mu, lam = np.broadcast_arrays(mu, lam)
    return Populations(mu * lam, (1 - mu) * lam, RNG.dirichlet(np.ones(mu.size)))


def log_uniform(low, high):
    return np.exp(RNG.uniform(np.log(low), np.log(high), DRAWS))


def students(of: Populations, k, n) -> Students:
    """Students with the mean and sd of theta under the populations."""
    k, n = np.asarray(k, np.float64), np.asarray(n, np.float64)
    parts = beta(of.a[:, None] + k, of.b[:, None] + (n - k))
    mean = of.weights @ parts.mean()
    return Students(k, n, mean, np.sqrt(of.weights @ (parts.var() + (parts.mean() - mean) ** 2)))


def every_size(how_many: int) -> tuple[np.ndarray, np.ndarray]:
    """k and n of different students: with no, few and a million trials, and with all or no successes."""
    n = np.floor(np.exp(RNG.uniform(0, np.log(1e6), how_many)))
    k = RNG.binomial(n.astype(int), RNG.beta(2, 3, how_many))
    n = np.append(n, [0, 1, 1, 50, 50, 1e6, 1e6])
    k = np.append(k, [0, 0, 1, 0, 50, 0, 1e6])
    return tuple(np.unique([k, n], axis=1))


HALF = np.arange(DRAWS) % 2 == 0
POSTERIORS = {
    "learned": populations(expit(RNG.normal(0.5, 0.2, DRAWS)), np.exp(RNG.normal(2.0, 0.4, DRAWS))),
    "two peaks": populations(np.where(HALF, 0.2, 0.8) + RNG.normal(0, 0.02, DRAWS), np.where(HALF, 4.0, 40.0)),
    "U-shaped": populations(RNG.beta(8, 8, DRAWS), log_uniform(0.05, 1.0)),
    "one mu": populations(np.full(DRAWS, 0.3), log_uniform(1.0, 50.0)),
    "one lam": populations(RNG.beta(20, 30, DRAWS), np.full(DRAWS, 10.0)),
    "nearly one population": populations(expit(RNG.normal(0, 1e-4, DRAWS)), 1e8 * np.exp(RNG.normal(0, 1e-3, DRAWS))),
    "one population": populations(np.full(DRAWS, 0.3), np.full(DRAWS, 9.0)),
}


@pytest.mark.parametrize("posterior", POSTERIORS.values(), ids=POSTERIORS)
def test_few_populations_have_the_same_distribution_functions(posterior):
    everyone = students(posterior, *every_size(60))
    few = compress(posterior, everyone, ENDS)
    assert len(few.a) < DRAWS / 10
    assert np.sum(few.weights) == pytest.approx(1.0, abs=1e-9)
    for q in ENDS:
        log_odds = few.quantile(everyone, q)
        np.testing.assert_allclose(posterior.cdf(everyone, log_odds), few.cdf(everyone, log_odds), atol=1e-7)


def test_a_lattice_has_the_same_expectations_of_polynomials():
    """Interpolation is exact for polynomials in logit mu and log lam of degrees below the numbers of their nodes."""
    posterior, size = POSTERIORS["learned"], 6
    nodes = lattice(posterior, size)
    assert len(nodes.a) == size * (size // 2)
    (u, v), (s, t) = ((np.log(x.a / x.b), np.log(x.a + x.b)) for x in (posterior, nodes))
    for i in range(size):
        for j in range(size // 2):
            scale = np.max(np.abs(u) ** i * np.abs(v) ** j)
            expected = posterior.weights @ (u**i * v**j)
            assert nodes.weights @ (s**i * t**j) == pytest.approx(expected, abs=1e-12 * scale)


@pytest.mark.parametrize(("name", "nodes"), [("one mu", 3), ("one lam", 6), ("one population", 1)])
def test_a_lattice_has_no_width_where_the_populations_have_none(name, nodes):
    found = lattice(POSTERIORS[name], 6)
    assert len(found.a) == nodes
    assert np.sum(found.weights) == pytest.approx(1.0, abs=1e-12)


def test_nothing_is_left_out_where_the_check_fails_or_all_are_few(monkeypatch):
    posterior = POSTERIORS["learned"]
    everyone = students(posterior, *every_size(60))
    few = everyone.take(slice(compression.FEW_STUDENTS))
    assert compress(posterior, few, ENDS) is posterior
    handful = Populations(*(field[: compression.FEW_POPULATIONS] for field in posterior))
    assert compress(handful, everyone, ENDS) is handful
    monkeypatch.setattr(compression, "LEVELS", ((3, 3),))
    assert compress(posterior, everyone, ENDS) is posterior
