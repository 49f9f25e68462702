"""Events in an exposure: theta ~ Gamma(shape, rate), k ~ Poisson(exposure theta)."""

from math import inf

import jax
import jax.numpy as jnp
import numpy as np
from scipy.special import gammainc

from models.families.family import Call, Family, HostParameters, Parameter, Parameters
from models.families.gamma_poisson.distribution import gamma_poisson
from models.families.gamma_poisson.log_gamma import log_gamma, log_gamma_given
from models.families.gamma_poisson.log_pmf import gamma_poisson_log_pmf
from models.families.gamma_poisson.poisson_log_rate import poisson_log_rate
from models.observations.events import Events


class GammaPoissons(Family):
    """theta ~ Gamma(shape, rate), k ~ Poisson(exposure theta); x is the log of theta, the design is the exposure."""

    address = "log_rate"
    parameters = (Parameter("shape"), Parameter("rate"))
    observations = Events
    latent = log_gamma
    rate_interval = (0.0, inf)
    latent_given = log_gamma_given
    marginal = gamma_poisson

    def likelihood(self, x: jax.Array, design: jax.Array) -> Call:
        """Poisson(exposure e^x)."""
        return Call(poisson_log_rate, (design, x))

    def given(self, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
        """Gamma(shape + k, rate + exposure)."""
        shape, rate = parameters
        return shape + k, rate + design

    def log_marginal(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """The log pmf of the gamma-Poisson, also called negative binomial."""
        return gamma_poisson_log_pmf(k, design, *parameters)

    def theta(self, x: jax.Array) -> jax.Array:
        """e^x."""
        return jnp.exp(x)

    def moments(self, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """shape / rate and shape / rate^2."""
        shape, rate = parameters
        mean = shape / rate
        return mean, mean / rate

    def cdf(self, theta: np.ndarray, parameters: HostParameters) -> np.ndarray:
        """The regularised incomplete gamma function."""
        shape, rate = parameters
        return gammainc(shape, rate * theta)

    def count_moments(self, parameters: Parameters, design: jax.Array) -> tuple[jax.Array, jax.Array]:
        """exposure E[theta], and exposure E[theta] + exposure^2 Var[theta]."""
        mean, variance = self.moments(parameters)
        return design * mean, design * mean + design**2 * variance

    def uninformed(self, k: jax.Array) -> tuple[Family, Parameters]:
        """Gamma(1/2, 0), of Jeffreys: a distribution only after an exposure was added to its rate."""
        return self, (jnp.full((), 0.5), jnp.zeros(()))

    def centre(self, parameters: Parameters) -> jax.Array:
        """log(shape / rate)."""
        shape, rate = parameters
        return jnp.log(shape) - jnp.log(rate)


gamma_poissons = GammaPoissons()
"""The family of events in an exposure, such as failures of pumps in thousands of hours."""
