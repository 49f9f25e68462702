"""The forward program of a student, with the right link and with the wrong one, one line apart.

GenJAX's `binomial(n, x)` takes x for the log-odds of a success. The chapter gives it theta, which is then read as
log-odds: the rate becomes 1 / (1 + e^-theta), between 0.50 and 0.73 for every student.
"""

import jax
import jax.numpy as jnp
import numpy as np
from genjax import binomial, gen, seed
from genjax.core import Fn

from models import logit_beta
from models.programs.threads import shared


@gen
def rate_student(a, b, n):
    """theta ~ Beta(a, b), k ~ Binomial(n, theta)."""
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, log_odds) @ "k"


@gen
def misread_student(a, b, n):
    """theta ~ Beta(a, b), but k ~ Binomial(n, 1 / (1 + e^-theta)): theta is read as log-odds."""
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, jax.nn.sigmoid(log_odds)) @ "k"


RIGHT, WRONG = "right link", "theta as log-odds"
PROGRAMS: dict[str, Fn] = {RIGHT: rate_student, WRONG: misread_student}


def simulated(link: str, a: float, b: float, n: np.ndarray, key: jax.Array) -> tuple[np.ndarray, np.ndarray]:
    """Rates and counts of students, each with a key of its own: the same keys give both programs the same rates.

    Args:
        link: a name of PROGRAMS.
        a: pseudo-successes of the population.
        b: pseudo-failures.
        n: trials of each student, shape (students,).
        key: JAX random key.

    Returns:
        theta and k, each of shape (students,).
    """
    shapes = (jnp.asarray(x, jnp.float32) for x in (a, b, n))
    choices = _compiled(link)(jax.random.split(key, len(n)), *shapes)
    return np.asarray(jax.nn.sigmoid(choices["log_odds"])), np.asarray(choices["k"])


@shared
def _compiled(link: str):
    program = PROGRAMS[link]

    def one(key: jax.Array, a: jax.Array, b: jax.Array, n: jax.Array):
        return seed(program.simulate)(key, a, b, n).get_choices()

    return jax.jit(jax.vmap(one, in_axes=(0, None, None, 0)))
