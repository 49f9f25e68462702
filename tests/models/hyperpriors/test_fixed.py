"""A known population: nothing is drawn, and students are those of the family."""

import pickle

import jax
import numpy as np
import pytest
from genjax import seed

from models import beta_binomial, beta_binomials, dirichlet_multinomials, fixed, gamma_poissons, mixture


def test_a_known_population_is_one_object_and_stays_it_when_pickled():
    assert fixed(6, 4) is fixed(6.0, 4.0)
    assert fixed(6, 4) is not fixed(6, 4, family=gamma_poissons)
    for hyperprior in (fixed(6, 4), fixed([1, 2, 3], family=dirichlet_multinomials)):
        assert pickle.loads(pickle.dumps(hyperprior)) is hyperprior


def test_it_draws_nothing_and_returns_the_parameters():
    trace = seed(fixed(6, 4).program.simulate)(jax.random.key(0))
    assert trace.get_choices() == {}
    log_density, (a, b) = fixed(6, 4).assess({})
    assert (float(log_density), float(a), float(b)) == (0, 6, 4)
    assert fixed(6, 4).has_one_beta
    _, (alpha,) = fixed([1, 2, 3], family=dirichlet_multinomials).assess({})
    np.testing.assert_array_equal(alpha, [1, 2, 3])


WRONG = {
    "too few": ((6,), beta_binomials, TypeError, "takes the family's parameters a, b, not 1 values"),
    "negative": ((6, -4), beta_binomials, ValueError, "b must be positive and finite, not -4"),
    "infinite": ((float("inf"), 4), gamma_poissons, ValueError, "shape must be positive and finite"),
    "an array": (([6, 1], 4), beta_binomials, ValueError, "a must be a number, not an array of shape"),
    "sizes": (
        ([0, 0, 0], [1, 1], [1, 1]),
        mixture(beta_binomials, 2),
        ValueError,
        "log_weights with 3 components, but",
    ),
    "no family": ((1, 1), beta_binomial, TypeError, "give the family, such as beta_binomials"),
    "a number": ((6,), dirichlet_multinomials, ValueError, "alpha must be an array of categories"),
    "a weight": (([np.nan, 0], [1, 1], [1, 1]), mixture(beta_binomials, 2), ValueError, "log_weights must be finite"),
}


@pytest.mark.parametrize(("parameters", "family", "error", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_a_population_is_refused(parameters, family, error, message):
    with pytest.raises(error, match=message):
        fixed(*parameters, family=family)
