"""What experiments learn and estimate alike."""

import jax
import numpy as np
import polars as pl
import pytest

from experiments.data.classrooms import classroom_a
from experiments.methods.learned import course_draws, distances, estimates, learn, weigh_course
from experiments.methods.method_table import method_summary, method_table
from models import Events, box, mean_shape
from tests.families import CASES


def test_the_courses_draws_are_float32_in_either_mode():
    draws = course_draws(20_000, ("a", 0.5, 20.0), ("b", 0.5, 20.0))
    assert {values.dtype for values in draws.values()} == {np.dtype(np.float32)}
    found = estimates(weigh_course(box(), classroom_a(), draws))
    assert round(found["E[a]"].value, 2) == 14.57


@pytest.mark.costly
def test_a_family_is_learned_by_each_form_beside_the_exact_answer():
    events = Events(k=[5, 1, 5, 14], exposure=[94.32, 15.72, 62.88, 125.76])
    learned = learn(mean_shape(), events, key=jax.random.key(0), n_particles=5_000)
    assert list(learned) == ["marginal", "explicit", "explicit, conjugate proposal", "aggregated", "exact"]
    truth = estimates(learned["exact"].posterior)
    assert list(truth) == ["E[mean]", "E[shape]", "E[spread]", "log Z"]
    for method in ("marginal", "explicit, conjugate proposal", "aggregated"):
        assert max(map(abs, distances(estimates(learned[method].posterior), truth).values())) < 4


@pytest.mark.costly
def test_a_population_of_each_student_in_four_numbers_is_compared_with_rqmc():
    case = CASES["school"]
    learned = learn(case.hyperprior, case.counts, key=jax.random.key(0), n_particles=500)
    assert list(learned) == ["marginal", "explicit", "explicit, conjugate proposal", "rqmc"]
    names = learned["rqmc"].posterior.names
    assert len(names) > 3
    table = method_table(learned, [f"E[{name}]" for name in names])
    assert table.filter(pl.col("off by (se)").is_null())["method"].to_list() == ["rqmc"]
    assert table.filter(method="rqmc")["ESS"][0] > 0
    summary = method_summary(learned)
    assert summary["rqmc"]["distance_from_rqmc_in_se"] == {}
    assert set(summary["marginal"]["distance_from_rqmc_in_se"]) == set(estimates(learned["rqmc"].posterior))
