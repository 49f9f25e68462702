"""The automatic transform: a choice of a student's program is integrated out, because its children are conjugate."""

from collections.abc import Callable
from typing import Any, NoReturn

import jax
from genjax import binomial
from genjax.core import Fn

from models.families.beta_binomial.family import beta_binomials
from models.families.dirichlet_multinomial.family import dirichlet_multinomials
from models.families.family import Family, Parameters
from models.families.gamma_poisson.family import gamma_poissons
from models.programs.handlers import Outer, handled
from models.programs.threads import shared

FAMILIES: tuple[Family, ...] = (beta_binomials, gamma_poissons, dirichlet_multinomials)


class Latent:
    """Stands for a choice that is integrated out: a likelihood may take it, but a program cannot compute with it."""

    def __init__(self, address: str, family: Family, parameters: Parameters):
        self.address, self.family, self.parameters = address, family, parameters

    def _refuse(self, *_: Any) -> NoReturn:
        raise _computed_with(self.address)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)  # JAX and others ask whether it is something that they know
        raise _computed_with(self.address)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __floordiv__ = __mod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __neg__ = __abs__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __bool__ = __float__ = __int__ = __index__ = _refuse
    __getitem__ = __iter__ = __len__ = __array__ = _refuse
    __hash__ = object.__hash__


class _Marginalising:
    """Withholds the choice at an address, and draws each of its children from its marginal distribution in turn."""

    def __init__(self, outer: Outer, address: str, families: tuple[Family, ...]):
        self.outer, self.address, self.families = outer, address, families
        self.latent: Latent | None = None
        self.children = 0

    def __call__(self, address: str, distribution: Any, args: tuple[Any, ...], kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if address == self.address:
            if kwargs:
                raise TypeError(f"{address!r} must be drawn with the parameters in their order, without keywords")
            self.latent = Latent(address, _family_of(address, distribution, self.families), args)
            return self.latent
        if not any(value is self.latent for value in (*args, *kwargs.values())) or self.latent is None:
            return self.outer(address, distribution, args, kwargs)
        family, design = self.latent.family, _design(self.latent, address, distribution, args, kwargs)
        value = self.outer(address, family.marginal, (design, *self.latent.parameters), {})
        # The next child is drawn given this one.
        self.latent.parameters = family.given(self.latent.parameters, value, design)
        self.children += 1
        return value

    def check(self, returned: Any) -> None:
        """Raise a TypeError unless the program has drawn the choice and given it to a child."""
        if self.latent is None:
            raise TypeError(f"the program makes no choice at {self.address!r}")
        if not self.children:
            raise TypeError(f"no likelihood takes {self.address!r}: there is nothing to integrate it out of")
        if any(leaf is self.latent for leaf in jax.tree.leaves(returned)):
            raise TypeError(f"the program returns {self.address!r}, which is integrated out")


def _family_of(address: str, distribution: Any, families: tuple[Family, ...]) -> Family:
    for family in families:
        if distribution is family.latent:
            return family
    known = ", ".join(_name(family.latent) for family in families)
    raise TypeError(
        f"{address!r} is drawn from {_name(distribution)}, of which no conjugate likelihood is known: draw it from "
        f"one of {known}"
    )


def _design(latent: Latent, address: str, distribution: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The design of a child that takes the latent."""
    if latent.family is beta_binomials and distribution is binomial:
        if len(args) == 1 and kwargs.get("logits") is latent:
            return args[0]
        if len(args) == 2 and args[1] is latent and not kwargs:
            return args[0]
        raise TypeError(f"{address!r}: binomial must take {latent.address!r} as its logits")
    likelihood = latent.family.likelihood(latent, None).distribution  # pyright: ignore[reportArgumentType]
    if distribution is not likelihood:
        raise TypeError(
            f"{address!r} is drawn from {_name(distribution)} given {latent.address!r}, which is drawn from "
            f"{_name(latent.family.latent)}: no conjugate pair of these two is known; draw it from {_name(likelihood)}"
        )
    if len(args) != 2 or args[1] is not latent or args[0] is latent or kwargs:
        raise TypeError(f"{address!r}: {_name(likelihood)} must take its design and then {latent.address!r}")
    return args[0]


def _name(distribution: Any) -> str:
    name = getattr(distribution, "name", None)
    return str(getattr(name, "value", name)) if name is not None else type(distribution).__name__


def _computed_with(address: str) -> TypeError:
    return TypeError(
        f"the program computes with {address!r}, which is integrated out: only a conjugate likelihood may take it, and "
        "only as it is"
    )


def _transformed(
    student: Fn[Any], address: str, family: Family | None, finish: Callable[[_Marginalising, Any], Any]
) -> Fn[Any]:
    families = FAMILIES if family is None else (family,)

    def explain(error: TypeError) -> TypeError:
        # JAX refuses a `Latent` with a message of its own.
        return _computed_with(address) if Latent.__qualname__ in str(error) else error

    return handled(student, lambda outer: _Marginalising(outer, address, families), finish, explain)


@shared
def marginalised(student: Fn[Any], address: str, family: Family | None = None) -> Fn[Any]:
    """A student's program with the choice at an address integrated out, by conjugacy.

        x ~ latent(parameters),  k ~ likelihood(x)    becomes    k ~ integral of likelihood(x) latent(x) dx

    Several conjugate children are drawn in turn, each given those before it (delayed sampling).

    Args:
        student: generative function, such as the student of `explicit`.
        address: the address of the choice, such as "log_odds".
        family: that of the choice and its children; by default one of this package, known by the choice's distribution.

    Returns:
        The program without that choice; the same object for the same arguments. Where it is run, it raises a TypeError
        if the program computes with the choice or returns it, or if a child of it is not conjugate.

    References:
        Murray et al. (2018), Delayed sampling and automatic Rao-Blackwellization of probabilistic programs, PMLR 84.
    """

    def finish(handler: _Marginalising, returned: Any) -> Any:
        handler.check(returned)
        return returned

    return _transformed(student, address, family, finish)


@shared
def recovered(student: Fn[Any], address: str, family: Family | None = None) -> Fn[Any]:
    """As `marginalised`, but the choice is made at the end, given all its children: from its conjugate posterior.

    The program has the choices and the joint density of the original one. But conditioned on the children, GenJAX's
    `generate` weighs it like the marginalised one, whatever value the choice has.

    Args:
        student: generative function, such as the student of `explicit`.
        address: the address of the choice, such as "log_odds".
        family: that of the choice and its children; by default one of this package, known by the choice's distribution.

    Returns:
        The program; the same object for the same arguments. It raises the errors of `marginalised`.
    """

    def finish(handler: _Marginalising, returned: Any) -> Any:
        handler.check(returned)
        latent = handler.latent
        assert latent is not None
        handler.outer(address, latent.family.latent, latent.parameters, {})
        return returned

    return _transformed(student, address, family, finish)
