"""Events: exposures that are zero, not whole, or outside the range of float32."""

import jax
import numpy as np
import pytest

from models import CountsError, Events, Exposures


def test_a_group_without_exposure_has_no_events():
    events = Events(k=[0, 0], exposure=[0.0, -0.0])
    assert events.exposure.tolist() == [0.0, 0.0]
    assert len(events.rows) == 1
    with pytest.raises(CountsError, match="row 2, column k, exposure: 3 events in an exposure of 0; "):
        Events(k=[1, 3], exposure=[1.0, 0.0])


def test_the_columns_of_a_file_are_named_in_the_error(tmp_path):
    (tmp_path / "pumps.csv").write_text("failures,hours\n5,94.32\n1,0\n")
    with pytest.raises(CountsError, match=r"pumps\.csv: row 2, column failures, hours: 1 events in an exposure of 0"):
        Events.read(tmp_path / "pumps.csv", k="failures", exposure="hours")


def test_exposures_keep_all_digits_and_the_argument_is_a_pytree():
    exposure = [94.32, 0.1, 1 / 3]
    events = Events(k=[5, 1, 2], exposure=exposure)
    assert events.exposure.tolist() == events.design_values.tolist() == exposure
    with jax.enable_x64(True):
        assert isinstance(events.trials, Exposures)
        assert [leaf.tolist() for leaf in jax.tree.leaves(events.trials)] == [exposure]
        assert events.trials.design is events.trials.exposure
    with jax.enable_x64(False):
        assert np.array_equal(events.trials.exposure, np.float32(exposure))
        assert float(jax.jit(lambda trials: trials.design.sum())(events.trials)) == pytest.approx(sum(exposure))


@pytest.mark.parametrize("exposure", [1e39, 1e-39])
def test_float32_refuses_exposures_that_it_rounds_to_infinity_or_zero(exposure):
    events = Events(k=[0, 1], exposure=[0.0, exposure])
    with jax.enable_x64(False), pytest.raises(CountsError, match=r"row 2, column exposure: 1e.39 is outside the range"):
        _ = events.trials
    with jax.enable_x64(True):
        assert float(events.trials.exposure[1]) == exposure
