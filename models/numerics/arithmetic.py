"""The suite's own settings for floating-point errors, which do not depend on the caller's settings in NumPy.

Far from its peak a density underflows, and 0 is the right value there, so underflow is ignored. An overflow, a division
by 0 or a NaN gives a warning. Where one of them is intended, a local `np.errstate` allows it, and a comment says why.
"""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

import numpy as np


def own_arithmetic[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The function under the suite's own settings, so that `np.errstate(all="raise")` around it changes no answer."""

    @wraps(function)
    def under_own_rules(*args: P.args, **kwargs: P.kwargs) -> R:
        with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
            return function(*args, **kwargs)

    return under_own_rules


def methods_in_own_arithmetic[C: type](cls: C) -> C:
    """The class with `own_arithmetic` applied to the public methods and the properties that it defines itself."""
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
