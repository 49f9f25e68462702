"""What experiments learn and estimate alike."""

import numpy as np

from experiments.data.classrooms import classroom_a
from experiments.methods.learned import course_draws, estimates, weigh_course
from models import box


def test_the_courses_draws_are_float32_in_either_mode():
    draws = course_draws(20_000, ("a", 0.5, 20.0), ("b", 0.5, 20.0))
    assert {values.dtype for values in draws.values()} == {np.dtype(np.float32)}
    found = estimates(weigh_course(box(), classroom_a(), draws))
    assert round(found["E[a]"].value, 2) == 14.57
