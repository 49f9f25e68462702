"""Program that prints the table of docs/rqmc.md: errors of `rqmc` against points and time, for five to ten numbers.

python -m tests.inference.algorithms.rqmc_errors_program [case ...]
"""

import sys
import time
from math import inf

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen, normal

from inference import rqmc
from models import Counts, Hyperprior, beta_binomials, log_uniform, mixture, open_uniform
from tests.families import MIXTURE, school

# Seeds that germinated, by variety and extract (Crowder 1978), and four more covariates of random numbers.
GERMINATED = [10, 23, 23, 26, 17, 5, 53, 55, 32, 46, 10, 8, 10, 8, 23, 0, 3, 22, 15, 32, 3]
SEEDS = [39, 62, 81, 51, 39, 6, 74, 72, 51, 79, 13, 16, 30, 28, 45, 4, 12, 41, 30, 51, 7]
VARIETY, EXTRACT = np.repeat([0.0, 1.0], [11, 10]), np.repeat([0.0, 1.0, 0.0, 1.0], [5, 6, 5, 5])
RANDOM = np.random.default_rng(5).normal(size=(5, 21)).round(2)
COVARIATES = {f"x{j}": x.tolist() for j, x in enumerate([VARIETY, EXTRACT, VARIETY * EXTRACT, *RANDOM], start=1)}
TWO_KINDS = Counts([19, 1, 18, 2, 20, 0, 17, 1, 2, 0], [20] * 8 + [2, 1])
THREE_KINDS = Counts([19, 1, 18, 2, 20, 0, 17, 1, 2, 0, 10, 11, 9, 10, 12], [20] * 8 + [2, 1] + [20] * 5)
TWO_ROOMS = Counts([70, 28, 6, 3, 2, 0, 12, 15], [100, 40, 10, 5, 2, 1, 40, 30], covariates={"c": ["a", "b"] * 4})
KEYS = 4


def regression(size: int) -> tuple[Hyperprior, Counts]:
    """Log-odds that are linear in covariates, with `size` coefficients, and the seeds."""
    names = list(COVARIATES)[: size - 1]

    @gen
    def program(trials):
        b = [normal(0.0, 1.5) @ f"b{j}" for j in range(size)]
        lam = log_uniform(0.1, 1e4) @ "lam"
        log_odds = sum((each * trials.covariates[name] for each, name in zip(b[1:], names, strict=True)), start=b[0])
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    support = {**{f"b{j}": (-inf, inf) for j in range(size)}, "lam": (0.1, 1e4)}
    return Hyperprior(program, support), Counts(
        GERMINATED, SEEDS, covariates={name: COVARIATES[name] for name in names}
    )


@gen
def three_kinds():
    """Three kinds of students in the order of their means."""
    first, second = open_uniform(0.0, 1.0) @ "s1", open_uniform(0.0, 1.0) @ "s2"
    mean, gap, next_gap = (open_uniform(0.0, 1.0) @ name for name in ("mu1", "gap1", "gap2"))
    lam = jnp.stack([log_uniform(0.1, 100.0) @ name for name in ("lam1", "lam2", "lam3")])
    middle = mean + (1 - mean) * gap
    mu = jnp.stack([mean, middle, middle + (1 - middle) * next_gap])
    log_weights = jnp.log(jnp.stack([first, (1 - first) * second, (1 - first) * (1 - second)]))
    return log_weights, lam * mu, lam * (1 - mu)


UNIT, LAM = (0.0, 1.0), (0.1, 100.0)
THREE = Hyperprior(
    three_kinds,
    {"s1": UNIT, "s2": UNIT, "mu1": UNIT, "gap1": UNIT, "gap2": UNIT, "lam1": LAM, "lam2": LAM, "lam3": LAM},
    mixture(beta_binomials, 3),
)
CASES = {
    "regression, 5": regression(4),
    "regression, 7": regression(6),
    "regression, 10": regression(9),
    "mixture of two, 5": (MIXTURE, TWO_KINDS),
    "mixture of three, 8": (THREE, THREE_KINDS),
    "school of two classrooms, 8": (school(2), TWO_ROOMS),
}


def main(names: list[str]) -> None:
    """Print the rows of the cases named; all of them if none is."""
    for name in names or CASES:
        hyperprior, counts = CASES[name]
        best = rqmc(hyperprior, counts, key=jax.random.key(999), n_points=2**15, n_scrambles=32)
        own = [each for each in best.names if each.partition("[")[0] in hyperprior.addresses]
        for log_points in (10, 12, 14):
            errors, shares, seconds = [], [], []
            for seed in range(KEYS):
                start = time.process_time()
                found = rqmc(hyperprior, counts, key=jax.random.key(seed), n_points=2**log_points)
                seconds.append(time.process_time() - start)
                errors.append([(found.mean(each) - best.mean(each)) / best.sd(each) for each in own])
                shares.append(found.ess_share)
            worst = np.max(np.sqrt(np.mean(np.square(errors), axis=0)))
            row = f"2^{log_points}", f"{worst:.1e}", f"{np.median(seconds):.1f}", f"{np.median(shares):.0%}"
            print("|", " | ".join([name, *row]), "|", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
