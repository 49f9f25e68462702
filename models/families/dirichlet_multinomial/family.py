"""Counts in several categories: theta ~ Dirichlet(alpha), k ~ Multinomial(n, theta)."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import betainc

from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.dirichlet_multinomial.distribution import dirichlet_multinomial
from models.families.dirichlet_multinomial.log_dirichlet import log_dirichlet, log_dirichlet_given
from models.families.dirichlet_multinomial.log_pmf import dirichlet_multinomial_log_pmf
from models.families.dirichlet_multinomial.multinomial_log_shares import multinomial_log_shares
from models.families.family import Call, Family, HostParameters, Parameter, Parameters
from models.observations.categories import Categories


class DirichletMultinomials(Family):
    """theta ~ Dirichlet(alpha), k ~ Multinomial(n, theta); x is the log of theta, the design is n."""

    address = "log_shares"
    parameters = (Parameter("alpha", ("categories",)),)
    observations = Categories
    latent = log_dirichlet
    latent_given = log_dirichlet_given
    marginal = dirichlet_multinomial

    def likelihood(self, x: jax.Array, design: jax.Array) -> Call:
        """Multinomial(n, e^x)."""
        return Call(multinomial_log_shares, (design, x))

    def given(self, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
        """Dirichlet(alpha + k)."""
        (alpha,) = parameters
        return (alpha + k,)

    def log_marginal(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """The log pmf of the Dirichlet-multinomial."""
        return dirichlet_multinomial_log_pmf(k, design, *parameters)

    def theta(self, x: jax.Array) -> jax.Array:
        """e^x, the share of each category."""
        return jnp.exp(x)

    def moments(self, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """Those of Beta(alpha_j, total - alpha_j), for each category j."""
        (alpha,) = parameters
        total = jnp.sum(alpha)
        mean = alpha / total
        return mean, mean * ((total - alpha) / total) / (total + 1)

    def cdf(self, theta: np.ndarray, parameters: HostParameters) -> np.ndarray:
        """That of Beta(alpha_j, total - alpha_j), for each category j."""
        (alpha,) = parameters
        others = np.stack([np.delete(alpha, j, axis=-1).sum(axis=-1) for j in range(alpha.shape[-1])], axis=-1)
        return betainc(alpha, others, theta)

    def count_moments(self, parameters: Parameters, design: jax.Array) -> tuple[jax.Array, jax.Array]:
        """n E[theta], and n E[theta (1 - theta)] + n^2 Var[theta], for each category."""
        mean, variance = self.moments(parameters)
        return design * mean, design * (mean * (1 - mean) - variance) + design**2 * variance

    def largest_count(self, design: jax.Array) -> jax.Array:
        """n."""
        return design

    def log_marginal_of_each(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log BetaBinomial(k; n, alpha_j, sum_{i != j} alpha_i), for each category j."""
        (alpha,) = parameters
        others = jnp.sum(alpha * (1 - jnp.eye(alpha.shape[-1], dtype=alpha.dtype)), axis=-1)
        return beta_binomial_log_pmf(k, design, alpha, others)

    def uninformed(self, k: jax.Array) -> tuple[Family, Parameters]:
        """Dirichlet(1, ..., 1), which is flat."""
        return self, (jnp.ones(jnp.shape(k)[-1:]),)

    def centre(self, parameters: Parameters) -> jax.Array:
        """log(alpha / total)."""
        (alpha,) = parameters
        return jnp.log(alpha) - jnp.log(jnp.sum(alpha))

    def summary(self, parameters: Parameters) -> Mapping[str, jax.Array]:
        """mean, the mean share of each category, and lam, the total of alpha."""
        (alpha,) = parameters
        total = jnp.sum(alpha)
        return {"mean": alpha / total, "lam": total}


dirichlet_multinomials = DirichletMultinomials()
"""The family of counts in several categories, such as the dishes of bentos or the colours of marbles."""
