"""Randomised quasi-Monte Carlo: the posterior of a population of some ten numbers, by scrambled Sobol points."""

from dataclasses import replace
from math import log2

import jax
import numpy as np

from inference.algorithms.adapted_proposal import adapt, scrambled_sobol
from inference.draws.weightless import MOST_LOST
from inference.posteriors.rqmc_posterior import RqmcPosterior, is_held
from inference.programs.keys import single_key
from inference.programs.posterior_density import PosteriorDensity
from inference.programs.prepared import kept_of
from inference.programs.sizes import check_memory, whole_number
from models import Hyperprior, Observations
from models.numerics.arithmetic import own_arithmetic

PRIOR_DRAWS = 4096  # for the prior's mean and spread, and the starts of searches
LOST = "{:.1%} of the hyperprior's draws are lost to rounding; use one whose parameters stay away from 0 and infinity"


@own_arithmetic
def rqmc(
    hyperprior: Hyperprior, counts: Observations, *, key: jax.Array, n_points: int = 2**12, n_scrambles: int = 16
) -> RqmcPosterior:
    """Learn a population of any family by randomised quasi-Monte Carlo, in float64.

    The points z are those of a Sobol sequence, mapped to a mixture q of Student-t's that is adapted to the posterior,
    see `adapt`. In each of R independent scrambles of the sequence the points fill the space evenly, and have the
    weights w = p(z, k) / q(z). So

        Z_r = mean_j w_rj,    Z ~ mean_r Z_r,    E[f] ~ sum_rj w_rj f_rj / sum_rj w_rj,

    each Z_r is unbiased, and the differences between scrambles give the errors. Where q fits well, these fall off
    nearly as 1 / n_points, instead of the 1 / sqrt(n_points) of random draws. The same key gives the same posterior.

    Args:
        hyperprior: the prior of the population; it draws at least one number.
        counts: the data of the groups.
        key: JAX random key.
        n_points: points in each scramble, a power of two.
        n_scrambles: number R of scrambles.

    Returns:
        The points of all scrambles, with their weights.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes, or a size is not an int.
        KeyError: if the addresses of the hyperprior's program are not those of its support.
        ValueError: if a size is out of range, the population is known, or the program does not match what it declares.
        WeightError: if the counts have probability zero at all points.

    References:
        Owen (2013), Monte Carlo theory, methods and examples, chapter 17. L'Ecuyer (2018), Randomized quasi-Monte
        Carlo: an introduction for practitioners.
    """
    key, n_points = single_key(key), whole_number("n_points", n_points, least=2)
    n_scrambles = whole_number("n_scrambles", n_scrambles, least=2)
    if n_points & (n_points - 1):
        lower = 2 ** int(log2(n_points))
        raise ValueError(
            f"n_points must be a power of two, because only so many Sobol points fill the space evenly, not {n_points}:"
            f" take {lower} or {2 * lower}"
        )
    density = PosteriorDensity(hyperprior, counts)
    check_memory(hyperprior, further=3 * density.dimension, n_points=n_points, n_scrambles=n_scrambles)

    key_prior, key_points = jax.random.split(key)
    seeds = np.random.SeedSequence(np.asarray(jax.random.key_data(key_points)).tolist())
    of_pilot, *of_scrambles = [np.random.default_rng(seed) for seed in seeds.spawn(1 + n_scrambles)]
    prior = density.draw_prior(key_prior, PRIOR_DRAWS)
    lost = 1 - np.mean(is_held(density.population(prior), density.log_joint(prior)))
    adapted = adapt(density.log_joint, density.log_joint_and_slope, prior[np.isfinite(prior).all(axis=1)], of_pilot)
    proposal = adapted.mixture

    log_points = int(log2(n_points))
    cubes = [scrambled_sobol(log_points, density.dimension + 1, rng) for rng in of_scrambles]
    z = proposal.of_cube(np.concatenate(cubes))
    posterior = RqmcPosterior.from_scrambles(
        hyperprior,
        density.population(z),
        density.log_joint(z) - proposal.log_density(z),
        n_scrambles=n_scrambles,
        pilot_log_evidence=adapted.log_evidence,
        pilot_shares=adapted.shares,
    )
    return replace(
        posterior,
        **kept_of(density.model, counts, density.given.trials),
        doubt=LOST.format(lost) if lost > MOST_LOST else "",
    )
