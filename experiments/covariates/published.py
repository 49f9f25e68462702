"""What others found for the same plates: a logistic regression whose plates have normal log-odds.

log(theta_i / (1 - theta_i)) ~ Normal(alpha0 + alpha1 seed_i + alpha2 extract_i + alpha12 seed_i extract_i, sigma^2)
"""

from typing import NamedTuple


class Coefficient(NamedTuple):
    """A coefficient in log-odds: its estimate, its sd or standard error, and the Monte Carlo error of the estimate."""

    mean: float
    sd: float
    error: float | None


# Tutorial of the OpenBUGS user manual, summary of 14,000 draws; alpha ~ Normal(0, precision 1e-6).
BUGS = {
    "alpha0": Coefficient(-0.5473, 0.1935, 0.003929),
    "alpha1": Coefficient(0.06959, 0.3203, 0.006121),
    "alpha2": Coefficient(1.352, 0.2718, 0.005731),
    "alpha12": Coefficient(-0.8165, 0.4377, 0.008459),
}
BUGS_SIGMA = 0.2943  # posterior mean of sigma, from the same table
# OpenBUGS examples, "Seeds", data cloning with 256 copies: maximum likelihood and its standard errors.
MAXIMUM_LIKELIHOOD = {
    "alpha0": Coefficient(-0.5485, 0.168, None),
    "alpha1": Coefficient(0.09685, 0.283, None),
    "alpha2": Coefficient(1.337, 0.238, None),
    "alpha12": Coefficient(-0.8105, 0.389, None),
}
