"""The 50-digit references satisfy mathematical identities, and the judgement of a method finds inserted errors."""

import mpmath
import numpy as np
import pytest

from experiments.pmf_accuracy.main import JUDGED_BELOW, judge
from experiments.pmf_accuracy.methods import COURSE, OURS, SCIPY, TFP, Answers, answer, methods
from experiments.pmf_accuracy.references import MOST_TRIALS, SHAPES, Points, draw_points, exactly, references

KINDS = ["small n", "k = 0", "k = n", "k the prior mean", "small k", "any k"]


@pytest.fixture(scope="module", params=list(JUDGED_BELOW))
def dtype(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def points(dtype) -> Points:
    return draw_points(np.random.default_rng(0), 60, np.dtype(dtype))


def nothing() -> None:
    """Progress that is not shown."""


@pytest.mark.parametrize(("a", "b"), [(1e-6, 1e-6), (0.02, 3.0), (1.0, 1.0), (14.5, 8.1), (1e3, 1e-3)])
@pytest.mark.parametrize("n", [0, 1, 7, 30])
def test_the_references_sum_to_one_and_their_slopes_to_nothing(n, a, b):
    rows = [exactly(k, n, a, b) for k in range(n + 1)]
    with mpmath.workdps(50):
        probabilities = [mpmath.exp(log_p) for log_p, _, _ in rows]
        assert abs(mpmath.fsum(probabilities) - 1) < 1e-40
        # sum_k p(k) = 1 for all a and b, so its derivative sum_k p(k) d log p(k) is 0.
        for slopes in list(zip(*rows, strict=True))[1:]:
            terms = [p * slope for p, slope in zip(probabilities, slopes, strict=True)]
            assert abs(mpmath.fsum(terms)) <= 1e-40 * (1 + max(map(abs, terms)))


@pytest.mark.parametrize(
    ("k", "n", "a", "b"), [(0, 1, 2.0, 3.0), (5, 7, 1e-6, 40.0), (300, 10**9, 0.5, 1e8), (9, 9, 3, 1)]
)
def test_the_references_slopes_are_numerical_derivatives(k, n, a, b):
    _, *slopes = exactly(k, n, a, b)
    with mpmath.workdps(50):
        # With h = 1e-13 x the central difference has two errors, each of size 1e-26 (1 + 2/x): h^2 / 6 times the third
        # derivative, which is four psi'' of at most 1/x^2 + 2/x^3 each; and 1e-50 of terms near N log N = 1e11, divided
        # by h.
        for i, (x, slope) in enumerate(zip((a, b), slopes, strict=True)):
            low, high = [mpmath.mpf(a), mpmath.mpf(b)], [mpmath.mpf(a), mpmath.mpf(b)]
            h = mpmath.mpf("1e-13") * x
            low[i], high[i] = low[i] - h, high[i] + h
            numerical = (exactly(k, n, *high)[0] - exactly(k, n, *low)[0]) / (2 * h)
            assert abs(numerical - slope) < 2e-26 * (1 + 2 / x)


def test_one_of_one_is_the_prior_mean():
    with mpmath.workdps(50):
        log_p, slope_a, slope_b = exactly(1, 1, mpmath.mpf(2), mpmath.mpf(3))
        exact = mpmath.log(mpmath.mpf(2) / 5), mpmath.mpf(3) / 10, -mpmath.mpf(1) / 5  # log(a / (a + b))
        for actual, expected in zip((log_p, slope_a, slope_b), exact, strict=True):
            assert abs(actual - expected) < 1e-48


def test_points_are_whole_numbers_in_range_and_of_every_kind(points, dtype):
    k, n, a, b = (x.astype(np.float64) for x in points)
    assert {x.dtype for x in points} == {np.dtype(dtype)}
    assert np.all((k >= 0) & (k <= n) & (n <= MOST_TRIALS) & (k % 1 == 0) & (n % 1 == 0))
    slack = 1 + np.finfo(dtype).eps  # for the rounding of the ends
    assert np.all((np.minimum(a, b) * slack >= SHAPES[0]) & (np.maximum(a, b) <= SHAPES[1] * slack))
    by_kind = {kind: slice(i, None, len(KINDS)) for i, kind in enumerate(KINDS)}
    assert np.all(n[by_kind["small n"]] < 20)
    assert np.all(k[by_kind["k = 0"]] == 0)
    assert np.all(k[by_kind["k = n"]] == n[by_kind["k = n"]])
    assert n.max() > 2**24


@pytest.mark.costly
def test_every_method_has_the_same_log_pmf_and_gradient(dtype):
    # The arguments of gamma are below 8, so the terms are below 10, and all four methods are correct to a few eps of
    # each.
    rng = np.random.default_rng(2)
    a, b = rng.uniform(0.5, 4, (2, 60)).astype(dtype)
    n = rng.integers(0, 4, 60)
    points = Points(rng.integers(0, n + 1).astype(dtype), n.astype(dtype), a, b)
    exact = references(points, nothing)
    for method in methods(dtype):
        answers = answer(method, points, 60)
        np.testing.assert_allclose(answers.log_p, exact.log_p, rtol=0, atol=100 * np.finfo(dtype).eps, err_msg=method)
        if answers.slopes is not None:
            np.testing.assert_allclose(answers.slopes, exact.slopes, rtol=0, atol=100 * np.finfo(dtype).eps)


@pytest.mark.costly
def test_this_suite_is_right_where_the_others_are_not(points, dtype):
    exact = references(points, nothing)
    found = {method: judge(points, exact, answer(method, points, 60), JUDGED_BELOW[dtype]) for method in methods(dtype)}
    assert set(found) == {OURS, COURSE, TFP} | ({SCIPY} if dtype == "float64" else set())
    ours = found.pop(OURS)
    assert ours["largest_error"] <= {"float32": 2e-5, "float64": 1e-12}[dtype]
    assert ours["largest_gradient_error"] <= {"float32": 5e-6, "float64": 1e-12}[dtype]
    assert (ours["not_finite"], ours["gradient_not_finite"]) == (0, 0)
    assert all(row["largest_error"] > 100 * ours["largest_error"] for row in found.values())


def test_a_method_is_judged_by_its_errors():
    points = Points(*(np.array(x, np.float64) for x in ([0, 1, 2, 0], [3, 4, 5, 0], [1, 1, 1, 1], [2, 2, 2, 2])))
    exact = references(points, nothing)
    log_p, slopes = exact.log_p.copy(), exact.slopes.copy()
    log_p += [0.1, -0.3, np.nan, 0]
    slopes[0] *= [1, 1.5, 1, 1]  # the slope without trials is 0 and is not judged
    slopes[1, 2] = np.inf
    row = judge(points, exact, Answers(log_p, slopes, 0.0, 0.0), below=50)
    assert (row["judged"], row["not_finite"], row["gradient_not_finite"]) == (4, 1, 1)
    assert [row["largest_error"], row["median_error"]] == pytest.approx([0.3, 0.1])
    assert [row["largest_gradient_error"], row["median_gradient_error"]] == pytest.approx([0.5, 0])
    near = judge(points, exact, Answers(log_p, None, 0.0, None), below=float(-exact.log_p[0]) + 1e-9)
    assert near["judged"] == int(np.sum(exact.log_p >= exact.log_p[0] - 1e-9))
    assert near["largest_gradient_error"] is near["gradient_not_finite"] is None
    assert judge(points, exact, Answers(log_p, None, 0.0, None), below=0)["largest_error"] is None


def test_answers_are_in_the_order_of_the_points_however_often_they_are_asked():
    points = draw_points(np.random.default_rng(1), 7, np.dtype(np.float32))
    answers = answer(OURS, points, 60)
    again = answer(OURS, Points(*(x[::-1].copy() for x in points)), 60)
    np.testing.assert_array_equal(answers.log_p, again.log_p[::-1])
    np.testing.assert_array_equal(answers.slopes, again.slopes[:, ::-1])
    assert answers.log_p.shape == (7,)
    assert answers.slopes.shape == (2, 7)
