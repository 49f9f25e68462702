"""The programs of kinds-of-students: the law of the order, and that names of kinds change nothing but names."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import gen
from scipy.special import logsumexp
from scipy.stats import betabinom

from experiments.kinds_of_students.each_kind import kinds_of
from experiments.kinds_of_students.labels import first_is_lower
from experiments.kinds_of_students.programs import LAM, increasing, kinds_in_order, kinds_without_order, pieces
from inference import exact, rqmc
from models import Hyperprior, beta_binomials, fixed, log_uniform, mean_concentration, mixture, open_uniform

EPS = np.finfo(np.float64).eps
ERRORS = 4  # standard errors: of eleven numbers compared here one is further off in a thousand runs


@pytest.fixture(scope="module")
def both(classrooms):
    """Two kinds in B, in order and without, by rqmc with other points."""
    programs = {"in order": kinds_in_order(2), "without": kinds_without_order(2)}
    return {
        name: rqmc(hyperprior, classrooms["B"], key=jax.random.key(i))
        for i, (name, hyperprior) in enumerate(programs.items())
    }


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_uniforms_in_order_have_the_density_k_factorial(size):
    # Independent uniforms u have density 1. The map is one to one, so x has density 1 / |det dx/du|, and sorted
    # uniforms have density K! everywhere in 0 < x_1 < ... < x_K < 1.
    with jax.enable_x64(True):
        for u in np.random.default_rng(size).uniform(size=(20, size)):
            x, slopes = increasing(jnp.asarray(u)), jax.jacfwd(increasing)(jnp.asarray(u))
            assert np.all(np.diff([0.0, *x, 1.0]) > 0)
            # The slopes are triangular, so the determinant is a product of `size` powers: a few roundings each.
            assert np.linalg.det(slopes) * math.factorial(size) == pytest.approx(1, abs=40 * size * EPS)


def test_the_pieces_are_the_lengths_between_the_cuts():
    with jax.enable_x64(True):
        lengths = np.asarray(pieces(jnp.array([0.2, 0.7])))
    np.testing.assert_allclose(lengths, [0.2, 0.5, 0.3], atol=2 * EPS, rtol=0)


def test_one_kind_is_the_courses_population():
    assert kinds_in_order(1) is mean_concentration()
    assert LAM == tuple(mean_concentration().support["lam"])


@pytest.mark.parametrize("classroom", ["A", "B"])
def test_kinds_that_coincide_have_the_evidence_of_one_beta(classroom, classrooms):
    # Whatever the shares, sum_c share_c p(k | a, b) = p(k | a, b).
    @gen
    def coinciding():
        share = open_uniform(0.0, 1.0) @ "share"
        mean = open_uniform(0.0, 1.0) @ "mean_of_both"
        lam = log_uniform(*LAM) @ "lam_of_both"
        means = jnp.stack([mean, mean])
        return jnp.log(jnp.stack([share, 1 - share])), lam * means, lam * (1 - means)

    support = {"share": (0.0, 1.0), "mean_of_both": (0.0, 1.0), "lam_of_both": LAM}
    counts = classrooms[classroom]
    two = exact(Hyperprior(coinciding, support, mixture(beta_binomials, 2)), counts)
    one = exact(kinds_in_order(1), counts)
    assert abs(two.log_evidence - one.log_evidence) < two.log_evidence_error + one.log_evidence_error + 1e-9


def test_the_evidence_of_known_kinds_is_a_sum_over_the_kinds_of_each_student(classrooms):
    shares, a, b = np.array([0.3, 0.5, 0.2]), np.array([0.4, 6.0, 30.0]), np.array([9.0, 4.0, 1.5])
    counts = classrooms["B"]
    found = exact(fixed(np.log(shares), a, b, family=mixture(beta_binomials, 3)), counts).log_evidence
    each = np.log(shares) + betabinom.logpmf(counts.k[:, None], counts.n[:, None], a, b)
    # SciPy's beta-binomial is off by up to 4e-6 for large a and b; here it is good to 1e-10.
    assert found == pytest.approx(float(np.sum(logsumexp(each, axis=1))), abs=1e-9)


@pytest.mark.costly
def test_order_does_not_change_the_evidence(both):
    log_z, errors = zip(*((each.log_evidence, each.log_evidence_error) for each in both.values()), strict=True)
    assert abs(log_z[0] - log_z[1]) < ERRORS * math.hypot(*errors)


@pytest.mark.costly
def test_the_ordered_program_is_the_other_one_with_its_kinds_sorted(both):
    kinds = kinds_of(both["without"])
    order = np.argsort(kinds.means, axis=1)
    for in_order, without in zip(kinds_of(both["in order"]), kinds, strict=True):
        mean, error = both["in order"].expectation(in_order)
        of_sorted, error_of_sorted = both["without"].expectation(np.take_along_axis(without, order, axis=1))
        assert np.all(np.abs(mean - of_sorted) < ERRORS * np.hypot(error, error_of_sorted))


@pytest.mark.costly
def test_without_order_each_answer_about_a_kind_is_about_both(both):
    shares, means, lam = kinds_of(both["without"])
    below, error = both["without"].expectation((means[:, 0] < means[:, 1]).astype(float))
    assert abs(below - 0.5) < ERRORS * error
    assert first_is_lower(both["without"]) == pytest.approx([below])
    for values in (shares - 0.5, means - means[:, ::-1], lam - lam[:, ::-1]):
        mean, error = both["without"].expectation(values[:, 0])
        assert abs(mean) < ERRORS * error
    assert first_is_lower(both["in order"]) == pytest.approx([1.0])
