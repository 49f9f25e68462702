"""Posterior draws for many data sets by algorithms that learn from one data set after the other."""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import numpy as np

from inference.algorithms.rqmc import rqmc
from inference.algorithms.smc import smc
from inference.algorithms.vi import LEAST_DRAWS, vi
from inference.draws.rates import resample
from inference.posteriors.posterior import Posterior
from inference.studies.many_data_sets import ManyDraws
from models import Classroom, Hyperprior, Observations, hyperprior_of
from models.numerics.arithmetic import own_arithmetic


@own_arithmetic
def smc_draws(
    model: Classroom,
    counts: Sequence[Observations],
    *,
    key: jax.Array,
    n_draws: int = 100,
    n_particles: int = 1_000,
    n_islands: int = 20,
) -> ManyDraws:
    """Draws by sequential Monte Carlo, one data set after the other, because each finds its own levels.

    Args:
        model: classroom without latent choices below the population.
        counts: the data sets, all of the same students.
        key: JAX random key.
        n_draws: L.
        n_particles: as in `smc`.
        n_islands: as in `smc`.

    Returns:
        The draws; ess comes from the differences between islands, so it is an estimate from `n_islands` numbers; L is
        enough.
    """
    learn = partial(smc, model, n_particles=n_particles, n_islands=n_islands)
    return _one_by_one(hyperprior_of(model), learn, counts, key, n_draws)


@own_arithmetic
def vi_draws(
    model: Classroom, counts: Sequence[Observations], *, key: jax.Array, n_draws: int = 100, n_steps: int = 500
) -> ManyDraws:
    """Draws from the normal that variational inference finds, one data set after the other.

    Args:
        model: classroom without latent choices below the population.
        counts: the data sets, all of the same students.
        key: JAX random key.
        n_draws: L.
        n_steps: as in `vi`.

    Returns:
        The draws: independent, but from a distribution that is only close to the posterior. ess is the number of draws
        of `vi`; it does not include the bias.
    """
    of_vi = max(n_draws, LEAST_DRAWS)
    draws = _one_by_one(hyperprior_of(model), partial(vi, model, n_draws=of_vi, n_steps=n_steps), counts, key, n_draws)
    return draws._replace(ess=np.full(len(counts), float(of_vi)))


@own_arithmetic
def rqmc_draws(
    hyperprior: Hyperprior,
    counts: Sequence[Observations],
    *,
    key: jax.Array,
    n_draws: int = 100,
    n_points: int = 512,
    n_scrambles: int = 8,
) -> ManyDraws:
    """Draws by randomised quasi-Monte Carlo, one data set after the other, resampled systematically from the points.

    Args:
        hyperprior: the prior of the population.
        counts: the data sets, all of the same students.
        key: JAX random key.
        n_draws: L.
        n_points: as in `rqmc`.
        n_scrambles: as in `rqmc`.

    Returns:
        The draws; ess is the effective sample size of the weights, and L is enough.
    """
    learn = partial(rqmc, hyperprior, n_points=n_points, n_scrambles=n_scrambles)
    return _one_by_one(hyperprior, learn, counts, key, n_draws)


def _one_by_one(
    hyperprior: Hyperprior,
    learn: Callable[..., Posterior],
    counts: Sequence[Observations],
    key: jax.Array,
    n_draws: int,
) -> ManyDraws:
    names = dict.fromkeys((*hyperprior.addresses, *(("a", "b") if hyperprior.has_one_beta else ())))
    rows, ess = [], []
    for of_data_set, data_set in zip(jax.random.split(key, len(counts)), counts, strict=True):
        key_learn, key_resample = jax.random.split(of_data_set)
        posterior = learn(data_set, key=key_learn)
        rows.append(resample(posterior, key_resample, n_draws))
        ess.append(posterior.ess)
    draws = {name: np.stack([row[name] for row in rows]) for name in names}
    return ManyDraws(hyperprior, draws, n_draws, np.array(ess), n_draws)
