"""Who belongs to which kind, and the population in bins: against Bayes' rule and SciPy at a known population."""

import numpy as np
import pytest
from scipy.stats import beta, betabinom

from experiments.kinds_of_students.each_kind import estimates, kind_probabilities, kinds_of
from experiments.kinds_of_students.populations import BINS, share_of_bins
from experiments.kinds_of_students.programs import kinds_in_order
from inference import Posterior, exact

AT = {"u_1": 0.3, "u_2": 0.81, "v_1": 0.35, "lam_1": 3.0, "lam_2": 40.0}
# means (u_1 sqrt(u_2), sqrt(u_2)) and shares (v_1, 1 - v_1)
SHARES, MEANS, LAM = np.array([0.35, 0.65]), np.array([0.27, 0.9]), np.array([3.0, 40.0])
ROUNDING = 1e-12  # relative: some thousand roundings of float64
SCIPY = 1e-9  # relative error of SciPy's beta-binomial at shapes up to 40


@pytest.fixture(scope="module")
def known():
    """A posterior that is sure of two kinds."""
    draws = {name: np.array([value]) for name, value in AT.items()}
    return Posterior.from_weights(kinds_in_order(2), draws, np.zeros(1), status=np.zeros(1, int))


def test_the_kinds_are_those_of_the_program(known):
    for found, expected in zip(kinds_of(known), (SHARES, MEANS, LAM), strict=True):
        np.testing.assert_allclose(found, [expected], rtol=ROUNDING)
    numbers = {name: value for name, (value, _) in estimates(known).items()}
    assert [numbers["share 2"], numbers["mean 1"], numbers["lam 2"]] == pytest.approx([0.65, 0.27, 40.0], rel=ROUNDING)


def test_a_student_is_of_a_kind_by_bayes_rule(known, classrooms):
    counts = classrooms["B"]
    joint = SHARES * betabinom.pmf(counts.k[:, None], counts.n[:, None], LAM * MEANS, LAM * (1 - MEANS))
    expected = joint / joint.sum(axis=1, keepdims=True)
    table = kind_probabilities(known, counts)
    assert table["name"].to_list() == list(counts.names)
    np.testing.assert_allclose(table.select("p_1", "p_2").to_numpy(), expected, rtol=SCIPY)


def test_one_kind_has_everybody(classrooms):
    posterior = exact(kinds_in_order(1), classrooms["A"])
    assert kind_probabilities(posterior, classrooms["A"])["p_1"].to_list() == pytest.approx([1.0] * 6, abs=ROUNDING)
    found = estimates(posterior)
    assert found["mean 1"].value == pytest.approx(posterior.mean("mu"), rel=1e-9)
    assert found["lam 1"].value == pytest.approx(posterior.mean("lam"), rel=1e-9)


def test_the_bins_are_those_of_the_mixture(known):
    shares, _ = share_of_bins(known)
    of_kinds = np.diff(beta.cdf(BINS, (LAM * MEANS)[:, None], (LAM * (1 - MEANS))[:, None]), axis=1)
    np.testing.assert_allclose(shares, SHARES @ of_kinds, rtol=0, atol=ROUNDING)
    assert shares.sum() == pytest.approx(1, abs=ROUNDING)
