"""Learning one population with every method, next to the exact answer: what three of the experiments share."""

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from experiments.presentation.screen import progress_bar
from inference import Posterior, conjugate_proposal, exact, importance, population_weights
from models import Counts, Hyperprior, aggregated, explicit, marginal

AGGREGATED = "aggregated"
EXACT = "exact"


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
    counts: Counts,
    *,
    key: jax.Array,
    n_particles: int,
    course_population: Mapping[str, np.ndarray] | None = None,
) -> dict[str, Learned]:
    """Learn the population by importance sampling in each form, and exactly.

    The marginal and the aggregated form get the same particles. A class that is too large to be written out, student by
    student, has only the aggregated form.

    Args:
        hyperprior: what is believed of (a, b).
        counts: the students' counts.
        key: JAX random key.
        n_particles: particles of each sampler.
        course_population: the course's own draws of the population; if given, they are weighed as well.

    Returns:
        What each method learned, by name, "exact" last.
    """
    keys = jax.random.split(key, 3)
    methods: dict[str, Callable[[], Posterior]] = {}
    if course_population is not None:
        methods["course's own draws"] = lambda: weigh_course(hyperprior, counts, course_population)
    form = explicit(hyperprior)
    if counts.is_written_out:
        methods |= {
            "marginal": lambda: importance(marginal(hyperprior), counts, key=keys[0], n_particles=n_particles),
            "explicit": lambda: importance(form, counts, key=keys[1], n_particles=n_particles),
            "explicit, conjugate proposal": lambda: importance(
                form, counts, key=keys[2], n_particles=n_particles, proposal=conjugate_proposal(hyperprior)
            ),
        }
    methods |= {
        AGGREGATED: lambda: importance(aggregated(hyperprior), counts, key=keys[0], n_particles=n_particles),
        EXACT: lambda: exact(hyperprior, counts),
    }
    return learn_and_time(methods)


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
    n: int, first: tuple[str, float, float], second: tuple[str, float, float], *, log_second: bool = False
) -> dict[str, np.ndarray]:
    """The course's float32 draws of a population: uniform, with the two keys that key 0 is split into.

    Args:
        n: number of draws.
        first: address and bounds of the first variable.
        second: address and bounds of the second variable.
        log_second: whether the logarithm of the second is drawn uniformly.

    Returns:
        Draws by address, float32, each of shape (n,).
    """
    draws = {}
    keys = jax.random.split(jax.random.key(0))
    for i, (key, (address, low, high)) in enumerate(zip(keys, (first, second), strict=True)):
        in_logs = log_second and i == 1
        bounds = np.log([low, high]) if in_logs else (low, high)
        uniform = jax.random.uniform(key, (n,), jnp.float32, minval=bounds[0], maxval=bounds[1])
        draws[address] = np.asarray(jnp.exp(uniform) if in_logs else uniform)
    return draws


def weigh_course(hyperprior: Hyperprior, counts: Counts, population: Mapping[str, np.ndarray]) -> Posterior:
    """The course's draws scored through GenJAX `generate`: the weight minus the hyperprior's own log density.

    Args:
        hyperprior: the hyperprior they were drawn from.
        counts: the students' counts.
        population: draws at each of its addresses, each of shape (N,).

    Returns:
        The weighted draws.
    """
    log_weights = population_weights(marginal(hyperprior), counts, population, key=jax.random.key(0))
    _, (a, b) = jax.vmap(hyperprior.program.assess)({name: jnp.asarray(draws) for name, draws in population.items()})
    return Posterior.from_weights(hyperprior, {**population, "a": np.asarray(a), "b": np.asarray(b)}, log_weights)


def estimates(posterior: Posterior) -> dict[str, Estimate]:
    """The population in numbers.

    Args:
        posterior: posterior of the population.

    Returns:
        E[x] for a, b, mu, lam, the implied rate E[a] / (E[a] + E[b]), and log Z, each with its error. (The other
        implied rate, E[a / (a + b)], is E[mu].)
    """
    found = {
        f"E[{name}]": Estimate(posterior.mean(name), posterior.mean_error(name)) for name in ("a", "b", "mu", "lam")
    }
    a, b = found["E[a]"].value, found["E[b]"].value
    rate = a / (a + b)
    # Delta method: the error of the mean of the ratio's linearisation.
    linearised = ((1 - rate) * posterior.draws["a"] - rate * posterior.draws["b"]) / (a + b)
    found["E[a]/(E[a]+E[b])"] = Estimate(rate, float(posterior.expectation(linearised)[1]))
    found["log Z"] = Estimate(posterior.log_evidence, posterior.log_evidence_error)
    return found


def distances(found: Mapping[str, Estimate], truth: Mapping[str, Estimate]) -> dict[str, float]:
    """Distance of each estimate from the exact value, in its own standard errors; left out if its error is 0."""
    return {
        name: (found[name].value - truth[name].value) / found[name].error for name in found if found[name].error > 0
    }
