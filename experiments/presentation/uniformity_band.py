"""How far numbers are from uniform: the ECDF minus the diagonal, with the band that chance allows."""

import numpy as np

BAND = 0.99
SIMULATIONS = 1_000  # simulated uniform samples; with so many, the band's probability is right to 0.3 %


def differences(u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The curve of the ECDF minus u: both ends of every step."""
    u = np.sort(u)
    steps = np.arange(len(u) + 1) / len(u)
    x = np.concatenate([[0.0], np.repeat(u, 2), [1.0]])
    return x, np.repeat(steps, 2) - x


def band(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Band that the ECDF of uniform numbers, minus u, rarely leaves: its lower and upper end, (at, low) and (at, high).

    The curve leaves the band with probability 1 - BAND, by simulation (Säilynoja, Bürkner & Vehtari 2022). The width of
    the band at each u is that of the binomial distribution of how many numbers are below u.
    """
    from arviz_stats.ecdf_utils import ecdf_pit

    at, _, low, high = ecdf_pit(np.full(number, 0.5), BAND, SIMULATIONS)
    return np.stack([at, low - at]), np.stack([at, high - at])
