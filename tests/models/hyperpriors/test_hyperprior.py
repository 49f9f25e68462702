"""Hyperpriors: their densities, their bounds, their identity."""

from math import inf, log, nan

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import beta, exponential, gen, seed

from models import Hyperprior, box, gamma_poissons, mean_concentration, mean_shape


@gen
def reader():
    mu = beta(2.0, 2.0) @ "mu"
    kappa = 1 + exponential(0.1) @ "kappa"
    return kappa * mu, kappa * (1 - mu)


@pytest.mark.parametrize(
    ("program", "support", "error"),
    [
        (lambda: (1.0, 1.0), {"a": (0, 1)}, TypeError),
        (beta, {"a": (0, 1)}, TypeError),
        (reader, {}, ValueError),
        (reader, {"mu": (1.0, 0.0)}, ValueError),
        (reader, {"mu": (0.5, 0.5)}, ValueError),
        (reader, {"mu": (nan, 1.0)}, ValueError),
        (reader, {"mu": (0.0, nan)}, ValueError),
        (reader, {"mu": (0.0,)}, ValueError),
        (reader, {"mu": (0.0, 0.5, 1.0)}, ValueError),
        (reader, {"mu": 1.0}, ValueError),
        (reader, {"mu": ("low", "high")}, ValueError),
    ],
)
def test_bad_programs_and_supports_are_refused(program, support, error):
    with pytest.raises(error):
        Hyperprior(program, support)


def test_the_support_is_kept_in_order_as_floats_and_cannot_change():
    given = {"mu": (0, 1), "kappa": (1, inf)}
    hyperprior = Hyperprior(reader, given)
    given["mu"] = (0, 2)
    assert dict(hyperprior.support) == {"mu": (0.0, 1.0), "kappa": (1.0, inf)}
    assert hyperprior.addresses == ("mu", "kappa")
    with pytest.raises(TypeError):
        hyperprior.support["mu"] = (0.0, 2.0)


def test_the_same_bounds_are_the_same_hyperprior():
    assert box() is box(0.5, 20.0) is box(low=0.5, high=20) is box(np.float64(0.5), 20)
    assert mean_concentration() is mean_concentration((0, 1), (0.1, 100)) is mean_concentration(lam=[0.1, 100.0])
    assert mean_shape() is mean_shape((1e-3, 1e3), (0.1, 100)) is mean_shape(shape=[0.1, 100.0])
    assert box() is not box(0.5, 21.0)
    assert box() != box(0.5, 21.0)
    assert Hyperprior(reader, {"mu": (0, 1)}) != Hyperprior(reader, {"mu": (0, 1)})
    assert len({box(), box(), mean_concentration()}) == 2


@pytest.mark.parametrize(
    "bad",
    [
        lambda: box(-0.1, 20.0),
        lambda: box(20.0, 0.5),
        lambda: box(1.0, 1.0),
        lambda: box(0.5, inf),
        lambda: box(nan, 1.0),
        lambda: mean_concentration(mu=(0.0, 1.1)),
        lambda: mean_concentration(mu=(-0.1, 1.0)),
        lambda: mean_concentration(mu=(0.9, 0.1)),
        lambda: mean_concentration(lam=(0.0, 100.0)),
        lambda: mean_concentration(lam=(0.1, inf)),
        lambda: mean_concentration(lam=(100.0, 0.1)),
        lambda: mean_shape(mean=(0.0, 1.0)),
        lambda: mean_shape(mean=(1.0, inf)),
        lambda: mean_shape(shape=(0.0, 1.0)),
        lambda: mean_shape(shape=(2.0, 1.0)),
    ],
)
def test_bad_bounds_are_refused(bad):
    with pytest.raises(ValueError, match="must"):
        bad()


def test_log_density_of_box_is_minus_two_log_of_its_width():
    with jax.enable_x64(True):
        density, (a, b) = box().program.assess({"a": jnp.array(3.0), "b": jnp.array(7.0)})
        outside, _ = box().program.assess({"a": jnp.array(0.5), "b": jnp.array(7.0)})
    assert abs(float(density) + 2 * log(19.5)) < 1e-12
    assert (float(a), float(b), float(outside)) == (3.0, 7.0, -inf)


def test_log_density_of_mean_concentration_is_one_over_lam():
    mu, lam = 0.3, 7.0
    with jax.enable_x64(True):
        density, (a, b) = mean_concentration((0.1, 0.9), (0.5, 50.0)).program.assess({"mu": mu, "lam": lam})
    assert abs(float(density) - (-log(0.8) - log(lam) - log(log(100)))) < 1e-12
    assert (float(a), float(b)) == (lam * mu, lam * (1 - mu))


def test_log_density_of_mean_shape_is_one_over_both_and_its_gamma_has_that_mean():
    mean, shape = 0.3, 7.0
    with jax.enable_x64(True):
        density, parameters = mean_shape((0.1, 10.0), (0.5, 50.0)).program.assess({"mean": mean, "shape": shape})
        moments = gamma_poissons.moments(parameters)
    assert abs(float(density) - (-log(mean) - log(shape) - 2 * log(log(100)))) < 1e-12
    assert [float(value) for value in moments] == pytest.approx([mean, mean**2 / shape], rel=1e-15)


@pytest.mark.parametrize(
    "hyperprior", [box(), mean_concentration(), mean_shape()], ids=["box", "mean_concentration", "mean_shape"]
)
def test_draws_stay_inside_the_support_and_give_positive_shapes(hyperprior):
    @jax.jit
    def draw(key):
        def simulate(key):
            trace = seed(hyperprior.program.simulate)(key)
            return trace.get_choices(), trace.get_retval()

        return jax.vmap(simulate)(jax.random.split(key, 100_000))

    choices, (a, b) = draw(jax.random.key(0))
    assert set(choices) == set(hyperprior.addresses)
    for address, (low, high) in hyperprior.support.items():
        assert jnp.all((choices[address] > low) & (choices[address] < high))
    assert jnp.all((a > 0) & (b > 0))
