"""The verdict: it trusts a posterior whose ESS is large enough, and names a chosen bound at which it piles up."""

from dataclasses import replace

import jax
import numpy as np
import pytest
from genjax import gen

from inference import Posterior, conjugate_proposal, exact, importance, normal_proposal
from inference.draws.verdict import bound_sentences, verdict
from inference.numerics.trapezoid import QuadratureError
from models import Counts, CountsError, Hyperprior, box, explicit, marginal, mean_concentration, open_uniform


def posterior(draws, hyperprior, log_weights=None) -> Posterior:
    size = len(next(iter(draws.values())))
    return Posterior.from_weights(hyperprior, draws, np.zeros(size) if log_weights is None else log_weights)


def of_means(mu, lam, hyperprior=None, log_weights=None) -> Posterior:
    hyperprior = mean_concentration() if hyperprior is None else hyperprior
    return posterior({"mu": mu, "lam": lam, "a": lam * mu, "b": lam * (1 - mu)}, hyperprior, log_weights)


@pytest.fixture
def normal():
    rng = np.random.default_rng(0)
    return lambda mean, sd: rng.normal(mean, sd, 4000)


@pytest.mark.parametrize(
    ("ess", "first"), [(99, "do not trust: ESS 99.0 of 1000 draws"), (101, "trust: ESS 101 of 1000")]
)
def test_an_ess_below_a_hundred_is_not_trusted(ess, first):
    log_weights = np.full(1000, -np.inf)
    log_weights[:ess] = 0.0
    rng = np.random.default_rng(0)
    middle = of_means(rng.uniform(0.4, 0.6, 1000), rng.uniform(4.0, 6.0, 1000), log_weights=log_weights)
    assert verdict(middle).startswith(first)
    assert middle.verdict == verdict(middle)


def test_classroom_a_is_told_that_lam_piles_up_at_its_upper_bound_and_b_is_not(learned):
    a, b = learned("A", "mean_concentration"), learned("B", "mean_concentration")
    assert len(bound_sentences(a)) == 1
    assert bound_sentences(a)[0].startswith("lam piles up at its upper bound 100")
    assert "lam piles up at its upper bound 100" in a.verdict
    assert bound_sentences(b) == []
    assert "piles up" not in b.verdict


def test_classroom_b_piles_up_at_the_lower_bounds_of_the_box(classrooms):
    sentences = bound_sentences(exact(box(), classrooms["B"]))
    assert [sentence.split(" (")[0] for sentence in sentences] == [
        "a piles up at its lower bound 0.5",
        "b piles up at its lower bound 0.5",
    ]


def test_an_exact_posterior_is_trusted_and_piles_up_as_the_sampled_one_does(classrooms, learned):
    for name, counts in classrooms.items():
        truth = exact(mean_concentration(), counts)
        assert truth.verdict.startswith("trust: exact")
        sampled = bound_sentences(learned(name, "mean_concentration"))
        assert [s.split(" (")[0] for s in bound_sentences(truth)] == [s.split(" (")[0] for s in sampled]


@pytest.mark.parametrize("k", [0, 1], ids=["nobody", "everybody"])
def test_the_natural_edges_of_a_mean_are_nobodys_choice(k):
    n = np.array([100, 40, 20, 20, 10, 5])
    everybody = importance(
        marginal(mean_concentration()), Counts(k=k * n, n=n), key=jax.random.key(0), n_particles=20_000
    )
    mu = everybody.draws["mu"]
    assert everybody.weights[np.abs(mu - k) < 0.1 * everybody.sd("mu")].sum() > 0.05  # it does pile up there
    assert not any(sentence.startswith("mu") for sentence in bound_sentences(everybody))


@pytest.mark.parametrize(("edge", "side"), [(0.3, "lower"), (0.7, "upper")])
def test_an_edge_of_a_mean_that_somebody_chose_is_named(normal, edge, side):
    mu = edge + (1 if side == "lower" else -1) * np.abs(normal(0, 0.02))
    sentences = bound_sentences(of_means(mu, np.exp(normal(1, 0.3)), mean_concentration(mu=(0.3, 0.7))))
    assert len(sentences) == 1
    assert sentences[0].startswith(f"mu piles up at its {side} bound {edge}")


@pytest.mark.parametrize("edge", [0.1, 100.0])
def test_positive_quantities_are_judged_on_a_log_scale(normal, edge):
    inwards = 1 if edge < 1 else -1
    leaning = of_means(0.5 + 0.05 * np.tanh(normal(0, 1)), edge * np.exp(inwards * np.abs(normal(0, 1))))
    clear = of_means(0.5 + 0.05 * np.tanh(normal(0, 1)), edge * np.exp(inwards * (4 + normal(0, 1).clip(-3, 3))))
    assert len(bound_sentences(leaning)) == 1
    assert bound_sentences(clear) == []


def test_infinite_ends_are_never_named(normal):
    @gen
    def program():
        mu = open_uniform(0.0, 1.0) @ "mu"
        log_lam = open_uniform(-50.0, 50.0) @ "log_lam"
        return mu * np.e**log_lam, (1 - mu) * np.e**log_lam

    hyperprior = Hyperprior(program, {"mu": (0.0, 1.0), "log_lam": (-np.inf, np.inf)})
    mu, log_lam = np.full(4000, 0.5) + 0.01 * np.tanh(normal(0, 1)), normal(0, 1)
    draws = {"mu": mu, "log_lam": log_lam, "a": np.exp(log_lam) * mu, "b": np.exp(log_lam) * (1 - mu)}
    assert bound_sentences(posterior(draws, hyperprior)) == []


@pytest.mark.parametrize(
    ("error", "beginning"),
    [
        (1e-10, "trust: exact, with an error of 1e-10 in log Z"),
        (1e-4, "trust: exact, with an error of 1e-04 in log Z and of 1e-04 sd in means"),
        (0.3, "do not trust: log Z has an error of 3e-01"),
        (np.nan, "do not trust"),
    ],
)
def test_the_verdict_of_an_exact_posterior_looks_at_its_error(classrooms, error, beginning):
    assert verdict(replace(exact(box(), classrooms["A"]), log_evidence_error=error)).startswith(beginning)


def test_counts_as_large_as_float64_holds_are_exact():
    # Up to O(1 / n) each theta is known: the posterior is that of the hyperprior times Beta(theta; a, b) / n of each.
    n = np.array([2**53, 2**53 - 1, 2**52])
    theta = np.array([0.25, 0.5, 0.75])
    largest = exact(mean_concentration(), Counts((theta * n).astype(int), n))
    smaller = exact(mean_concentration(), Counts((theta * 2**40).astype(int), np.full(3, 2**40)))
    assert largest.verdict.startswith("trust: exact, with an error of")
    assert largest.log_evidence_error < 1e-10
    log_lengths = np.log(n.astype(float)).sum() - 3 * np.log(2.0**40)
    assert largest.log_evidence + log_lengths == pytest.approx(smaller.log_evidence, abs=1e-10)
    assert largest.mean("lam") == pytest.approx(smaller.mean("lam"), rel=1e-9)


def test_more_long_records_than_float64_can_add_up_are_refused():
    n = 10**14 - np.arange(1300)
    with pytest.raises(
        QuadratureError, match=r"so many trials .* rounding error of .* nats in float64; use importance"
    ):
        exact(box(), Counts(n // 3, n))


def test_counts_that_float64_does_not_hold_are_refused():
    with pytest.raises(CountsError, match=r"9007199254740993 is too large for float64.*no algorithm takes such counts"):
        exact(box(), Counts([2**53 - 1], [2**53 + 1]))
    with jax.enable_x64(True), pytest.raises(CountsError, match="9007199254740993 is too large for float64"):
        _ = Counts([2**53 - 1], [2**53 + 1]).trials
    with pytest.raises(CountsError, match="trials in all are more than an int64 holds"):
        Counts(np.zeros(2000, int), np.full(2000, 2**53))


@pytest.mark.costly
def test_the_verdict_advises_what_has_not_been_done_yet(six):
    """It advised users of the conjugate proposal to use the conjugate proposal."""
    few = {"key": jax.random.key(0), "n_particles": 50}
    hyperprior = box()
    fitted = np.array([1.0, 0.5]), np.eye(2)
    told = {
        "prior": importance(explicit(hyperprior), six, **few),
        "conjugate": importance(explicit(hyperprior), six, proposal=conjugate_proposal(hyperprior), **few),
        "marginal": importance(marginal(hyperprior), six, **few),
        "fitted": importance(
            marginal(hyperprior), six, proposal=normal_proposal(hyperprior), proposal_args=fitted, **few
        ),
    }
    advice = {name: posterior.verdict.split("; ")[1] for name, posterior in told.items()}
    assert all(posterior.verdict.startswith("do not trust: ESS") for posterior in told.values())
    assert advice["prior"].startswith("integrate theta out (marginal, aggregated), propose it (conjugate_proposal)")
    assert advice["conjugate"] == advice["marginal"]
    assert advice["marginal"].startswith("take more particles, propose from vi (normal_proposal)")
    assert advice["fitted"] == "take more particles, or use smc or exact"
