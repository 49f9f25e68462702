"""The errors that say something about the input rather than about the code."""

from inference import QuadratureError, WeightError
from models import CountsError

BAD_INPUT = (CountsError, QuadratureError, WeightError, OSError)
"""What the command line answers with one line instead of a traceback."""
