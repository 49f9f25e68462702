"""Markov chain Monte Carlo over the population: GenJAX's own kernels, and BlackJAX's NUTS."""

from typing import Any, Literal, get_args

import jax
import jax.numpy as jnp
import numpy as np

from inference.posteriors.mcmc_posterior import McmcPosterior
from inference.programs.batches import batch_for, in_batches
from inference.programs.keys import single_key
from inference.programs.populations import all_usable
from inference.programs.prepared import kept_of, prepare_for_population
from inference.programs.sizes import check_memory, whole_number
from inference.programs.unconstrained import Unconstrained, unconstrained
from models import Classroom, Observations, Trials, hyperprior_of
from models.numerics.arithmetic import own_arithmetic
from models.programs.threads import shared

Algorithm = Literal["nuts", "hmc", "mala", "mh"]
CANDIDATES = 256  # draws of the hyperprior for each chain, which starts at one of them
START_EXPONENT = 0.25  # power of the likelihood with which the start of a chain is chosen among its candidates


@own_arithmetic
def mcmc(
    model: Classroom,
    counts: Observations,
    *,
    key: jax.Array,
    algorithm: Algorithm = "nuts",
    n_chains: int = 4,
    n_warmup: int = 1_000,
    n_draws: int = 1_000,
) -> McmcPosterior:
    """Learn the population by Markov chains over its unconstrained coordinates.

        p(z | k) ~ p(x(z), k) |dx / dz|

    "nuts" is BlackJAX's No-U-Turn sampler with window adaptation. "hmc", "mala" and "mh" are GenJAX's kernels, in units
    of the chains' covariance and with a step size adapted in warm-up; "mh" is then a random walk. Every chain starts at
    its own draw from p(z) p(k | z)^(1/4), which is about twice as wide as the posterior, approximated by a few hundred
    draws of the hyperprior. A draw of the hyperprior itself is too far from the posterior of a large class.

    The cost of a transition is the cost of the density: use `marginal` for a class, `aggregated` for a large class.

    Args:
        model: classroom without latent choices below the population, such as `marginal(box())`.
        counts: the students' counts.
        key: JAX random key.
        algorithm: "nuts", "hmc", "mala" or "mh".
        n_chains: number of chains, at least 2, because R-hat compares them.
        n_warmup: transitions of each chain that adapt it and are dropped.
        n_draws: transitions of each chain that are kept.

    Returns:
        The draws of all chains, with ArviZ's errors and diagnostics. log_evidence is NaN: use `smc`, `importance` or
        `exact` for it.

    Raises:
        KeyError: if the hyperprior's program lacks an address of its support, or the model lacks one of the
            observations; the message lists the addresses it has.
        ValueError: if a number is too small, the algorithm is unknown, the model has latent choices below the
            population, or the hyperprior's program does not match what it declares, see `check_hyperprior`.
        WeightError: if a drawn a or b is not a positive number.

    References:
        Hoffman & Gelman (2014), The No-U-Turn sampler. Vehtari et al. (2021), Rank-normalization, folding, and
        localization: an improved R-hat.
    """
    if algorithm not in get_args(Algorithm):
        raise ValueError(f"algorithm must be one of {', '.join(get_args(Algorithm))}, not {algorithm!r}")
    key = single_key(key)
    n_chains, n_warmup = whole_number("n_chains", n_chains, least=2), whole_number("n_warmup", n_warmup)
    n_draws = whole_number("n_draws", n_draws, least=4)
    for transitions in ({"n_warmup": n_warmup}, {"n_draws": n_draws}):
        check_memory(hyperprior_of(model), n_chains=n_chains, **transitions)
    given = prepare_for_population(model, counts)

    run = compiled_chains(model, algorithm, n_chains, n_warmup, n_draws, given.shapes)
    drawn, acceptance, divergences = jax.device_get(run(key, given.constraints, given.trials))

    return McmcPosterior(
        hyperprior=given.hyperprior,
        draws=all_usable(given.hyperprior, drawn),
        **kept_of(model, counts, given.trials),
        log_weights=np.zeros(n_chains * n_draws),
        log_evidence=float("nan"),
        log_evidence_error=float("nan"),
        algorithm=algorithm,
        acceptance=acceptance,
        divergences=divergences,
    )


@shared  # one compiled program for each model, algorithm and sizes; JAX adds one for each shape of the data
def compiled_chains(
    model: Classroom,
    algorithm: Algorithm,
    n_chains: int,
    n_warmup: int,
    n_draws: int,
    shapes: tuple[tuple[int, ...], ...],
):
    """The program of `mcmc`: function of key, constraints and trials.

    The function returns the `PopulationDraws`, of shape (chains x draws,), one chain after the other, and acceptance
    and divergences, shape (chains,). The arguments here are those of `mcmc`, and `Prepared.shapes`.
    """
    # Here, because importing BlackJAX takes long; not in `run`, where JAX would trace what BlackJAX computes meanwhile.
    from inference.algorithms.adapted_chains import adapted_chains
    from inference.algorithms.nuts import nuts_chains

    target = unconstrained(model, shapes=shapes)

    @jax.jit
    def run(key, constraints, trials):
        key_starts, key_chains = jax.random.split(key)
        starts = _starts(target, key_starts, n_chains, constraints, trials)
        sizes = n_warmup, n_draws, (constraints, trials)
        if algorithm == "nuts":
            draws = nuts_chains(target, key_chains, starts, *sizes)
        else:
            draws = adapted_chains(target, algorithm, key_chains, starts, *sizes)
        z = draws.z.reshape(n_chains * n_draws, -1)
        drawn = jax.vmap(lambda z: target.describe(z, trials))(z)
        return drawn, draws.acceptance, draws.divergences

    return run


def _starts(target: Unconstrained, key: jax.Array, n_chains: int, constraints: Any, trials: Trials) -> jax.Array:
    """Dispersed starts, shape (chains, d): each resampled from its own candidates by a power of the likelihood."""
    key_draw, key_choose = jax.random.split(key)

    def candidate(key: jax.Array) -> tuple[jax.Array, jax.Array]:
        z = target.draw(key, trials)
        return z, target.log_likelihood(z, constraints, trials)

    keys = jax.random.split(key_draw, n_chains * CANDIDATES)
    z, log_likelihood = in_batches(candidate, keys, min(batch_for(target.model, trials), len(keys)))
    indices = jax.random.categorical(key_choose, START_EXPONENT * log_likelihood.reshape(n_chains, CANDIDATES))
    return z.reshape(n_chains, CANDIDATES, -1)[jnp.arange(n_chains), indices]
