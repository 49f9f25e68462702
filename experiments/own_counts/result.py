"""What `own-counts` read, learned and answered."""

from typing import NamedTuple

from experiments.methods.learned import EXACT, Learned
from experiments.own_counts.answers import Answers
from experiments.own_counts.hyperpriors import Hyperpriors
from experiments.own_counts.strata.learn import Strata
from models import Counts, Events


class Result(NamedTuple):
    """What was read, learned and answered.

    Args:
        counts: the groups; of a large file the different (k, n).
        later: counts of the same groups afterwards, if the file has them.
        learned: what each method learned, "exact" last.
        answers: what each of them answers.
        hyperpriors: the same groups under other hyperpriors, if they are compared.
        is_large: whether the file is streamed.
        read: what was read, in sentences.
        reading_seconds: seconds.
        answering_seconds: seconds of all answers.
        interval: probability of the intervals in all answers.
        strata: what was learned of each stratum, if the file is split by a column.
    """

    counts: Counts | Events
    later: Counts | Events | None
    learned: dict[str, Learned]
    answers: dict[str, Answers]
    hyperpriors: Hyperpriors | None
    is_large: bool
    read: list[str]
    reading_seconds: float
    answering_seconds: float
    interval: float

    strata: Strata | None = None

    @property
    def sampled(self) -> str | None:
        """The method that stands next to exact, if there is one."""
        return next((method for method in self.learned if method != EXACT), None)
