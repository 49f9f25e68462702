"""Few draws instead of many: means of smooth functions stay, and nothing that matters is left out."""

import numpy as np
import pytest

from inference import Posterior
from inference.draws.few_draws import few_draws
from models import box
from tests.families import CASES, PUMPS, known


def wide(size: int) -> Posterior:
    """Weighted draws under box()."""
    rng = np.random.default_rng(1)
    draws = {name: rng.uniform(0.5, 20.0, size) for name in ("a", "b")}
    return Posterior.from_weights(box(), draws, rng.normal(0.0, 1.0, size))


FUNCTIONS = [
    lambda a, b: a / (a + b),
    lambda a, b: np.log(a + b),
    lambda a, b: 1 / (1 + np.exp(b - a)),
    lambda a, b: np.exp(-((a - 8) ** 2) / 20),
]


@pytest.mark.parametrize("most", [500, 4_000])
@pytest.mark.parametrize("which", range(len(FUNCTIONS)))
def test_a_mean_changes_by_far_less_than_a_standard_error(most, which):
    """Within a cell a linear function of two addresses varies sqrt(most) times less than in all; twice that is allowed.

    Then a mean over one draw of each cell has the standard error 2 sd / most, and 4.5 of them are allowed.
    """
    posterior, function = wide(20_000), FUNCTIONS[which]
    few = few_draws(posterior, most)
    assert len(few.weights) <= most
    all_values, few_values = (function(p.values("a"), p.draws["b"]) for p in (posterior, few))
    mean = posterior.weights @ all_values
    sd = np.sqrt(posterior.weights @ (all_values - mean) ** 2)
    assert abs(few.weights @ few_values - mean) < 4.5 * 2 * sd / most


def test_draws_that_are_few_already_are_all_kept_but_those_without_weight():
    posterior = Posterior.from_weights(
        box(), {"a": np.arange(1.0, 6.0), "b": np.ones(5)}, np.log([0.2, 1e-12, 0.5, 0.3, 1e-13])
    )
    few = few_draws(posterior, 100)
    order = np.argsort(few.draws["a"])
    assert few.draws["a"][order].tolist() == [1.0, 3.0, 4.0]
    np.testing.assert_allclose(few.weights[order], [0.2, 0.5, 0.3])


def test_the_weights_of_draws_that_are_taken_twice_add_up():
    weights = np.full(1_000, 1e-3)
    weights[7] = 1.0
    posterior = known(PUMPS, m=np.linspace(1, 2, 1_000), s=np.ones(1_000))
    few = few_draws(Posterior.from_weights(PUMPS, posterior.draws, np.log(weights), status=np.zeros(1_000, int)), 100)
    heavy = few.weights[few.draws["m"] == posterior.draws["m"][7]]
    assert abs(heavy.sum() - 1 / (weights.sum())) < 1 / 100


def test_a_known_population_is_one_draw():
    hyperprior = CASES["fixed events"].hyperprior
    posterior = Posterior.from_weights(hyperprior, {"mean": np.full(50, 2 / 3)}, np.zeros(50), status=np.zeros(50, int))
    few = few_draws(posterior, 10)
    assert few.weights.tolist() == [1.0]


def test_elements_of_vectors_are_kept_together():
    hyperprior = CASES["school"].hyperprior
    rng = np.random.default_rng(0)
    draws = {name: rng.uniform(0.1, 0.9, (2_000, 2) if name in ("eta", "z") else 2_000) for name in hyperprior.support}
    draws["eta"][:, 1] = 2 * draws["eta"][:, 0]
    few = few_draws(known(hyperprior, **draws), 64)
    assert few.draws["eta"].shape == (len(few.weights), 2)
    np.testing.assert_array_equal(few.draws["eta"][:, 1], 2 * few.draws["eta"][:, 0])
