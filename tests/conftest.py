"""The classrooms, the reference values, and the posteriors that several tests use."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from hypothesis import settings
from scipy.special import betaln, gammaln

from inference import conjugate_proposal, importance
from models import Counts, box, explicit, marginal, mean_concentration

settings.register_profile("deterministic", deadline=None, derandomize=True, max_examples=20)
settings.load_profile("deterministic")

NAMES = ["Alyssa", "Ben", "Carmen", "Diego", "Emi", "Farid"]
CLASSROOMS = {
    "A": Counts(k=[70, 28, 6, 3, 2, 0], n=[100, 40, 10, 5, 2, 1], names=NAMES),
    "B": Counts(k=[97, 2, 19, 0, 2, 0], n=[100, 40, 20, 20, 2, 1], names=NAMES),
}
HYPERPRIORS = {"box": box(), "mean_concentration": mean_concentration()}
N_PARTICLES = 20_000  # as many as in the README, so that its programs are compiled already

# Log Z and posterior means by float64 quadrature, for each classroom and hyperprior.
REFERENCE = {
    ("A", "box"): {"log_evidence": -12.3320303896, "a": 14.5245418588, "b": 8.0846415784, "mu": 0.6457532704},
    ("A", "mean_concentration"): {"log_evidence": -13.1803333560, "mu": 0.6627673194, "lam": 41.6811339672},
    ("B", "mean_concentration"): {"log_evidence": -15.6846611827, "mu": 0.4693366272, "lam": 0.5527392947},
}


def pytest_configure(config: pytest.Config) -> None:
    """Keep compiled programs in pytest's cache: the other process and the next run find them there.

    Most of the time goes into compiling. `pytest --cache-clear` compiles everything anew, and a folder in
    JAX_COMPILATION_CACHE_DIR is used instead.
    """
    # JAX may read what another process is still writing, or was stopped while writing; then it compiles the program.
    config.addinivalue_line("filterwarnings", "ignore:Error reading persistent compilation cache entry")
    if config.pluginmanager.has_plugin("cacheprovider") and jax.config.jax_compilation_cache_dir is None:
        jax.config.update("jax_compilation_cache_dir", str(config.cache.mkdir("compiled programs")))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)


@pytest.fixture(scope="session")
def eps() -> float:
    """Machine epsilon of the mode the tests run in: float32, or float64 under JAX_ENABLE_X64=1."""
    return float(jnp.finfo(jnp.zeros(()).dtype).eps)


@pytest.fixture(scope="session")
def classrooms() -> dict[str, Counts]:
    """Classrooms A and B: the same six students, and the same largest n, so that programs are reused."""
    return CLASSROOMS


@pytest.fixture(scope="session")
def six() -> Counts:
    """The six students, classroom A."""
    return CLASSROOMS["A"]


@pytest.fixture(scope="session")
def random_counts():
    """`random_counts(number)`: six students of a random population, with one largest n, so that programs are reused."""

    def counts(number: int) -> Counts:
        rng = np.random.default_rng(number)
        n = np.append(rng.integers(0, 40, 5), 100)
        a, b = np.exp(rng.uniform(-1.5, 2.5, 2))
        return Counts(k=rng.binomial(n, rng.beta(a, b, 6)), n=n)

    return counts


@pytest.fixture(scope="session")
def reference() -> dict[tuple[str, str], dict[str, float]]:
    """Posterior means and log Z by classroom and hyperprior."""
    return REFERENCE


@pytest.fixture(scope="session")
def learned():
    """`learned(classroom, hyperprior, how)`: a posterior by importance sampling, computed once per session."""
    posteriors = {}

    def learn(classroom: str, hyperprior: str, how: str = "marginal"):
        asked = (classroom, hyperprior, how)
        if asked not in posteriors:
            prior = HYPERPRIORS[hyperprior]
            model = marginal(prior) if how == "marginal" else explicit(prior)
            proposal = conjugate_proposal(prior) if how == "conjugate" else None
            posteriors[asked] = importance(
                model, CLASSROOMS[classroom], key=jax.random.key(0), n_particles=N_PARTICLES, proposal=proposal
            )
        return posteriors[asked]

    return learn


@pytest.fixture(scope="session")
def weight_error(eps):
    """`weight_error(how, counts, a, b)`: bound on the rounding error of log weights against the closed form.

    If each of the terms t_1, t_2, ... is correct to a few eps of itself, their sum by s additions is correct to
    (few + s) eps sum |t|; few is 8 and s is the number of students. For each student the terms are

    - marginal: a dozen terms of order 10, and the terms of log p itself;
    - conjugate: log p(theta | a, b) + log p(k | theta) - log p(theta | k, a, b). The sum of its softplus terms is twice
      alpha softplus(-eta) + beta softplus(eta) with alpha = a + k, beta = b + (n - k). At the mode of theta this is the
      entropy alpha log((alpha + beta) / alpha) + beta log((alpha + beta) / beta). The excess over it is about Exp(1)
      for a small shape and half a chi-square otherwise: above 20 once in 10^8 draws. The other terms are the
      normalising constants lbeta(a, b), lbeta(alpha, beta), lbeta(1 + k, 1 + m) and log(1 + n).

    The hyperprior's log density, at most 40 here, is added and subtracted. The closed form itself is a sum of log
    gammas in float64.
    """

    def bound(how: str, counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        a, b = np.asarray(a, np.float64)[:, None], np.asarray(b, np.float64)[:, None]
        k, n = counts.k.astype(np.float64), counts.n.astype(np.float64)
        alpha, beta = a + k, b + (n - k)
        if how == "marginal":
            terms = 10 + np.abs(scipy.stats.betabinom.logpmf(k, n, a, b))
        else:
            entropy = alpha * np.log1p(beta / alpha) + beta * np.log1p(alpha / beta)
            constants = sum(np.abs(betaln(*pair)) for pair in [(a, b), (alpha, beta), (1 + k, 1 + n - k)])
            terms = 2 * (entropy + 20) + constants + np.log1p(n)
        gammas = sum(np.abs(gammaln(x)) for x in (n + 1, k + 1, n - k + 1, a, b, a + b, alpha, beta, a + b + n))
        rounding = 8 + len(counts)
        return rounding * (eps * (terms.sum(axis=1) + 40) + np.finfo(np.float64).eps * gammas.sum(axis=1))

    return bound
