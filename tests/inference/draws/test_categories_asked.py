"""Groups in categories are asked about in the categories that were learned from, and data have the population's."""

import jax
import pytest

from inference import importance, theta_draws
from models import Categories, CountsError, aggregated, marginal
from tests.families import BAGS, learned_case

KEY = jax.random.key(0)
OTHER_ORDER = Categories([[3, 1, 2]], categories=["blue", "green", "red"])


@pytest.mark.costly
def test_categories_in_another_order_are_refused():
    """By position, the share of blue would be told of red."""
    posterior = learned_case("categories")
    asked = [
        lambda: posterior.shrinkage(OTHER_ORDER),
        lambda: posterior.above(OTHER_ORDER, 0.5),
        lambda: posterior.predict(OTHER_ORDER, 5),
        lambda: posterior.leave_one_out(OTHER_ORDER),
        lambda: theta_draws(posterior, OTHER_ORDER, key=KEY),
    ]
    for ask in asked:
        with pytest.raises(CountsError, match="the categories are 'blue', 'green', 'red', but those"):
            ask()


@pytest.mark.parametrize("form", [marginal, aggregated])
def test_another_number_of_categories_than_the_population_has_is_refused(form):
    with pytest.raises(ValueError, match="the counts have 2 categories, but the population has 3"):
        importance(form(BAGS), Categories([[1, 2], [3, 4]]), key=KEY, n_particles=10)
