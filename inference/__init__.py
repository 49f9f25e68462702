"""How we learn: one algorithm a file, every one returns a Posterior."""

from inference.closed_form import closed_form
from inference.conjugate import conjugate_proposal
from inference.exact import ExactPosterior, exact
from inference.importance import importance
from inference.posterior import Posterior, WeightError
from inference.quadrature import QuadratureError
from inference.scoring import population_weights
from inference.students_file import write_students
from inference.theta import predicted_counts, prior_predictive, theta_draws

__all__ = [
    "ExactPosterior",
    "Posterior",
    "QuadratureError",
    "WeightError",
    "closed_form",
    "conjugate_proposal",
    "exact",
    "importance",
    "population_weights",
    "predicted_counts",
    "prior_predictive",
    "theta_draws",
    "write_students",
]
