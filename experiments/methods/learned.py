"""Learning one population with every method, next to the truth: exact, or `rqmc` beyond three numbers."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.presentation.screen import progress_bar
from inference import Posterior, conjugate_proposal, exact, importance, population_weights, rqmc
from inference.programs.populations import exact_applies
from models import Hyperprior, Observations, aggregated, explicit, marginal
from models.programs.threads import shared

AGGREGATED = "aggregated"
EXACT = "exact"
RQMC = "rqmc"
POINTS = 2**12  # of each scramble of `rqmc`


class Learned(NamedTuple):
    """What one method learned, and the seconds of its first call (compilation included) and of a second one."""

    posterior: Posterior
    first_seconds: float
    seconds: float


class Estimate(NamedTuple):
    """A number with its standard error; for an exact number, its numerical error."""

    value: float
    error: float


def learn(
    hyperprior: Hyperprior,
    data: Observations,
    *,
    key: jax.Array,
    n_particles: int,
    n_points: int = POINTS,
    course_population: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Learned]:
    """Learn the population by importance sampling in each form, and by what is nearest to the truth.

    The marginal and the aggregated form get the same particles. Data that are too many to be written out, group by
    group, have only the aggregated form; populations of each group have none.

    Args:
        hyperprior: what is believed of the population, of any family.
        data: the data of the groups.
        key: JAX random key.
        n_particles: particles of each sampler.
        n_points: points of each scramble, if there is `rqmc`.
        course_population: the course's own draws of the population; if given, they are weighed as well.

    Returns:
        What each method learned, by name. The last is "exact", or "rqmc" if the hyperprior draws more than three
        numbers.
    """
    keys = jax.random.split(key, 3)
    methods: dict[str, Callable[[], Posterior]] = {}
    if course_population is not None:
        methods["course's own draws"] = lambda: weigh_course(hyperprior, data, course_population)
    form = explicit(hyperprior)
    if data.is_written_out:
        methods |= {
            "marginal": lambda: importance(marginal(hyperprior), data, key=keys[0], n_particles=n_particles),
            "explicit": lambda: importance(form, data, key=keys[1], n_particles=n_particles),
            "explicit, conjugate proposal": lambda: importance(
                form, data, key=keys[2], n_particles=n_particles, proposal=conjugate_proposal(hyperprior)
            ),
        }
    if hyperprior.is_shared:
        methods[AGGREGATED] = lambda: importance(aggregated(hyperprior), data, key=keys[0], n_particles=n_particles)
    if exact_applies(hyperprior, data.trials):
        methods[EXACT] = lambda: exact(hyperprior, data)
    else:
        methods[RQMC] = lambda: rqmc(hyperprior, data, key=jax.random.fold_in(key, 3), n_points=n_points)
    return learn_and_time(methods)


def truth_among(learned: Mapping[str, Learned]) -> str:
    """The name of the method that the others are compared with: "exact", or "rqmc" where nothing is exact."""
    return EXACT if EXACT in learned else RQMC


def _timed(method: Callable[[], Posterior]) -> tuple[float, Posterior]:
    start = time.perf_counter()
    posterior = method()
    return time.perf_counter() - start, posterior


def learn_and_time(methods: Mapping[str, Callable[[], Posterior]], *, repeats: int = 1) -> dict[str, Learned]:
    """Call each method under a progress bar: the first call compiles; later calls, if any, give the time that counts.

    Args:
        methods: functions that return a posterior, by name.
        repeats: number of later calls, of which the fastest counts; if there are none, the first call counts.

    Returns:
        What each method learned, by name.
    """
    learned = {}
    with progress_bar() as progress:
        task = progress.add_task("learning the population", total=len(methods))
        for name, method in methods.items():
            progress.update(task, description=name)
            first, posterior = _timed(method)
            learned[name] = Learned(posterior, first, min((_timed(method)[0] for _ in range(repeats)), default=first))
            progress.advance(task)
    return learned


def course_draws(
    n: int,
    first: tuple[str, float, float],
    second: tuple[str, float, float],
    *,
    log_second: bool = False,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """The course's float32 draws of a population: uniform, with the two keys that its key is split into.

    Args:
        n: number of draws.
        first: address and bounds of the first variable.
        second: address and bounds of the second variable.
        log_second: whether the logarithm of the second is drawn uniformly.
        seed: of its key; the course prints what seed 0 gives.

    Returns:
        Draws by address, float32, each of shape (n,).
    """
    draws = {}
    keys = jax.random.split(jax.random.key(seed))
    for i, (key, (address, low, high)) in enumerate(zip(keys, (first, second), strict=True)):
        in_logs = log_second and i == 1
        bounds = np.log([low, high]) if in_logs else (low, high)
        uniform = jax.random.uniform(key, (n,), jnp.float32, minval=bounds[0], maxval=bounds[1])
        draws[address] = np.asarray(jnp.exp(uniform) if in_logs else uniform)
    return draws


def weigh_course(hyperprior: Hyperprior, counts: Observations, population: Mapping[str, np.ndarray]) -> Posterior:
    """The course's draws scored through GenJAX `generate`: the weight minus the hyperprior's own log density.

    Args:
        hyperprior: the hyperprior they were drawn from.
        counts: the students' counts.
        population: draws at each of its addresses, each of shape (N,).

    Returns:
        The weighted draws.
    """
    log_weights = population_weights(marginal(hyperprior), counts, population, key=jax.random.key(0))
    own = {name: jnp.asarray(draws) for name, draws in population.items()}
    _, (a, b) = _assess(hyperprior)(own)
    return Posterior.from_weights(hyperprior, {**population, "a": np.asarray(a), "b": np.asarray(b)}, log_weights)


@shared  # one function for each hyperprior, so that its second call does not compile again
def _assess(hyperprior: Hyperprior):
    return jax.jit(jax.vmap(hyperprior.assess))


def estimates(posterior: Posterior) -> dict[str, Estimate]:
    """The population in numbers.

    Args:
        posterior: posterior of the population.

    Returns:
        E[x] for a, b, mu, lam, the implied rate E[a] / (E[a] + E[b]), and log Z, each with its error. (The other
        implied rate, E[a / (a + b)], is E[mu].) If the population is not one Beta, E[x] of each number that the
        hyperprior draws and of what the family tells of a shared population, and log Z.
    """
    is_one_beta = posterior.hyperprior.has_one_beta
    names = ("a", "b", "mu", "lam") if is_one_beta else posterior.names
    found = {f"E[{name}]": Estimate(posterior.mean(name), posterior.mean_error(name)) for name in names}
    if is_one_beta:
        a, b = found["E[a]"].value, found["E[b]"].value
        rate = a / (a + b)
        # Delta method: the error of the mean of the ratio's linearisation.
        linearised = ((1 - rate) * posterior.draws["a"] - rate * posterior.draws["b"]) / (a + b)
        found["E[a]/(E[a]+E[b])"] = Estimate(rate, float(posterior.expectation(linearised)[1]))
    found["log Z"] = Estimate(posterior.log_evidence, posterior.log_evidence_error)
    return found


def distances(found: Mapping[str, Estimate], truth: Mapping[str, Estimate]) -> dict[str, float]:
    """Distance of each estimate from the truth, in standard errors of their difference; left out if its error is 0."""
    return {
        name: (value - truth[name].value) / float(np.hypot(error, truth[name].error))
        for name, (value, error) in found.items()
        if error > 0
    }
