"""The page's numbers agree with `exact`: they come from the same JavaScript, run in Node."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.stats import beta

from inference import exact
from models import Counts, Hyperprior, box, mean_concentration
from tests.explorable.core import A, B, in_core, students

LEARN = """
return cases.map(({ hyperprior, students }) => {
  const learned = learn(wholeRule(hyperprior), students), nodes = heavyNodes(learned);
  return {
    logZ: learned.logEvidence, ...learned.mean,
    bayes: students.map((student) => shrink(learned, student).bayes),
    plugIn: students.map((student) => shrink(learned, student).plugIn),
    interval: students.map((student) => rateQuantiles(learned, nodes, student, [0.05, 0.95])),
  };
});
"""
HALF_A_PIXEL = 1e-3  # of a rate: the strip of a student is some 500 pixels wide
A_PIXEL_HIGH = 1e-2  # of a density: the figure of the population is 200 pixels high, and shows 2 or more


@dataclass(frozen=True)
class Case:
    hyperprior: Hyperprior
    counts: Counts
    shown: dict[str, Any]  # the hyperprior as the page has it
    tolerance: float = 1e-6


def box_case(counts: Counts, low: float = 0.5, high: float = 20.0, tolerance: float = 1e-6) -> Case:
    return Case(box(low, high), counts, {"kind": "box", "low": low, "high": high}, tolerance)


def mean_case(counts: Counts, low: float = 0.1, high: float = 100.0) -> Case:
    return Case(mean_concentration(lam=(low, high)), counts, {"kind": "mean", "low": low, "high": high})


def random_classes(number: int) -> list[Case]:
    """Classes of 1 to 12 students from populations of any mean and concentration, under either hyperprior in turn."""
    rng = np.random.default_rng(1)
    cases = []
    for i in range(number):
        mu, lam = rng.uniform(), np.exp(rng.uniform(np.log(0.3), np.log(100)))
        n = rng.integers(1, 101, rng.integers(1, 13))
        k = rng.binomial(n, rng.beta(mu * lam, (1 - mu) * lam, n.size))
        counts = Counts(k=k.tolist(), n=n.tolist())
        cases.append(box_case(counts) if i % 2 else mean_case(counts))
    return cases


CASES = {
    "A, box": box_case(A),
    "B, box": box_case(B),
    "A, mean": mean_case(A),
    "B, mean": mean_case(B),
    "A, wide box": box_case(A, 0.1, 50, tolerance=1e-4),
    "B, wide box": box_case(B, 0.1, 50, tolerance=1e-4),
}
RANDOM = {f"random {i}": case for i, case in enumerate(random_classes(50))}


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    """What the page computes of every case, in one run of Node."""
    cases = CASES | RANDOM
    given = [{"hyperprior": case.shown, "students": students(case.counts)} for case in cases.values()]
    return dict(zip(cases, in_core(LEARN, cases=given), strict=True))


@pytest.mark.parametrize("name", [*CASES, *RANDOM])
def test_page_agrees_with_exact(shown, name):
    case, found = (CASES | RANDOM)[name], shown[name]
    k, n = case.counts.k, case.counts.n
    posterior = exact(case.hyperprior, case.counts)
    draws = posterior.draws
    mean = {address: posterior.expectation(draws[address])[0] for address in ("a", "b", "mu", "lam")}
    tolerance = {"rtol": case.tolerance, "atol": case.tolerance}
    np.testing.assert_allclose([found[address] for address in mean], list(mean.values()), **tolerance)
    np.testing.assert_allclose(found["logZ"], posterior.log_evidence, **tolerance)
    rates = [posterior.expectation((draws["a"] + k[i]) / (draws["lam"] + n[i]))[0] for i in range(n.size)]
    np.testing.assert_allclose(found["bayes"], rates, **tolerance)
    # The course's plug-in population is at the means of the numbers that its hyperprior is about.
    is_box = case.shown["kind"] == "box"
    a, b = (mean["a"], mean["b"]) if is_box else (mean["mu"] * mean["lam"], (1 - mean["mu"]) * mean["lam"])
    np.testing.assert_allclose(found["plugIn"], (a + k) / (a + b + n), **tolerance)


@pytest.mark.parametrize("name", CASES)
def test_intervals_are_right_to_half_a_pixel(shown, name):
    case = CASES[name]
    table = exact(case.hyperprior, case.counts).shrinkage(case.counts)
    expected = np.stack([table["low"], table["high"]], axis=1)
    np.testing.assert_allclose(shown[name]["interval"], expected, rtol=0, atol=HALF_A_PIXEL)


@pytest.mark.parametrize("name", ["A, mean", "B, mean", "A, box"])
def test_band_of_the_population_holds_90_percent(name):
    case = CASES[name]
    found = in_core(
        """
        const learned = learn(wholeRule(hyperprior), students);
        const { mean, bands } = populationDensity(heavyNodes(learned), [0.05, 0.95]);
        return { rates: [...RATES], mean: [...mean], low: [...bands[0]], high: [...bands[1]] };
        """,
        hyperprior=case.shown,
        students=students(case.counts),
    )
    posterior = exact(case.hyperprior, case.counts)
    for t in range(8, 128, 16):
        density = beta.pdf(found["rates"][t], posterior.draws["a"], posterior.draws["b"])
        assert found["mean"][t] == pytest.approx(posterior.expectation(density)[0], rel=1e-4, abs=A_PIXEL_HIGH / 10)
        for side, probability in (("low", 0.05), ("high", 0.95)):
            if found[side][t] > A_PIXEL_HIGH / 10:  # below, the page does not follow it
                below = posterior.expectation((density < found[side][t]).astype(float))[0]
                # The page interpolates between nodes, each of which has up to 1 % of the probability: two of them.
                assert below == pytest.approx(probability, abs=0.02)


def test_without_students_the_posterior_is_the_hyperprior():
    (found,) = in_core(LEARN, cases=[{"hyperprior": {"kind": "mean", "low": 0.1, "high": 100}, "students": []}])
    assert found["logZ"] == pytest.approx(0, abs=1e-6)
    assert found["mu"] == pytest.approx(0.5, abs=1e-6)
    assert found["lam"] == pytest.approx(99.9 / np.log(1000), rel=1e-6)  # the mean of a log-uniform


def test_a_drag_gives_what_a_fresh_page_gives():
    drags = [[70, 100], [40, 100], [5, 100], [0, 100], [100, 100], [2, 3], [150, 200], [70, 100]]
    dragged, fresh = in_core(
        """
        const answer = ({ logEvidence, mean }) => [logEvidence, mean.mu, mean.lam], whole = wholeRule(hyperprior);
        const classes = drags.map(([k, n]) => [{ k, n }, ...students.slice(1)]);
        const answers = (ruleOf) => classes.map((each) => answer(learn(ruleOf(), each)));
        return [answers(() => whole), answers(() => wholeRule(hyperprior))];
        """,
        hyperprior=CASES["A, mean"].shown,
        students=students(A),
        drags=drags,
    )
    np.testing.assert_allclose(dragged, fresh, rtol=1e-6)


def test_many_groups_agree_with_exact():
    # Their posterior is 40 times narrower than the hyperprior: a rule over all of it would have no node there.
    n = np.full(71, 100)
    counts = Counts(k=np.random.default_rng(2).binomial(n, 0.3).tolist(), n=n.tolist())
    for case in (box_case(counts), mean_case(counts)):
        (found,) = in_core(LEARN, cases=[{"hyperprior": case.shown, "students": students(counts)}])
        posterior = exact(case.hyperprior, counts)
        assert found["logZ"] == pytest.approx(posterior.log_evidence, abs=1e-6)
        assert found["lam"] == pytest.approx(posterior.expectation(posterior.draws["lam"])[0], rel=1e-6)
