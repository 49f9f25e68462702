"""Importance sampling in the page: its generator, its draws, and both forms beside the exact values."""

import numpy as np
import pytest

from inference import exact
from models import mean_concentration
from tests.explorable.core import A, B, in_core, students

HYPERPRIOR = {"kind": "mean", "low": 0.1, "high": 100}
WITHIN = 4  # standard errors; of the few comparisons here none is beyond by chance


def xoshiro128_starstar(state: list[int], number: int) -> list[int]:
    """Blackman and Vigna's recurrence in whole numbers, of which 32 bits are kept."""
    bits = 0xFFFFFFFF
    s, found = list(state), []
    for _ in range(number):
        product = s[1] * 5 & bits
        found.append(((product << 7 | product >> 25) & bits) * 9 & bits)
        shifted = s[1] << 9 & bits
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= shifted
        s[3] = (s[3] << 11 | s[3] >> 21) & bits
    return found


def test_generator_is_xoshiro128_starstar():
    state = [1, 2, 3, 4]
    found = in_core(
        """
        const random = new Random(0);
        random.state = Uint32Array.from(state);
        return Array.from({ length: 1000 }, () => random.integer());
        """,
        state=state,
    )
    assert found[:4] == [11520, 0, 5927040, 70819200]  # as published with other implementations
    assert found == xoshiro128_starstar(state, 1000)


def test_a_seed_gives_the_same_run_again_and_another_seed_another():
    first, again, other = in_core(
        "return [1, 1, 2].map((seed) => importance(hyperprior, students, 100, seed).explicit.mu.value);",
        hyperprior=HYPERPRIOR,
        students=students(A),
    )
    assert first == again != other


@pytest.mark.parametrize(("a", "b"), [(0.05, 0.1), (0.8, 3.0), (6.0, 4.0)])
def test_rates_are_drawn_from_their_beta(a, b):
    size = 20_000
    odds = in_core(
        "const random = new Random(5); return Array.from({ length: size }, () => random.logOdds(a, b));",
        a=a,
        b=b,
        size=size,
    )
    theta = 1 / (1 + np.exp(-np.array(odds)))
    variance = a * b / (a + b) ** 2 / (a + b + 1)
    assert theta.mean() == pytest.approx(a / (a + b), abs=WITHIN * np.sqrt(variance / size))
    squares = (theta - a / (a + b)) ** 2
    assert squares.mean() == pytest.approx(variance, abs=WITHIN * squares.std() / np.sqrt(size))


@pytest.mark.parametrize(
    ("counts", "form"), [(A, "marginal"), (B, "marginal"), (A, "explicit")], ids=["A", "B", "A explicit"]
)
def test_estimates_agree_with_exact(counts, form):
    runs = in_core(
        """
        return [1, 2, 3, 4, 5].map((seed) => {
          const { mu, lam, logZ } = importance(hyperprior, students, 20000, seed)[form];
          return { mu, lam, logZ };
        });
        """,
        hyperprior=HYPERPRIOR,
        students=students(counts),
        form=form,
    )
    posterior = exact(mean_concentration(), counts)
    expected = {name: posterior.expectation(posterior.draws[name])[0] for name in ("mu", "lam")}
    for name, value in (expected | {"logZ": posterior.log_evidence}).items():
        mean = np.mean([run[name]["value"] for run in runs])
        error = np.sqrt(np.mean([run[name]["error"] ** 2 for run in runs]) / len(runs))
        assert mean == pytest.approx(value, abs=WITHIN * error)


def test_explicit_form_collapses_in_b_where_the_marginal_one_does_not():
    marginal, explicit = in_core(
        """
        const { marginal, explicit } = importance(hyperprior, students, 20000, 1);
        return [marginal.ess, explicit.ess];
        """,
        hyperprior=HYPERPRIOR,
        students=students(B),
    )
    assert explicit < 20 < 1000 < marginal


def test_ess_is_the_number_of_equal_weights():
    found = in_core(
        """
        const particles = new Populations(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 1, 1, 1));
        return [[0, 0, 0, 0], [0, 0, -1e3, -1e3], [5, -1e3, -1e3, -1e3]]
          .map((logWeight) => estimate(particles, Float64Array.from(logWeight)).ess);
        """
    )
    assert found == pytest.approx([4, 2, 1])
