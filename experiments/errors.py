"""The errors that are caused by the input rather than by the code."""

from inference import QuadratureError, WeightError
from models import CountsError

BAD_INPUT = (CountsError, QuadratureError, WeightError, OSError)
"""For these errors the command line prints one line instead of a traceback."""
