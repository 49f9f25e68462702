"""Beta-binomial log probabilities of many populations and many groups at once: NumPy arrays in and out, float64."""

import jax
import numpy as np

from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf

POPULATIONS, GROUPS = 1024, 8  # in a call of the compiled program: a fixed shape, so that it is compiled once
LARGEST = 1e25  # largest a + b: more pseudo-trials change a log probability by less than 1e-9, for up to 2^53 trials


def log_pmf(k: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log p(k_i | n_i, a_ji, b_ji) of the beta-binomial distribution.

    Args:
        k: successes of each group, shape (groups,).
        n: trials, shape (groups,).
        a: first shapes, (populations, groups), or (populations, 1) if the same in all groups.
        b: second shapes, likewise.

    Returns:
        Log probabilities, shape (populations, groups).
    """
    k, n = np.asarray(k, np.float64), np.asarray(n, np.float64)
    result = np.empty((len(a), len(k)))
    shrunk = LARGEST / np.maximum(a + b, LARGEST)  # `beta_binomial_log_pmf` overflows for shapes of 1e27
    a, b = (np.broadcast_to(shape * shrunk, result.shape) for shape in (a, b))
    # Without misses `beta_binomial_log_pmf` divides n by b, which overflows for b of 1e-300: exchange hits and misses.
    k, a, b = np.where(k == n, 0.0, k), np.where(k == n, b, a), np.where(k == n, a, b)
    with jax.enable_x64(True):
        for rows in (slice(start, start + POPULATIONS) for start in range(0, len(a), POPULATIONS)):
            for columns in (slice(start, start + GROUPS) for start in range(0, len(k), GROUPS)):
                height, width = a[rows, columns].shape
                short = (0, POPULATIONS - height), (0, GROUPS - width)
                padded = (
                    *(np.pad(x[columns], short[1]) for x in (k, n)),
                    *(np.pad(x[rows, columns], short, constant_values=1.0) for x in (a, b)),
                )
                result[rows, columns] = np.asarray(_log_pmf(*padded))[:height, :width]
    return result


_log_pmf = jax.jit(beta_binomial_log_pmf)
