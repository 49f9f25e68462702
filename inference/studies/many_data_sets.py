"""Posterior draws for many data sets of one shape: each algorithm's own compiled program, mapped over data sets."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn
from genjax.inference.smc import systematic_resample

from inference.algorithms.importance import weigher
from inference.algorithms.mcmc import CANDIDATES, Algorithm, compiled_chains
from inference.draws.names import elements_of
from inference.programs.batches import batch_for, in_batches
from inference.programs.populations import PopulationDraws
from inference.programs.prepared import check_kind, prepare_for_population
from models import Classroom, Hyperprior, Observations, hyperprior_of
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared

PARTICLES_A_DRAW = 3  # effective particles per draw: 2 / (3 L) more variance, invisible in thousands of data sets


class ManyDraws(NamedTuple):
    """L draws of the population from the posterior of each of D data sets, nearly independent if ess >= required_ess.

    The distribution function of L draws has variance p (1 - p) / L_eff instead of p (1 - p) / L. This makes the
    variance of normalised ranks too large, by 2 (1 / L_eff - 1 / L) relative to itself. Weighted particles of effective
    size ESS have 1 / L_eff <= 1 / L + 1 / ESS. For chains with a bulk ESS of L or more, thinned to L draws, L_eff >
    L / 2.

    Args:
        hyperprior: the prior of the population, under which it was learned.
        draws: draws of each of its addresses, and of "a" and "b" if the population is one Beta, shape (D, L, ...).
        n_draws: L.
        ess: number of effective draws from which the L draws of each data set were taken, shape (D,).
        required_ess: the smallest ess with which draws count as independent.
    """

    hyperprior: Hyperprior
    draws: Mapping[str, np.ndarray]
    n_draws: int
    ess: np.ndarray
    required_ess: float

    @property
    def numbers(self) -> dict[str, np.ndarray]:
        """The draws of each number of the population, shape (D, L), see `numbers_of`."""
        return numbers_of(self.hyperprior, self.draws, leading=2)

    @property
    def too_dependent(self) -> int:
        """Number of data sets whose ess is less than `required_ess`; their draws are included too."""
        return int(np.sum(~(self.ess >= self.required_ess)))


def numbers_of(hyperprior: Hyperprior, draws: Mapping[str, np.ndarray], *, leading: int) -> dict[str, np.ndarray]:
    """Every number of the population: those of its own addresses, and mu and lam if it is one Beta.

    Args:
        hyperprior: the prior of the population.
        draws: draws of each of its addresses, and of "a" and "b" if the population is one Beta.
        leading: number of leading axes of the draws, before those of a value.

    Returns:
        Draws by the name of the number, such as "lam" or "eta[0]", with the leading axes only.
    """
    own = elements_of({address: draws[address] for address in hyperprior.addresses}, leading=leading)
    if not hyperprior.has_one_beta:
        return own
    a, b = draws["a"], draws["b"]
    of_beta = {"mu": a / (a + b), "lam": a + b}
    return of_beta | {name: values for name, values in own.items() if name not in of_beta}


def kept_of(hyperprior: Hyperprior, drawn: PopulationDraws) -> dict[str, Any]:
    """Of draws of the population: the values of its addresses, and a and b if the population is one Beta."""
    return drawn.draws if hyperprior.has_one_beta else dict(drawn.own)


@own_arithmetic
def importance_draws(
    model: Classroom,
    counts: Sequence[Observations],
    *,
    key: jax.Array,
    n_draws: int = 100,
    n_particles: int = 4_000,
    proposal: Fn[Any] | None = None,
) -> ManyDraws:
    """Draws by importance sampling, resampled systematically from the particles of each data set.

    Args:
        model: classroom.
        counts: the data sets, all of the same students.
        key: JAX random key.
        n_draws: L.
        n_particles: particles of each data set.
        proposal: as in `importance`.

    Returns:
        The draws; ess is the effective sample size of the weights, and 3 L is enough.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes.
        ValueError: if the data sets are not of one shape.
    """
    constraints, trials = _stack(model, counts)
    batch_size = batch_for(model, model.argument(counts[0]))
    run = _compiled_importance(model, proposal, n_draws, n_particles, batch_size)
    draws, ess = jax.device_get(run(jax.random.split(key, len(counts)), constraints, trials))
    return ManyDraws(hyperprior_of(model), draws, n_draws, ess, PARTICLES_A_DRAW * n_draws)


@own_arithmetic
def mcmc_draws(
    model: Classroom,
    counts: Sequence[Observations],
    *,
    key: jax.Array,
    algorithm: Algorithm = "nuts",
    n_draws: int = 100,
    n_chains: int = 2,
    n_warmup: int = 200,
    n_transitions: int = 300,
) -> ManyDraws:
    """Draws by Markov chains, all chains of all data sets in parallel, thinned evenly.

    Args:
        model: classroom without latent choices below the population.
        counts: the data sets, all of the same students.
        key: JAX random key.
        algorithm: as in `mcmc`.
        n_draws: L.
        n_chains: chains of each data set.
        n_warmup: transitions of each chain that adapt it and are dropped.
        n_transitions: transitions of each chain after warm-up; over all chains L of them are kept.

    Returns:
        The draws; ess is the smallest bulk ESS of `ManyDraws.numbers` before thinning, and L is enough.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes.
        ValueError: if the data sets are not of one shape, the model has latent choices below the population, or there
            are fewer than L transitions.
    """
    from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

    if n_chains * n_transitions < n_draws:
        raise ValueError(f"n_draws = {n_draws} is more than the {n_chains} x {n_transitions} transitions that are run")
    constraints, trials = _stack(model, counts)
    at_once = max(1, batch_for(model, model.argument(counts[0])) // (n_chains * CANDIDATES))
    shapes = prepare_for_population(model, counts[0]).shapes
    run = _compiled_mcmc(model, algorithm, n_chains, n_warmup, n_transitions, shapes, at_once)
    draws = jax.device_get(run(jax.random.split(key, len(counts)), constraints, trials))
    hyperprior, by_chain = hyperprior_of(model), (-1, n_chains, n_transitions)
    numbers = numbers_of(hyperprior, draws, leading=2).values()
    with np.errstate(divide="ignore", invalid="ignore"):  # chains that never moved
        ess = [array_stats.ess(x.reshape(by_chain).astype(float)) for x in numbers]
    thinned = ((np.arange(n_draws) + 0.5) * (n_chains * n_transitions / n_draws)).astype(int)
    draws = {name: values[:, thinned] for name, values in draws.items()}
    return ManyDraws(hyperprior, draws, n_draws, np.min(ess, axis=0), n_draws)


def _stack(model: Classroom, counts: Sequence[Observations]) -> tuple[Any, Any]:
    """Constraints and trials of all data sets, with a leading axis over data sets."""
    for data_set in counts:
        check_kind(hyperprior_of(model), data_set)
    check_hyperprior(hyperprior_of(model), counts[0].trials)
    arguments = [(data_set.observed, model.argument(data_set, only_these=True)) for data_set in counts]
    shapes = {tuple(np.shape(leaf) for leaf in jax.tree.leaves(argument)) for argument in arguments}
    if len(shapes) > 1:
        raise ValueError("the data sets are not of one shape, or have more different rows than others: use marginal")
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *arguments)


@shared
def _compiled_importance(model: Classroom, proposal: Fn[Any] | None, n_draws: int, n_particles: int, batch_size: int):
    weigh = weigher(model, proposal, min(batch_size, n_particles))

    def learn(one):
        key, constraints, trials = one
        key_particles, key_resample = jax.random.split(key)
        log_weights, drawn = weigh(jax.random.split(key_particles, n_particles), constraints, trials)
        indices = seed(lambda: systematic_resample(log_weights, n_draws))(key_resample)
        ess = jnp.exp(2 * jax.nn.logsumexp(log_weights) - jax.nn.logsumexp(2 * log_weights))
        return {name: values[indices] for name, values in kept_of(hyperprior_of(model), drawn).items()}, ess

    return _map_data_sets(learn, max(1, batch_size // n_particles))


@shared
def _compiled_mcmc(
    model: Classroom,
    algorithm: Algorithm,
    n_chains: int,
    n_warmup: int,
    n_transitions: int,
    shapes: tuple[tuple[int, ...], ...],
    at_once: int,
):
    run = compiled_chains(model, algorithm, n_chains, n_warmup, n_transitions, shapes)

    def learn(one):
        drawn, _, _ = run(*one)
        return kept_of(hyperprior_of(model), drawn)

    return _map_data_sets(learn, at_once)


def _map_data_sets(learn, at_once: int):
    return jax.jit(lambda keys, constraints, trials: in_batches(learn, (keys, constraints, trials), at_once))
