"""What floating point may do inside the suite, whatever a caller has told NumPy.

Far from its peak a density underflows, and 0 is what it is there. Anything else, an overflow, a division by 0 or what
is not a number, warns where it was not foreseen; where it is meant, a local `np.errstate` says so, and why.
"""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

import numpy as np


def own_arithmetic[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The function under the suite's own rules, so that `np.errstate(all="raise")` around it changes no answer."""

    @wraps(function)
    def under_own_rules(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            return function(*args, **kwargs)

    return under_own_rules


def methods_in_own_arithmetic[C: type](cls: C) -> C:
    """The class with its own methods and properties under the suite's rules, by `own_arithmetic`."""
    for name, member in list(vars(cls).items()):
        replaced: Any = member
        if isinstance(member, property) and member.fget is not None:
            replaced = property(own_arithmetic(member.fget), doc=member.__doc__)
        elif isinstance(member, cached_property):
            replaced = cached_property(own_arithmetic(member.func))
            replaced.__set_name__(cls, name)
        elif isinstance(member, classmethod):
            replaced = classmethod(own_arithmetic(member.__func__))
        elif callable(member) and (not name.startswith("_") or name in ("__repr__", "_repr_html_")):
            replaced = own_arithmetic(member)
        if replaced is not member:
            setattr(cls, name, replaced)
    return cls
