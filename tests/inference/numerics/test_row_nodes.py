"""Nodes in rows: on the mass of each row, and evaluated once where it lies where the rows around say."""

import pickle

import numpy as np
import pytest

from inference import exact
from inference.numerics.mass_finder import Plane, locate
from inference.numerics.row_nodes import place_nodes
from inference.numerics.trapezoid import integrate
from inference.programs.integrand import Integrand
from models import Counts, mean_concentration

CLASSROOM_A = Counts([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1])
LIMITS = (-8.0, 8.0)


class Density:
    """log of a normal in u times a normal in v around a ridge; counts its evaluations, and returns them by name too.

    Args:
        ridge: where a row has its peak, as a function of u.
        sd: of v given u.
    """

    def __init__(self, ridge, sd):
        self.ridge, self.sd, self.rows = ridge, sd, []

    def log_density(self, u, v):
        return -(u**2) / 2 - ((v - self.ridge(u)) / self.sd) ** 2 / 2 - np.log(2 * np.pi * self.sd)

    def evaluate(self, u, v):
        self.rows.extend(u[:, 0])
        return self.log_density(u, v), {"u": u + 0 * v, "v": v}

    @property
    def plane(self):
        return Plane(("u", "v"), LIMITS, LIMITS, self.log_density)


RIDGES = {
    "straight": (lambda u: 0.5 * u, 0.3),
    "thin and tilted": (lambda u: 0.9 * u, 1e-4),
    "thin and bent": (lambda u: np.sin(3 * u), 1e-4),
}


@pytest.mark.parametrize(("ridge", "sd"), RIDGES.values(), ids=RIDGES)
def test_every_row_has_its_mass_between_its_ends(ridge, sd):
    density = Density(ridge, sd)
    plane = density.plane
    nodes = place_nodes(plane, locate(plane).brackets, np.linspace(-6, 6, 47), 41, density.evaluate)
    for finer in (nodes, nodes.with_rows_between(plane, density.evaluate)):
        ends = np.abs(finer.inner[:, [0, -1]] - ridge(finer.outer)[:, None]) / sd
        assert np.all(ends > 8)  # e^-32
        assert np.all(ends < 20)  # and the nodes are not spread over nothing
        assert np.array_equal(finer.log_density, density.log_density(finer.outer[:, None], finer.inner))
        assert np.array_equal(finer.numbers["v"], finer.inner)
        assert np.array_equal(finer.numbers["u"], np.broadcast_to(finer.outer[:, None], finer.inner.shape))


def test_only_rows_between_are_evaluated():
    density = Density(*RIDGES["straight"])
    plane = density.plane
    nodes = place_nodes(plane, locate(plane).brackets, np.linspace(-6, 6, 13), 41, density.evaluate)
    density.rows.clear()
    finer = nodes.with_rows_between(plane, density.evaluate)
    assert len(finer.outer) == 25
    assert np.array_equal(finer.outer[::2], nodes.outer)
    assert np.array_equal(finer.inner[::2], nodes.inner)
    assert density.rows == finer.outer[1::2].tolist()


@pytest.mark.parametrize(("ridge", "sd"), RIDGES.values(), ids=RIDGES)
def test_an_integral_returns_the_numbers_at_its_nodes(ridge, sd):
    density = Density(ridge, sd)
    plane = density.plane
    rule, numbers = integrate(
        plane, locate(plane), evaluate=density.evaluate, monitor=lambda x: x["v"] ** 2, tolerance=1e-10
    )
    assert rule.log_total == pytest.approx(0.5 * np.log(2 * np.pi) - 0.5 * np.log(2 * np.pi), abs=1e-9)
    assert np.array_equal(numbers["v"], rule.inner)
    assert max(rule.log_total_error()) <= 1e-10


def test_a_rule_is_pickled_without_what_is_computed_from_it():
    rule = exact(mean_concentration(), CLASSROOM_A).nodes.rule
    again = pickle.loads(pickle.dumps(rule))
    assert set(again.__dict__) == {"outer", "inner", "log_density"}
    assert again.log_total == rule.log_total


def test_classroom_a_takes_less_than_nine_thousand_evaluations(monkeypatch):
    """3,721 and 1,281 to find the mass, and each node of the rule once."""
    sizes = []
    evaluate = Integrand.evaluate

    def counted(self, u, v):
        sizes.append(np.broadcast(u, v).size)
        return evaluate(self, u, v)

    monkeypatch.setattr(Integrand, "evaluate", counted)
    posterior = exact(mean_concentration(), CLASSROOM_A)
    assert sum(sizes) == 3721 + 1281 + posterior.nodes.rule.inner.size < 9000
