"""Log probabilities in batches: hits and misses are alike, however small a shape is."""

import numpy as np
import pytest

from models.families.beta_binomial.pmf_batches import log_pmf
from models.families.beta_binomial.split_likelihood import SplitLikelihood

SMALLEST = 1e-303


@pytest.mark.parametrize("n", [1.0, 10.0, 1e7, 1e15])
def test_a_record_without_misses_is_that_without_hits_exchanged(n):
    a, b = np.array([[1.0], [1e-287], [SMALLEST], [3.0]]), np.array([[SMALLEST], [SMALLEST], [1e-287], [1e27]])
    hits, misses = (
        log_pmf(np.array([n, 0.0]), np.array([n, n]), a, b),
        log_pmf(np.array([0.0, n]), np.array([n, n]), b, a),
    )
    np.testing.assert_array_equal(hits, misses)
    # p(n | n, a, b) -> a / (a + b) if both are far below 1 / log n.
    assert hits[1, 0] == pytest.approx(0, abs=1e-12)
    assert hits[2, 0] == pytest.approx(np.log(SMALLEST / 1e-287), rel=1e-12)


def test_the_likelihood_of_long_records_of_hits_alone_is_finite():
    likelihood = SplitLikelihood(np.array([5.0, 1e7]), np.array([10.0, 1e7]), np.ones(2))
    a, b = np.array([1.0, 1e-287]), np.array([SMALLEST, SMALLEST])
    assert np.isfinite(likelihood.relative_to(a, b, likelihood.centre)).all()
