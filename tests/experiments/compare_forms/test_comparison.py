"""The weights of the forms that `compare-forms` compares, in classes of padded students."""

import jax
import numpy as np
import pytest

from experiments.compare_forms.comparison import average, first_students, weigh
from experiments.data.classrooms import classroom_a
from experiments.data.simulated import simulated_class
from inference import closed_form, population_weights
from models import Counts, explicit, mean_concentration

# The sizes of the quick runs of experiments, so that compiled programs are reused.
PARTICLES, THETA_DRAWS = 200, 500


@pytest.mark.costly
def test_a_student_without_trials_changes_no_weight():
    whole = simulated_class(6, seed=0)
    short = Counts(whole.k[:2], whole.n[:2])
    padded = weigh(first_students(whole, 2), jax.random.key(0), PARTICLES).to_dict(as_series=False)
    likelihood = closed_form(short, padded["a"], padded["b"])
    for form in ("marginal", "conjugate"):
        assert np.all(np.abs(padded[form] - likelihood) < padded[f"{form}_bound"])


@pytest.mark.costly
def test_a_student_without_trials_changes_no_explicit_weight(eps):
    population = {"mu": np.linspace(0.2, 0.8, PARTICLES), "lam": np.geomspace(0.2, 90, PARTICLES)}

    def weights(successes: int) -> np.ndarray:
        """Log weights of one student with 100 trials and five without; the same key draws the same thetas."""
        counts = Counts([successes, 0, 0, 0, 0, 0], [100, 0, 0, 0, 0, 0])
        return population_weights(explicit(mean_concentration()), counts, population, key=jax.random.key(0))

    # The weight of 100 failures is (1 - theta)^100, of 100 successes theta^100. A log weight w is correct to
    # 14 eps (|w| + 10): 8 for its terms, 6 for their sum. So the error of x = exp(w / 100) is 14 eps (x |log x| + 0.1),
    # less than half of 14 eps.
    assert np.max(np.abs(np.exp(weights(0) / 100) + np.exp(weights(100) / 100) - 1)) < 14 * eps


def test_a_smaller_class_has_the_first_students_of_a_larger_one():
    five, fifty = simulated_class(5, seed=3), simulated_class(50, seed=3)
    assert (five.k == fifty.k[:5]).all()
    assert (first_students(fifty, 5).n[5:] == 0).all()
    assert first_students(fifty, 1).trials.max_n == fifty.trials.max_n  # otherwise the program would be compiled again


@pytest.mark.costly
def test_the_explicit_weight_averages_to_the_likelihood():
    counts = classroom_a()
    weights = weigh(counts, jax.random.key(0), PARTICLES)
    z = average(counts, weights, jax.random.key(1), students=2, theta_draws=THETA_DRAWS)["z"].to_numpy()
    assert abs(z.mean()) < 4 / np.sqrt(len(z))
    assert 0.7 < z.std() < 1.4
