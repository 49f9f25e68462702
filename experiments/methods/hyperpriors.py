"""The hyperpriors by the names that they have on the command line."""

from collections.abc import Callable, Mapping
from typing import get_args

import models
from experiments.options import HyperpriorName
from models import Hyperprior

HYPERPRIORS: Mapping[HyperpriorName, Callable[..., Hyperprior]] = {
    name: getattr(models, name.replace("-", "_")) for name in get_args(HyperpriorName)
}
