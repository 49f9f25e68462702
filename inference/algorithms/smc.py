"""Sequential Monte Carlo: from the hyperprior to the posterior, by raising the likelihood to increasing powers."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.inference.smc import systematic_resample
from scipy.special import logsumexp

from inference.algorithms.genjax_kernels import TARGET, Kernel, independent_transition, transition
from inference.algorithms.tempering import Level, Levels
from inference.posteriors.smc_posterior import SmcPosterior
from inference.programs.batches import in_batches
from inference.programs.keys import single_key
from inference.programs.populations import all_usable
from inference.programs.prepared import kept_of, prepare_for_population
from inference.programs.sizes import check_memory, whole_number
from inference.programs.unconstrained import unconstrained
from models import Classroom, Observations, hyperprior_of
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared

KERNEL: Kernel = "mala"


@own_arithmetic
def smc(
    model: Classroom,
    counts: Observations,
    *,
    key: jax.Array,
    n_particles: int = 8_000,
    n_islands: int = 40,
    n_moves: int = 3,
    target_ess: float = 0.6,
) -> SmcPosterior:
    """Learn the population by likelihood-tempered sequential Monte Carlo.

    Particles start as draws of the hyperprior. At each level t they get weights p(k | z)^(e_t - e_(t-1)), are resampled
    systematically, and move by GenJAX's `mala` and `mh`, which leave p(z) p(k | z)^(e_t) invariant. The last e_t is 1.
    Then

        Z_i = prod_t mean_j p(k | z_ij)^(e_t - e_(t-1)),    Z ~ mean_i Z_i

    is unbiased if exponents and moves do not depend on the particles. So there are two passes. The first pass finds the
    exponents, such that the effective sample size at each level is the share `target_ess` of the particles; the steps
    of `mala`, from the particles' spread; and mixtures of normals fitted to the particles, from which `mh` proposes.
    The second pass starts from fresh particles and keeps all of these fixed; only its particles are returned. It runs
    in independent islands, and the differences between islands give the error.

    Args:
        model: classroom without latent choices below the population, such as `marginal(box())`.
        counts: the students' counts.
        key: JAX random key.
        n_particles: total number of particles.
        n_islands: number of independent systems, each with the same number of particles.
        n_moves: number of transitions of each particle at each level by `mala`, and by `mh`.
        target_ess: effective sample size at each level, as a share of the particles, in (0, 1).

    Returns:
        The particles of all islands.

    Raises:
        KeyError: if the hyperprior's program lacks an address of its support, or the model lacks one of the
            observations; the message lists the addresses it has.
        ValueError: if a number is out of range, the model has latent choices below the population, or the hyperprior's
            program does not match what it declares, see `check_hyperprior`.
        WeightError: if the counts have probability zero under all particles, or if a drawn a or b is not a positive
            number.

    References:
        Del Moral, Doucet & Jasra (2006), Sequential Monte Carlo samplers, section 3. Beskos et al. (2016), On the
        convergence of adaptive sequential Monte Carlo methods: why exponents that are adapted to the particles cause a
        bias.
    """
    key, n_particles = single_key(key), whole_number("n_particles", n_particles)
    n_islands, n_moves = whole_number("n_islands", n_islands, least=2), whole_number("n_moves", n_moves)
    if n_particles < 2 * n_islands or n_particles % n_islands:
        raise ValueError(
            f"n_particles must be a multiple of n_islands ({n_islands}) and at least twice as large, not {n_particles}"
        )
    if not 0 < target_ess < 1:
        raise ValueError(f"target_ess must lie strictly between 0 and 1, not {target_ess}")
    check_memory(hyperprior_of(model), n_particles=n_particles)
    given = prepare_for_population(model, counts)
    argument = given.constraints, given.trials
    programs = _compiled(model, n_islands, n_particles // n_islands, n_moves, given.batch_size, given.shapes)

    key_adaptive, key = jax.random.split(key)
    levels = Levels(target_ess, TARGET[KERNEL])
    _pass(programs, key_adaptive, levels.next, levels.learn, argument)
    following = iter(levels.looking_ahead())
    z, log_evidence, acceptance = _pass(programs, key, lambda *_: next(following), lambda _: None, argument)

    drawn = jax.device_get(programs.population(z, given.trials))
    log_evidence = log_evidence + given.log_offset
    log_weights = np.repeat(log_evidence, n_particles // n_islands)
    log_mean = float(logsumexp(log_evidence) - np.log(n_islands))
    return SmcPosterior(
        hyperprior=given.hyperprior,
        draws=all_usable(given.hyperprior, drawn),
        **kept_of(model, counts, given.trials),
        log_weights=log_weights,
        log_evidence=log_mean,
        log_evidence_error=float(np.std(np.exp(log_evidence - log_mean), ddof=1) / np.sqrt(n_islands)),
        island_log_evidence=log_evidence,
        exponents=np.array([level.exponent for level in levels.sequence]),
        acceptance=np.array(acceptance),
    )


class _Programs(NamedTuple):
    start: Callable[..., Any]
    advance: Callable[..., Any]
    population: Callable[..., Any]


def _pass(
    programs: _Programs,
    key: jax.Array,
    next_level: Callable[[np.ndarray, np.ndarray], Level],
    learn: Callable[[float], None],
    argument: Any,
) -> tuple[jax.Array, np.ndarray, list[float]]:
    """One pass from the hyperprior to the posterior: particles (N, d), log Z_i (islands,), acceptance at each level."""
    key, key_start = jax.random.split(key)
    z, log_likelihood = programs.start(key_start, argument)
    log_evidence, acceptances, exponent = np.zeros(log_likelihood.shape[0]), [], 0.0
    while exponent < 1:
        on_host = np.asarray(log_likelihood, np.float64)
        increment, exponent, scale_tril, step_size, proposal = next_level(np.asarray(z, np.float64), on_host.ravel())
        log_evidence += logsumexp(increment * on_host, axis=1) - np.log(on_host.shape[1])
        key, key_level = jax.random.split(key)
        moves = jax.tree.map(partial(jnp.asarray, dtype=z.dtype), (step_size * scale_tril, proposal))
        z, log_likelihood, acceptance = programs.advance(
            key_level, z, log_likelihood, increment, exponent, moves, argument
        )
        acceptances.append(float(acceptance))
        learn(acceptances[-1])
    return z, log_evidence, acceptances


@shared  # the same programs for each model and sizes; JAX adds one for each shape of the data
def _compiled(
    model: Classroom, n_islands: int, size: int, n_moves: int, batch_size: int, shapes: tuple[tuple[int, ...], ...]
) -> _Programs:
    target = unconstrained(model, shapes=shapes)
    batch_size = min(batch_size, n_islands * size)

    def tempered(z, exponent_and_argument):
        exponent, argument = exponent_and_argument
        return target.log_tempered(z, exponent, *argument)

    local, independent = transition(KERNEL, tempered, target.dimension), independent_transition(tempered)

    @jax.jit
    def start(key, argument):
        def particle(key):
            z = target.draw(key, argument[1])
            return z, target.log_likelihood(z, *argument)

        z, log_likelihood = in_batches(particle, jax.random.split(key, n_islands * size), batch_size)
        return z, log_likelihood.reshape(n_islands, size)

    @jax.jit
    def advance(key, z, log_likelihood, increment, exponent, moves, argument):
        key_resample, key_move = jax.random.split(key)

        def resampled(key, z, log_likelihood):
            return z[seed(lambda: systematic_resample(increment * log_likelihood, size))(key)]

        keys = jax.random.split(key_resample, n_islands)
        z = jax.vmap(resampled)(keys, z.reshape(n_islands, size, -1), log_likelihood).reshape(z.shape)

        scale_tril, proposal = moves

        def move(z, key):
            key_local, key_independent = jax.random.split(key)
            z, accepted = local(key_local, z, scale_tril, jnp.ones(()), (exponent, argument))
            z, _ = independent(key_independent, z, proposal, (exponent, argument))
            return z, accepted

        def particle(key_and_z):
            key, z = key_and_z
            z, accepted = jax.lax.scan(move, z, jax.random.split(key, n_moves))
            return z, target.log_likelihood(z, *argument), accepted.mean()

        z, log_likelihood, acceptance = in_batches(particle, (jax.random.split(key_move, len(z)), z), batch_size)
        return z, log_likelihood.reshape(n_islands, size), acceptance.mean()

    @jax.jit
    def population(z, trials):
        return jax.vmap(lambda z: target.describe(z, trials))(z)

    return _Programs(start, advance, population)
