"""A beta-binomial regression with as many numbers as are asked for, and groups simulated from one.

    lam ~ LogUniform(1, 1000)                       b_j ~ Normal(0, 1.5), j = 0 .. d - 2
    log(mu_i / (1 - mu_i)) = b_0 + b_1 x_1i + ... + b_(d-2) x_(d-2)i
    theta_i ~ Beta(lam mu_i, lam (1 - mu_i))        k_i ~ Binomial(n_i, theta_i)

With d = 1 all means are 1/2, and lam alone is learned.
"""

from functools import cache
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen, normal

from models import Counts, Hyperprior, Trials, log_uniform

LAM = (1.0, 1000.0)  # bounds of the concentration, in pseudo-trials
SD = 1.5  # prior sd of each coefficient, in log-odds
TRUE_LAM, TRUE_INTERCEPT = 20.0, 0.3
TRUE_SLOPES = (0.8, -0.5, 0.3, 0.0, 0.2, -0.2, 0.1, 0.5)  # of the groups
FEWEST_TRIALS, MOST_TRIALS = 10, 40  # of a group


@cache  # the same object for the same number, so that programs compiled for it are reused
def regression(addresses: int) -> Hyperprior:
    """The regression with d numbers.

    Args:
        addresses: d, from 1 to 10: lam, the intercept, and up to eight slopes.

    Returns:
        The hyperprior, addresses "lam", "b0", "b1", ...; its program needs the covariates "x1", "x2", ....

    Raises:
        ValueError: if d is out of range.
    """
    if not 1 <= addresses <= 2 + len(TRUE_SLOPES):
        raise ValueError(f"the regression has 1 to {2 + len(TRUE_SLOPES)} addresses, not {addresses}")

    @gen
    def groups(trials: Trials) -> tuple[jax.Array, jax.Array]:
        lam = log_uniform(*LAM) @ "lam"
        log_odds = jnp.zeros(trials.n.shape)
        for j in range(addresses - 1):
            log_odds += (normal(0.0, SD) @ f"b{j}") * (trials.covariates[f"x{j}"] if j else 1.0)
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    return Hyperprior(groups, {"lam": LAM} | {f"b{j}": (-inf, inf) for j in range(addresses - 1)})


def simulated_groups(groups: int, seed: int) -> Counts:
    """Groups with eight covariates, all of which have different rows.

    Args:
        groups: number of groups.
        seed: of their draws.

    Returns:
        Their counts, with covariates "x1" to "x8".
    """
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(len(TRUE_SLOPES), groups))
    mu = 1 / (1 + np.exp(-TRUE_INTERCEPT - np.array(TRUE_SLOPES) @ covariates))
    n = rng.integers(FEWEST_TRIALS, MOST_TRIALS + 1, groups)
    k = rng.binomial(n, rng.beta(TRUE_LAM * mu, TRUE_LAM * (1 - mu)))
    return Counts(k, n, covariates={f"x{j}": x for j, x in enumerate(covariates, start=1)})
