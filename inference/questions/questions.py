"""What can be asked of any posterior about the students: a method each, which its module answers."""

from typing import TYPE_CHECKING, cast

import jax
import polars as pl

from models import Counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from inference.posteriors.posterior import Posterior
    from inference.questions.evaluate import HeldOut
    from inference.questions.predictive_checks import PredictiveChecks


class Questions:
    """The questions. Each module is imported where it is asked, because it imports posteriors itself."""

    @property
    def _posterior(self) -> "Posterior":
        return cast("Posterior", self)

    def above(self, counts: Counts, *thresholds: float) -> pl.DataFrame:
        """P(theta_i > c) of each student and each rate c: see `inference.questions.above`."""
        from inference.questions.above import thresholds as above

        return above(self._posterior, counts, thresholds)

    def ranking(self, counts: Counts, *, key: jax.Array | None = None, interval: float = 0.9) -> pl.DataFrame:
        """Each group's probability of being best and worst, and its rank: see `inference.questions.ranking`."""
        from inference.questions.ranking import ranking

        return ranking(self._posterior, counts, key=key, interval=interval)

    def pairwise(self, counts: Counts, *, key: jax.Array | None = None) -> pl.DataFrame:
        """P(theta_i > theta_j) of every two groups: see `inference.questions.ranking`."""
        from inference.questions.ranking import pairwise

        return pairwise(self._posterior, counts, key=key)

    def predict(self, counts: Counts | None, n: "ArrayLike", *, interval: float = 0.9) -> pl.DataFrame:
        """The next `n` trials of each group and of an unseen one: see `inference.predict`."""
        from inference.questions.predict import predict

        return predict(self._posterior, counts, n, interval=interval)

    def evaluate(self, counts: Counts, later: Counts) -> "HeldOut":
        """How well later counts were predicted, with and without pooling: see `inference.evaluate`."""
        from inference.questions.evaluate import evaluate

        return evaluate(self._posterior, counts, later)

    def leave_one_out(self, counts: Counts, *, pit: bool = True) -> pl.DataFrame:
        """Each group predicted from all the others: see `inference.questions.leave_one_out`."""
        from inference.questions.leave_one_out import leave_one_out

        return leave_one_out(self._posterior, counts, pit=pit)

    def predictive_checks(self, counts: Counts, *, key: jax.Array, n_draws: int = 2_000) -> "PredictiveChecks":
        """Whether the model would produce rates like those observed: see `inference.questions.predictive_checks`."""
        from inference.questions.predictive_checks import predictive_checks

        return predictive_checks(self._posterior, counts, key=key, n_draws=n_draws)
