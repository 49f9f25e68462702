"""The advice of a verdict names only what answers for the hyperprior."""

import jax
import pytest

from inference import importance
from models import box, explicit
from tests.families import CASES, MIXTURE, PUMPS, REGRESSION, known


def test_exact_is_advised_for_at_most_three_numbers():
    assert known(box(), a=[1.0, 2.0], b=[1.0, 2.0]).verdict.endswith("take more draws, or use exact")
    assert known(PUMPS, m=[1.0, 2.0], s=[1.0, 2.0]).verdict.endswith("take more draws, or use exact")
    five = {address: [0.3, 0.4] for address in MIXTURE.addresses}
    assert known(MIXTURE, **five).verdict.endswith("take more draws")


@pytest.mark.costly
def test_a_population_for_each_student_is_not_aggregated():
    posterior = importance(explicit(REGRESSION), CASES["regression"].counts, key=jax.random.key(0), n_particles=50)
    assert "; integrate theta out (marginal), propose it (conjugate_proposal), or use exact" in posterior.verdict
