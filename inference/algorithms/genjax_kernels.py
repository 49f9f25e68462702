"""GenJAX's own MCMC kernels for any density over R^d, in units of its spread."""

from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
from genjax import gen, normal, seed, sel
from genjax.core import Distribution, distribution
from genjax.inference import hmc, mala, mh
from genjax.state import state

from inference.numerics.normal_mixture import NormalMixture, mixture_of_normals

Kernel = Literal["mh", "mala", "hmc"]
TARGET = {"mh": 0.35, "mala": 0.57, "hmc": 0.8}  # acceptance probability; Roberts & Rosenthal 1998 and 2001, Stan
LEAPFROGS = 4  # leapfrog steps in each transition of hmc
# Range of the factor of the step size that is drawn log-uniformly for each transition. In hmc it prevents trajectories
# that return to their start (Neal 2011, section 5.4.2.2). In mala a step that suits the centre enters and leaves the
# tails too rarely: without this factor means of skewed quantities were off by five of their errors, at an R-hat of
# 1.006.
JITTER = {"hmc": (0.5, 1.5), "mala": (0.5, 2.0)}

flat: Distribution[jax.Array] = distribution(
    lambda: jnp.zeros(()), lambda value: jnp.zeros((), jnp.result_type(value)), name="flat"
)
"""Density 1 everywhere, never drawn from: it makes a coordinate, or a vector of all coordinates, a choice."""

factor: Distribution[jax.Array] = distribution(
    lambda log_weight: jnp.zeros_like(log_weight), lambda _, log_weight: log_weight, name="factor"
)
"""A choice whose log density is its argument, whatever the value of the choice."""


def transition(kernel: Kernel, log_density: Callable[[jax.Array, Any], jax.Array], dimension: int):
    """One transition of a GenJAX kernel that leaves e^log_density invariant.

    The kernel moves w, starting at w = 0, in a program whose density is that of z + step_size L w, with L the lower
    triangular `scale_tril`. If L L' is the covariance of the target, w has spread 1 / step_size in all directions. The
    step size is applied here, and the kernel's own is 1, because GenJAX does not accept a traced step size. Each
    coordinate of w has its own address, because `mala` and `hmc` draw a single noise value for a whole vector.

    GenJAX's `mh` proposes from the program's own prior. Here this is w ~ Normal(0, 1), which from w = 0 is a random
    walk. Proposals from the hyperprior instead would be accepted more and more rarely as students are added.

    Args:
        kernel: "mh", "mala" or "hmc".
        log_density: function of z, shape (d,), and of any argument.
        dimension: d.

    Returns:
        Function of key, z, scale_tril (d, d), step_size and the argument that returns the next z and whether the
        proposal was accepted.
    """

    @gen
    def steps():
        names = [f"w{i}" for i in range(dimension)]
        return jnp.stack([(normal(0.0, 1.0) if kernel == "mh" else flat()) @ name for name in names])

    @gen
    def program(z, scale_tril, argument):
        w = steps() @ "steps"
        return factor(log_density(z + scale_tril @ w, argument)) @ "density"

    move = {
        "mh": lambda trace: mh(trace, sel("steps")),
        "mala": lambda trace: mala(trace, sel("steps"), 1.0),
        "hmc": lambda trace: hmc(trace, sel("steps"), 1.0, LEAPFROGS),
    }[kernel]

    def step(key: jax.Array, z: jax.Array, scale_tril: jax.Array, step_size: jax.Array, argument: Any):
        key_jitter, key_move = jax.random.split(key)
        if kernel in JITTER:
            low, high = jnp.log(jnp.asarray(JITTER[kernel], z.dtype))
            step_size = step_size * jnp.exp(jax.random.uniform(key_jitter, dtype=z.dtype, minval=low, maxval=high))
        scale_tril = step_size * scale_tril
        zero = jnp.zeros((), z.dtype)
        here = {"steps": {f"w{i}": zero for i in range(dimension)}, "density": zero}

        def moved():
            trace, _ = program.generate(here, z, scale_tril, argument)
            return move(trace)

        trace, saved = seed(state(moved))(key_move)
        w = trace.get_choices()["steps"]
        return z + scale_tril @ jnp.stack([w[f"w{i}"] for i in range(dimension)]), saved["accept"]

    return step


def independent_transition(log_density: Callable[[jax.Array, Any], jax.Array]):
    """One transition of GenJAX's `mh` that proposes from a mixture of normals, independently of the current z.

    In the program z ~ mixture, with a factor e^log_density / mixture(z), `mh` proposes z from the mixture and accepts
    it by the ratio of the factors. So with a mixture close to the target, z can move between any two parts of it.

    Args:
        log_density: function of z, shape (d,), and of any argument.

    Returns:
        Function of key, z, the mixture and the argument that returns the next z and whether the proposal was accepted.
    """

    @gen
    def program(mixture, argument):
        z = mixture_of_normals(*mixture) @ "z"
        return factor(log_density(z, argument) - mixture_of_normals.logpdf(z, *mixture)) @ "density"

    def step(key: jax.Array, z: jax.Array, mixture: NormalMixture, argument: Any):
        def moved():
            trace, _ = program.generate({"z": z, "density": jnp.zeros((), z.dtype)}, mixture, argument)
            return mh(trace, sel("z"))

        trace, saved = seed(state(moved))(key)
        return trace.get_choices()["z"], saved["accept"]

    return step
