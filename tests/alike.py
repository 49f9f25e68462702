"""Populations that are one Beta in disguise: what a question of any family says of them, one Beta says too."""

import jax.numpy as jnp
import numpy as np
from genjax import gen

from inference import Posterior
from models import Counts, Hyperprior, beta_binomials, log_uniform, mean_concentration, mixture, open_uniform
from tests.families import EACH_THE_SAME

ENDS = {"mu": (0.0, 1.0), "lam": (0.1, 100.0)}
COUNTS = Counts([70, 28, 6, 3, 2, 0, 3], [100, 40, 10, 5, 2, 1, 5], multiplicity=[1, 1, 2, 1, 1, 3, 0])


def kinds(number: int):
    """A program of several kinds that are all alike."""

    @gen
    def program():
        mu, lam = open_uniform(0.0, 1.0) @ "mu", log_uniform(0.1, 100.0) @ "lam"
        ones = jnp.ones(number)
        return jnp.arange(1.0, number + 1), lam * mu * ones, lam * (1 - mu) * ones

    return Hyperprior(program, ENDS, mixture(beta_binomials, number))


DISGUISED = {"one kind": kinds(1), "two kinds that are alike": kinds(2), "each student the same": EACH_THE_SAME}


def both(disguised: Hyperprior, draws: int = 200) -> tuple[Posterior, Posterior]:
    """The same weighted draws under a disguised hyperprior, and under one Beta."""
    rng = np.random.default_rng(0)
    own = {"mu": rng.beta(4.0, 3.0, draws), "lam": rng.uniform(1.0, 30.0, draws)}
    log_weights = rng.normal(0.0, 0.5, draws)
    shapes = {"a": own["lam"] * own["mu"], "b": own["lam"] * (1 - own["mu"])}
    return (
        Posterior.from_weights(disguised, own, log_weights, status=np.zeros(draws, int)),
        Posterior.from_weights(mean_concentration(), own | shapes, log_weights),
    )
