"""What a family of conjugate distributions tells the suite: everything else is built from it.

A family describes one student given the population's parameters:

    x ~ latent(parameters)          an unconstrained number of the student's own, such as log-odds or a log rate
    k ~ likelihood(x, design)       what is observed; the design is what the data fix, such as the number of trials

Conjugacy means that x given k has a distribution of the same kind, with the parameters `given(parameters, k, design)`.
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from functools import cached_property
from pickle import PicklingError
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import gen
from genjax.core import Distribution, Fn, distribution

from models.observations.observations import Observations

Parameters = tuple[Any, ...]  # arrays of JAX or of NumPy
HostParameters = tuple[np.ndarray, ...]


class Call(NamedTuple):
    """A distribution and its arguments."""

    distribution: Distribution[jax.Array]
    args: tuple[Any, ...]


class Parameter(NamedTuple):
    """A parameter of the population.

    Args:
        name: as in the family's equations.
        axes: what each axis of the parameter of one student is about, such as ("categories",); none for a number.
        is_positive: whether it must be positive and finite; otherwise it must be finite.
    """

    name: str
    axes: tuple[str, ...] = ()
    is_positive: bool = True


class Family(ABC):
    """A conjugate family. It must define what is abstract here or has no value, and `log_marginal` or `centre`.

    Every method but `cdf` and `raw_rate` is about one student; `jax.vmap` makes it one about many.
    """

    address: str = "x"
    """The address of x in the explicit student."""
    parameters: tuple[Parameter, ...]
    """The parameters of the population, in the order in which a hyperprior's program returns them."""
    sizes: Mapping[str, int] = MappingProxyType({})
    """The size of each axis that the family fixes, such as that of components."""
    observations: type[Observations]
    """The kind of data, such as `Counts`."""
    latent: Distribution[jax.Array]
    """The distribution of x given the parameters."""
    rate_interval: tuple[float, float] = (0.0, 1.0)
    """The open interval in which each rate of a student lies; it begins at 0."""

    @abstractmethod
    def likelihood(self, x: jax.Array, design: jax.Array) -> Call:
        """The distribution of k given x."""

    @abstractmethod
    def given(self, parameters: Parameters, k: jax.Array, design: jax.Array) -> Parameters:
        """The parameters of x after k was seen: x given k ~ latent(given(parameters, k, design))."""

    @abstractmethod
    def theta(self, x: jax.Array) -> jax.Array:
        """The student's rate, or rates, at x; each increases with its x. They have the shape of the student's k."""

    @abstractmethod
    def moments(self, parameters: Parameters) -> tuple[jax.Array, jax.Array]:
        """Mean and variance of theta."""

    @abstractmethod
    def cdf(self, theta: np.ndarray, parameters: HostParameters) -> np.ndarray:
        """P(theta_i < theta); of each rate alone, if the student has several.

        It is computed by SciPy, for many students at once: JAX's own function takes seven times as long, and is off by
        9e-3 where a parameter is 1e6.

        Args:
            theta: shape (..., categories) if the student has several rates, otherwise (...).
            parameters: each with the same leading axes, which may have size 1.

        Returns:
            Probabilities, float64, of the broadcast shape.
        """

    @abstractmethod
    def count_moments(self, parameters: Parameters, design: jax.Array) -> tuple[jax.Array, jax.Array]:
        """Mean and variance of k, x integrated out; of the count of each category, if there are several.

        Infinite where k has none.
        """

    def raw_rate(self, k: np.ndarray, design: np.ndarray) -> np.ndarray:
        """The student's rate by its own data alone, such as k / n; of any shape that broadcasts."""
        return k / design

    def largest_count(self, design: jax.Array) -> jax.Array:
        """The largest k that the design allows, of one category if there are several; infinite by default."""
        return jnp.full_like(design, jnp.inf)

    def uninformed(self, k: jax.Array) -> tuple["Family", Parameters] | None:
        """A family of one kind of students, and parameters of it with next to no information on theta.

        The parameters have the shapes that go with counts of the shape of k. They need not be those of a distribution,
        as long as `given` makes them so. By default there are none, and `evaluate` compares with partial pooling alone.
        """
        return None

    def centre(self, parameters: Parameters) -> jax.Array:
        """An x where the latent has much of its mass; `log_marginal` is evaluated there if it has no closed form."""
        raise TypeError(f"{type(self).__name__} has no log_marginal: define it, or `centre` for Besag's formula")

    def log_marginal(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log p(k), x integrated out: log p(x) + log p(k | x) - log p(x | k), the same at every x.

        A family overrides this with its closed form, which keeps more digits.

        References:
            Besag (1989), A candidate's formula: a curious result in Bayesian prediction, Biometrika 76(1).
        """
        after = self.given(parameters, k, design)
        x = jax.lax.stop_gradient(self.centre(after))
        seen = self.likelihood(x, design)
        log_joint = self.latent.logpdf(x, *parameters) + seen.distribution.logpdf(k, *seen.args)
        return log_joint - self.latent.logpdf(x, *after)

    def log_marginal_of_each(self, k: jax.Array, design: jax.Array, parameters: Parameters) -> jax.Array:
        """log P(K = k) of one number k, for the count of each category alone if there are several."""
        return self.log_marginal(k, design, parameters)

    @property
    def has_categories(self) -> bool:
        """Whether a student has a count and a rate for each of several categories."""
        return any("categories" in axes for _, axes, _ in self.parameters)

    @property
    def _name(self) -> str | None:
        """The name of this object in the module of its class; None if it has none."""
        module = sys.modules[type(self).__module__]
        return next((name for name, value in vars(module).items() if value is self), None)

    def __repr__(self) -> str:
        return self._name or type(self).__name__

    def __reduce__(self) -> Any:
        if self._name is None:
            raise PicklingError(
                f"a family is pickled by its name: make one {type(self).__name__}() at the top level of the module of "
                "its class"
            )
        return self._name

    def summary(self, parameters: Parameters) -> Mapping[str, jax.Array]:
        """What a table says of a population: mean and sd of theta."""
        mean, variance = self.moments(parameters)
        return {"mean": mean, "spread": jnp.sqrt(variance)}

    def _latent_given(self) -> Distribution[jax.Array]:
        """The distribution of x given (*parameters, k, design)."""

        def sample(*arguments: Any) -> jax.Array:
            *parameters, k, design = arguments
            return self.latent.sample(*self.given(tuple(parameters), k, design))

        def log_density(x: jax.Array, *arguments: Any) -> jax.Array:
            *parameters, k, design = arguments
            return self.latent.logpdf(x, *self.given(tuple(parameters), k, design))

        return distribution(sample, log_density, name=f"{self.address}_given")

    def _marginal(self) -> Distribution[jax.Array]:
        """The distribution of k given (design, *parameters), x integrated out."""

        def sample(design: jax.Array, *parameters: jax.Array) -> jax.Array:
            seen = self.likelihood(self.latent.sample(*parameters), design)
            return seen.distribution.sample(*seen.args)

        def log_density(k: jax.Array, design: jax.Array, *parameters: jax.Array) -> jax.Array:
            return self.log_marginal(k, design, parameters)

        return distribution(sample, log_density, name="marginal_k")

    def _explicit_student(self) -> Fn[jax.Array]:
        """Program of (*parameters, design): x is drawn, then k."""

        def student(*arguments: Any) -> jax.Array:
            *parameters, design = arguments
            x = self.latent(*parameters) @ self.address
            seen = self.likelihood(x, design)
            return seen.distribution(*seen.args) @ "k"

        return gen(student)

    def _conjugate_student(self) -> Fn[jax.Array]:
        """Program of (*parameters, k, design): x is drawn given k."""

        def student(*arguments: Any) -> jax.Array:
            return self.latent_given(*arguments) @ self.address

        return gen(student)

    def _marginal_student(self) -> Fn[jax.Array]:
        """Program of (*parameters, design): k is drawn, x integrated out."""

        def student(*arguments: Any) -> jax.Array:
            *parameters, design = arguments
            return self.marginal(design, *parameters) @ "k"

        return gen(student)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Make anew what is made of the methods that a subclass replaces, unless it has its own."""
        super().__init_subclass__(**kwargs)
        for name, (make, made_of) in MADE_OF.items():
            if name not in vars(cls) and not made_of.isdisjoint(vars(cls)):
                made = cached_property(make)
                made.__set_name__(cls, name)
                setattr(cls, name, made)

    # A family may have a distribution or a program of its own in place of each of these.
    if TYPE_CHECKING:
        latent_given: Distribution[jax.Array]
        marginal: Distribution[jax.Array]
        explicit_student: Fn[Any]
        marginal_student: Fn[Any]
        conjugate_student: Fn[Any]


def check_family(family: Any) -> None:
    """Raise a TypeError unless it is a family, which names a distribution's mistake."""
    if isinstance(family, Family):
        return
    if isinstance(family, Distribution):
        raise TypeError(
            "family is a distribution, of one student's count: give the family, such as beta_binomials, "
            "gamma_poissons or dirichlet_multinomials"
        )
    raise TypeError(f"family must be a family such as beta_binomials, not {family!r}")


MADE_OF: dict[str, tuple[Callable[[Family], Any], set[str]]] = {
    "latent_given": (Family._latent_given, {"latent", "given"}),
    "marginal": (Family._marginal, {"latent", "likelihood", "log_marginal"}),
    "explicit_student": (Family._explicit_student, {"latent", "likelihood", "address"}),
    "marginal_student": (Family._marginal_student, {"latent", "likelihood", "log_marginal", "marginal"}),
    "conjugate_student": (Family._conjugate_student, {"latent", "given", "latent_given", "address"}),
}
"""What a family has besides its equations: what makes it, and of which of these."""
for _name, (_make, _) in MADE_OF.items():
    setattr(Family, _name, cached_property(_make))
    vars(Family)[_name].__set_name__(Family, _name)
