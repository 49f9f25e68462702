"""A regression with as many numbers as are asked for, and what it costs to learn it."""

import jax
import numpy as np
import pytest

from experiments.performance.growth import cost as growing
from experiments.performance.growth.cost import EVENTS, EXACT, ONE_BETA, REGRESSION, RQMC, Series, problem
from experiments.performance.growth.regression import regression, simulated_groups
from experiments.performance.own_process import ask
from inference import exact, rqmc
from models import marginal


@pytest.mark.parametrize("addresses", range(1, 11))
def test_a_regression_has_the_addresses_that_are_asked_for(addresses):
    hyperprior, counts = regression(addresses), simulated_groups(12, seed=0)
    assert hyperprior.addresses == ("lam", *(f"b{j}" for j in range(addresses - 1)))
    drawn = hyperprior.program.simulate(counts.trials).get_choices()
    assert set(drawn) == set(hyperprior.addresses)
    log_odds = sum(drawn[f"b{j}"] * (counts.covariates[f"x{j}"] if j else 1.0) for j in range(addresses - 1))
    a, b = hyperprior.program.assess(drawn, counts.trials)[1]
    np.testing.assert_allclose(np.log(a / b), log_odds * np.ones(12), rtol=1e-4, atol=1e-4)


def test_a_regression_has_one_to_ten_numbers():
    for addresses in (0, 11):
        with pytest.raises(ValueError, match=f"has 1 to 10 addresses, not {addresses}"):
            regression(addresses)


@pytest.mark.costly
def test_exact_and_rqmc_agree_on_three_numbers():
    hyperprior, counts = regression(3), simulated_groups(12, seed=0)
    truth, found = exact(hyperprior, counts), rqmc(hyperprior, counts, key=jax.random.key(0), n_points=2**10)
    for name in hyperprior.addresses:  # Student's t with 15 degrees of freedom exceeds 5 once in 6,000 times
        assert abs(found.mean(name) - truth.mean(name)) < 5 * found.mean_error(name)
    assert abs(found.log_evidence - truth.log_evidence) < 5 * found.log_evidence_error


@pytest.mark.parametrize("population", [REGRESSION, ONE_BETA, EVENTS])
def test_groups_are_as_many_as_are_asked_for(population):
    hyperprior, data = problem(population, 2, 300, seed=0)
    assert data.students == 300
    assert (len(data) < 100) == (population == ONE_BETA)
    assert len(hyperprior.addresses) == 2
    assert marginal(hyperprior).argument(data) is not None


def test_a_size_that_would_take_more_than_a_minute_is_left_out(monkeypatch):
    def answer(function, algorithm, population, addresses, groups, seed):
        assert function is growing.cost
        return {"algorithm": algorithm, "addresses": addresses, "groups": groups, "seconds": groups / 100}

    monkeypatch.setattr(growing, "ask", answer)
    by_groups = Series("groups", EXACT, EVENTS, (2,), (10, 100, 1_000, 6_000, 7_000))
    by_addresses = Series("addresses", RQMC, REGRESSION, (1, 2), (40,))
    found = growing.measure((by_groups, by_addresses), seed=0, advance=lambda: None)
    assert found["groups"].to_list() == [10, 100, 1_000, 6_000, 40, 40]
    assert found["addresses"].to_list() == [2, 2, 2, 2, 1, 2]
    assert found["against"].to_list() == ["groups"] * 4 + ["addresses"] * 2


@pytest.mark.slow
def test_a_process_of_its_own_says_what_an_algorithm_costs():
    found = ask(growing.cost, EXACT, ONE_BETA, 2, 300, 0)
    hyperprior, data = problem(ONE_BETA, 2, 300, seed=0)
    assert found["log_evidence"] == pytest.approx(exact(hyperprior, data).log_evidence, abs=1e-9)
    assert (found["groups"], found["rows"]) == (300, len(data))
    assert found["peak_mb"] >= found["imports_mb"] > 10
    assert found["seconds"] > 0
