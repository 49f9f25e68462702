"""No floating-point or library warning reaches the caller, whatever the caller's NumPy error settings are."""

import warnings
from contextlib import contextmanager
from itertools import product

import jax
import numpy as np
import pytest

from inference import (
    compare_hyperpriors,
    conjugate_proposal,
    elpd,
    exact,
    importance,
    mcmc,
    predicted_counts,
    predictive_pmf,
    rqmc,
    smc,
    theta_draws,
    vi,
)
from inference.numerics.trapezoid import QuadratureError
from models import Counts, aggregated, bda3, box, explicit, half_cauchy, marginal, mean_concentration, pareto
from models.numerics.arithmetic import methods_in_own_arithmetic, own_arithmetic

HYPERPRIORS = {
    "box": box(),
    "mean_concentration": mean_concentration(),
    "bda3": bda3(),
    "pareto": pareto(),
    "half_cauchy": half_cauchy(),
}
KEY = jax.random.key(0)
ALGORITHMS = {
    "exact": exact,
    "importance": lambda h, counts: importance(marginal(h), counts, key=KEY, n_particles=2_000),
    "aggregated": lambda h, counts: importance(aggregated(h), counts, key=KEY, n_particles=2_000),
    "conjugate": lambda h, counts: importance(
        explicit(h), counts, key=KEY, n_particles=2_000, proposal=conjugate_proposal(h)
    ),
    "mcmc": lambda h, counts: mcmc(marginal(h), counts, key=KEY, n_chains=2, n_warmup=100, n_draws=100),
    "smc": lambda h, counts: smc(marginal(h), counts, key=KEY, n_particles=400),
    "rqmc": lambda h, counts: rqmc(h, counts, key=KEY, n_points=256, n_scrambles=8),
    "vi": lambda h, counts: vi(marginal(h), counts, key=KEY),
}
KINDS = ["unseen", "none", "all", "small lam", "large lam"]


@contextmanager
def unforgiving():
    """Every floating-point event is an error here, and every warning except deprecations, which occur inside TFP."""
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


def hard_counts(kind, groups, longest):
    """Groups with 1 to `longest` trials: half of them unseen, or no or all trials successful, or small or large lam."""
    rng = np.random.default_rng(1)
    n = np.maximum(1, longest ** rng.uniform(0, 1, groups)).astype(int)
    if kind == "unseen":
        n[rng.random(groups) < 0.5] = 0
    n[0] = longest
    lam = {"small lam": 1e-3, "large lam": 1e6}.get(kind, 3.0)
    theta = {"none": np.zeros(groups), "all": np.ones(groups)}.get(kind, rng.beta(0.3 * lam, 0.7 * lam, groups))
    return Counts(rng.binomial(n, theta), n)


def questions(posterior, counts):
    """Every question about a posterior, by name."""
    asked = {
        "summary": posterior.summary,
        "repr": lambda: repr(posterior),
        "html": posterior._repr_html_,
        "verdict": lambda: posterior.verdict,
        "diagnostics": posterior.diagnostics,
        "shrinkage": lambda: posterior.shrinkage(counts),
        "above": lambda: posterior.above(counts, 1e-6, 0.3, 0.999),
        "ranking": lambda: posterior.ranking(counts),
        "pairwise": lambda: posterior.pairwise(counts),
        "contrast": lambda: posterior.contrast(counts, counts.names[0], counts.names[-1]),
        "predict": lambda: posterior.predict(counts, 40),
        "predict many": lambda: posterior.predict(counts, 100_000),
        "predictive_pmf": lambda: predictive_pmf(posterior, 0, 0, 30),
        "evaluate": lambda: posterior.evaluate(counts, counts),
        "learned_prior": lambda: posterior.learned_prior(counts),
        "leave_one_out": lambda: elpd(posterior.leave_one_out(counts)),
        "predictive_checks": lambda: posterior.predictive_checks(counts, key=KEY, n_draws=200),
        "to_arviz": lambda: posterior.to_arviz(counts, n_draws=200),
        "theta_draws": lambda: predicted_counts(theta_draws(posterior, counts, key=KEY, n_draws=50), counts.n, key=KEY),
    }
    for name in posterior.draws:
        asked[f"quantile of {name}"] = lambda name=name: [posterior.quantile(name, q) for q in (1e-6, 0.3, 0.999)]
    return asked


def ask(algorithm, hyperprior, counts, leave_out=()):
    with unforgiving():
        posterior = ALGORITHMS[algorithm](hyperprior, counts)
        for name, question in questions(posterior, counts).items():
            if name in leave_out:
                continue
            try:
                question()
            except QuadratureError:  # the moment does not exist, so neither does its error
                assert (algorithm, name) == ("exact", "diagnostics")


@pytest.mark.parametrize("algorithm", ["exact", pytest.param("importance", marks=pytest.mark.costly)])
def test_no_warning_leaves_a_posterior_of_hard_data(algorithm):
    # Questions that compile a program of their own are in the large test.
    slow = ("ranking", "pairwise", "to_arviz", "theta_draws", "predictive_checks", "predict many")
    ask(algorithm, half_cauchy(), hard_counts("unseen", 6, 100), leave_out=slow)


# Slow tests: each kind of data and each hyperprior once per algorithm. Long tests: all other pairs, half an hour.
ONCE = list(zip(HYPERPRIORS, KINDS, strict=True))
PAIRS = [
    pytest.param(*pair, marks=pytest.mark.slow if pair in ONCE else pytest.mark.long)
    for pair in product(HYPERPRIORS, KINDS)
]


@pytest.mark.parametrize(("hyperprior", "kind"), PAIRS)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_no_warning_leaves_any_posterior_of_hard_data(algorithm, hyperprior, kind):
    ask(algorithm, HYPERPRIORS[hyperprior], hard_counts(kind, 6, 1000))


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hyperprior", HYPERPRIORS)
def test_no_warning_leaves_the_exact_posterior_of_300_groups(hyperprior, kind):
    ask("exact", HYPERPRIORS[hyperprior], hard_counts(kind, 300, 10**6))


@pytest.mark.slow
def test_no_warning_leaves_a_comparison_of_hyperpriors():
    with unforgiving():
        compare_hyperpriors(HYPERPRIORS, hard_counts("unseen", 6, 1000))


def test_answers_do_not_depend_on_what_the_caller_has_told_numpy(classrooms):
    counts = classrooms["B"]
    usual = exact(mean_concentration(), counts)
    with unforgiving():
        strict = exact(mean_concentration(), counts)
        assert strict.log_evidence == usual.log_evidence
        assert strict.shrinkage(counts).equals(usual.shrinkage(counts))
        assert strict.quantile("a", 1e-6) == usual.quantile("a", 1e-6)


def test_underflow_is_no_event_and_every_other_one_warns():
    @own_arithmetic
    def tiny(x):
        return np.exp(-x)

    @methods_in_own_arithmetic
    class Quantity:
        size = 1000.0

        @property
        def density(self):
            return np.exp(-np.float64(self.size))

        def inverse(self):
            return 1 / np.exp(-np.float64(self.size))

    with np.errstate(all="raise"):
        assert tiny(np.float64(1000)) == Quantity().density == 0
        with pytest.warns(RuntimeWarning, match="overflow"):
            tiny(np.float64(-1000))
        with pytest.warns(RuntimeWarning, match="divide"):
            Quantity().inverse()
