"""A zoom finds the mass of a row wherever it begins."""

import numpy as np
import pytest

from inference.numerics.mass_finder import DROP, Plane, zoom_rows


@pytest.mark.parametrize("away", [0.0, 1.0, -3.0, 700.0, -3e4])
@pytest.mark.parametrize("width", [0.1, 10.0])
def test_a_zoom_reaches_a_peak_far_outside_the_interval_that_it_begins_with(away, width):
    """`away` and `width` in sds of the row."""
    sd = 1e-4
    plane = Plane(("u", "v"), (-1.0, 1.0), (-8.0, 8.0), lambda u, v: -((v / sd) ** 2) / 2 + 0 * u)
    low = np.array([sd * (away - width / 2)])
    (left,), (right,), (peak,) = zoom_rows(plane, np.zeros(1), low, low + sd * width)
    end = np.sqrt(2 * DROP)
    assert left / sd < -end
    assert right / sd > end
    assert right - left < 4 * end * sd
    assert peak > -1
