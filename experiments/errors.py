"""The errors that are caused by the input or the command rather than by the code."""

from inference import QuadratureError, WeightError
from models import CountsError


class OptionError(ValueError):
    """An option that cannot be used, which shows only once the experiment runs; the message names the option."""


BAD_INPUT = (CountsError, QuadratureError, WeightError, OSError)
"""For these errors the command line prints one line instead of a traceback."""
