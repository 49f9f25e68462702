"""The course's second hyperprior: independent mean and concentration of the population."""

from genjax import gen

from models.hyperpriors.distributions import log_uniform, open_uniform
from models.hyperpriors.hyperprior import Hyperprior, finite_bounds
from models.programs.threads import shared


def mean_concentration(mu: tuple[float, float] = (0.0, 1.0), lam: tuple[float, float] = (0.1, 100.0)) -> Hyperprior:
    """Independent population mean mu = a / (a + b) and concentration lam = a + b: the course's second hyperprior.

    mu ~ Uniform(mu),  lam ~ LogUniform(lam),  a = lam mu,  b = lam (1 - mu)

    Args:
        mu: bounds of the mean, within (0, 1).
        lam: bounds of the concentration, in pseudo-trials, both positive.

    Returns:
        The hyperprior, addresses "mu" and "lam"; the same object for the same bounds.

    Raises:
        ValueError: if not 0 <= mu[0] < mu[1] <= 1, or not 0 < lam[0] < lam[1] < inf.

    References:
        Kemp, Perfors & Tenenbaum (2007), Learning overhypotheses with hierarchical Bayesian models, section 2.
    """
    mu, lam = finite_bounds("mu", mu), finite_bounds("lam", lam)
    if mu[1] > 1:
        raise ValueError(f"mu is a mean of rates: its upper bound {mu[1]} must not exceed 1")
    if lam[0] == 0:
        raise ValueError("lam is log-uniform: its lower bound must be positive, not 0")
    return _mean_concentration(mu, lam)


@shared
def _mean_concentration(mu_bounds: tuple[float, float], lam_bounds: tuple[float, float]) -> Hyperprior:
    @gen
    def population():
        mu = open_uniform(*mu_bounds) @ "mu"
        lam = log_uniform(*lam_bounds) @ "lam"
        return lam * mu, lam * (1 - mu)

    recipe = mean_concentration, (mu_bounds, lam_bounds)
    return Hyperprior(population, {"mu": mu_bounds, "lam": lam_bounds}, recipe=recipe)
