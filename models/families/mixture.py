"""Several kinds of students: a mixture of populations of one family, which is a family again."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from genjax import categorical
from genjax.core import distribution
from jax.scipy.special import logsumexp
from scipy.special import softmax

from models.families.family import Call, Family, HostParameters, Parameter, Parameters, check_family
from models.programs.threads import shared


class Mixture(Family):
    """x ~ sum_c w_c latent(parameters_c): the student is of kind c with probability w_c.

    The parameters are log_weights, shape (components,), with any constant added, and those of the family, each with a
    leading axis of components.

    Args:
        family: the family of each kind.
        components: the number of kinds, at least 1.
    """

    def __init__(self, family: Family, components: int):
        self.family, self.components = family, components
        self.address, self.observations = family.address, family.observations
        self.rate_interval = family.rate_interval
        self.sizes = {**family.sizes, "components": components}
        of_family = (Parameter(name, ("components", *axes), positive) for name, axes, positive in family.parameters)
        self.parameters = (Parameter("log_weights", ("components",), is_positive=False), *of_family)
        self.latent = distribution(self._sample, self._log_density, name="mixture")

    def likelihood(self, x: jax.Array, design: jax.Array) -> Call:
        """That of the family: k depends on x alone."""
        return self.family.likelihood(x, design)

    def given(self, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
        """Every kind's weight times its probability of k, and every kind's own parameters after k."""
        _, *kinds = parameters
        after = jax.vmap(lambda *kind: self.family.given(kind, k, design))(*kinds)
        return self._log_joint(k, design, parameters), *after

    def log_marginal(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log sum_c w_c p(k | parameters_c)."""
        return logsumexp(self._log_joint(k, design, parameters))

    def theta(self, x: jax.Array) -> jax.Array:
        """That of the family."""
        return self.family.theta(x)

    def moments(self, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """sum_c w_c mean_c, and sum_c w_c (variance_c + (mean_c - mean)^2)."""
        log_weights, *kinds = parameters
        return _mixed(log_weights, *jax.vmap(lambda *kind: self.family.moments(kind))(*kinds))

    def cdf(self, theta: np.ndarray, parameters: HostParameters) -> np.ndarray:
        """sum_c w_c cdf_c(theta)."""
        log_weights, *kinds = parameters
        axis = log_weights.ndim - 1  # of the kinds, after the leading axes
        each = self.family.cdf(np.expand_dims(theta, axis), tuple(kinds))
        weights = softmax(log_weights, axis=-1)
        return np.sum(weights.reshape(weights.shape + (1,) * (each.ndim - weights.ndim)) * each, axis=axis)

    def count_moments(self, parameters: Parameters, design: jax.Array) -> tuple[jax.Array, jax.Array]:
        """As `moments`, of k."""
        log_weights, *kinds = parameters
        return _mixed(log_weights, *jax.vmap(lambda *kind: self.family.count_moments(kind, design))(*kinds))

    def raw_rate(self, k: np.ndarray, design: np.ndarray) -> np.ndarray:
        """That of the family."""
        return self.family.raw_rate(k, design)

    def largest_count(self, design: jax.Array) -> jax.Array:
        """That of the family."""
        return self.family.largest_count(design)

    def log_marginal_of_each(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log sum_c w_c P(K = k | parameters_c)."""
        log_weights, *kinds = parameters
        each = jax.vmap(lambda *kind: self.family.log_marginal_of_each(k, design, kind))(*kinds)
        log_weights = jax.nn.log_softmax(log_weights)
        return logsumexp(log_weights.reshape(-1, *[1] * (each.ndim - 1)) + each, axis=0)

    def uninformed(self, k: jax.Array) -> tuple[Family, Parameters] | None:
        """Those of the family: without information there is one kind."""
        return self.family.uninformed(k)

    def centre(self, parameters: Parameters) -> jax.Array:
        """The centre of the kind with the largest weight."""
        log_weights, *kinds = parameters
        return self.family.centre(tuple(kind[jnp.argmax(log_weights)] for kind in kinds))

    def _log_joint(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log w_c + log p(k | parameters_c), shape (components,)."""
        log_weights, *kinds = parameters
        of_k = jax.vmap(lambda *kind: self.family.log_marginal(k, design, kind))(*kinds)
        return jax.nn.log_softmax(log_weights) + of_k

    def _sample(self, log_weights: jax.Array, *kinds: jax.Array) -> jax.Array:
        kind: Any = categorical.sample(logits=log_weights)
        return self.family.latent.sample(*(parameter[kind] for parameter in kinds))

    def _log_density(self, x: jax.Array, log_weights: jax.Array, *kinds: jax.Array) -> jax.Array:
        of_x = jax.vmap(lambda *kind: self.family.latent.logpdf(x, *kind))(*kinds)
        return logsumexp(jax.nn.log_softmax(log_weights) + of_x)

    def __repr__(self) -> str:
        return f"mixture({self.family!r}, {self.components})"

    def __reduce__(self) -> tuple[Any, ...]:
        return mixture, (self.family, self.components)


def _mixed(log_weights: jax.Array, means: jax.Array, variances: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Mean and variance of a mixture of distributions with these means and variances."""
    weights = jax.nn.softmax(log_weights)
    mean = jnp.tensordot(weights, means, 1)
    return mean, jnp.tensordot(weights, variances + (means - mean) ** 2, 1)


def mixture(family: Family, components: int) -> Mixture:
    """A population of several kinds of students.

    The kinds can be exchanged unless their parameters have an order: write the hyperprior so that, for example, the
    second mean is larger than the first. Otherwise chains differ in what they call the first kind.

    Args:
        family: the family of each kind, such as `beta_binomials`.
        components: the number of kinds, at least 1.

    Returns:
        The family, whose parameters are log_weights, shape (components,), and those of `family`, each with a leading
        axis of components; the same object for the same arguments.

    Raises:
        TypeError: if `family` is not a family, or is a mixture.
        ValueError: if `components` is not a positive whole number.
    """
    check_family(family)
    if isinstance(family, Mixture):
        raise TypeError(
            f"a mixture of mixtures is a mixture of more kinds: give mixture({family.family!r}, "
            f"{family.components * components})"
        )
    if not isinstance(components, int) or isinstance(components, bool) or components < 1:
        raise ValueError(f"components must be a whole number of kinds, at least 1, not {components!r}")
    return _mixture(family, components)


@shared
def _mixture(family: Family, components: int) -> Mixture:
    return Mixture(family, components)
