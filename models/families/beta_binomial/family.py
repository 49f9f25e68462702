"""Successes in a number of trials: theta ~ Beta(a, b), k ~ Binomial(n, theta)."""

from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import betainc

from models.families.beta_binomial import students
from models.families.beta_binomial.binomial_log_odds import binomial_log_odds
from models.families.beta_binomial.distribution import beta_binomial
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf
from models.families.beta_binomial.logit_beta import logit_beta, logit_beta_given
from models.families.family import Call, Family, HostParameters, Parameter, Parameters
from models.observations.counts import Counts


class BetaBinomials(Family):
    """theta ~ Beta(a, b), k ~ Binomial(n, theta); x is the log-odds of theta, the design is n."""

    address = "log_odds"
    parameters = (Parameter("a"), Parameter("b"))
    observations = Counts
    latent = logit_beta
    latent_given = logit_beta_given
    marginal = beta_binomial
    explicit_student = students.explicit_student
    marginal_student = students.marginal_student

    def likelihood(self, x: jax.Array, design: jax.Array) -> Call:
        """Binomial(n, sigmoid(x))."""
        return Call(binomial_log_odds, (design, x))

    def given(self, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
        """Beta(a + k, b + (n - k))."""
        a, b = parameters
        return a + k, b + (design - k)  # n - k first: b + n - k loses b when b is far smaller than n

    def log_marginal(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log BetaBinomial(k; n, a, b)."""
        return beta_binomial_log_pmf(k, design, *parameters)

    def theta(self, x: jax.Array) -> jax.Array:
        """1 / (1 + e^-x)."""
        return jax.nn.sigmoid(x)

    def moments(self, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """a / (a + b), and its product with b / (a + b) / (a + b + 1)."""
        a, b = parameters
        mean = a / (a + b)
        return mean, mean * (b / (a + b)) / (a + b + 1)

    def cdf(self, theta: np.ndarray, parameters: HostParameters) -> np.ndarray:
        """The regularised incomplete beta function."""
        return betainc(*parameters, theta)

    def count_moments(self, parameters: Parameters, design: jax.Array) -> tuple[jax.Array, jax.Array]:
        """n E[theta], and n E[theta (1 - theta)] + n^2 Var[theta]."""
        mean, variance = self.moments(parameters)
        return design * mean, design * (mean * (1 - mean) - variance) + design**2 * variance

    def largest_count(self, design: jax.Array) -> jax.Array:
        """n."""
        return design

    def uninformed(self, k: jax.Array) -> tuple[Family, Parameters]:
        """Beta(1, 1), which is flat."""
        return self, (jnp.ones(()), jnp.ones(()))

    def centre(self, parameters: Parameters) -> jax.Array:
        """log(a / b)."""
        a, b = parameters
        return jnp.log(a) - jnp.log(b)

    def summary(self, parameters: Parameters) -> Mapping[str, jax.Array]:
        """a, b, mu = a / (a + b) and lam = a + b."""
        a, b = parameters
        return {"a": a, "b": b, "mu": a / (a + b), "lam": a + b}


beta_binomials = BetaBinomials()
"""The family of the course."""
