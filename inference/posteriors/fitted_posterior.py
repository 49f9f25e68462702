"""Weighted draws from a proposal that was fitted to the counts: further counts have it fitted anew."""

from collections.abc import Callable
from dataclasses import dataclass

from inference.draws.more_data import all_counts
from inference.posteriors.posterior import Posterior
from models import Observations
from models.numerics.arithmetic import methods_in_own_arithmetic


@methods_in_own_arithmetic
@dataclass(frozen=True, eq=False, repr=False)
class FittedPosterior(Posterior):
    """Weighted draws from a proposal that was fitted to the counts.

    Args:
        learn: function of counts that fits the proposal to them and draws from it; defined at the top level of a
            module, so that it can be pickled.
    """

    learn: Callable[[Observations], Posterior]

    def with_more(self, counts: Observations) -> Posterior:
        """The posterior given further counts too: the proposal is fitted anew. See `Posterior.with_more`."""
        return self.learn(all_counts(self, counts))
