"""Functions of each group's own data and population, for every draw of the population: of any family, in float64."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from inference.draws.weighted import WeightedDraws
from inference.programs.batches import in_batches
from models import Hyperprior, Observations
from models.programs.threads import shared

NUMBERS_HELD = 4_000_000  # numbers that are held at once: 32 MB
NUMBERS_AT_ONCE = 200_000  # draws x groups that are computed at once

OfGroup = Callable[..., Any]
"""Function of family, the parameters of a group's population, its k, its design, and of further values of the group."""


class EachGroup:
    """The different groups of a table, each with its population for every draw of a posterior.

    Groups with the same data are computed once.

    Args:
        posterior: posterior of the population.
        counts: the groups.
        merged: whether rows with the same data are one group; if not, each row is a group.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
    """

    def __init__(self, posterior: WeightedDraws, counts: Observations, *, merged: bool = True):
        counts = posterior.as_learned(counts)
        self.posterior, self.counts = posterior, counts
        self.different = counts.rows if merged else counts
        self.row_of = np.asarray(counts.row_of) if merged else np.arange(len(counts))
        own = posterior.hyperprior.addresses
        self._own = {address: np.asarray(posterior.draws[address], np.float64) for address in own}
        self._draws = len(posterior.log_weights)

    def values(self, function: OfGroup, *others: Any, numbers: int = 1) -> Iterator[tuple[slice, Any]]:
        """A function of each different group and each draw, for some groups at a time.

        Args:
            function: an `OfGroup`, at the top level of a module: its compiled program is kept.
            others: further values of each different group, arrays with a leading axis of groups.
            numbers: how many numbers the function returns for each group.

        Yields:
            Which groups, and the values, shape (draws, groups, ...); of each array, if the function returns several.
        """
        groups = len(self.different)
        step = max(1, min(groups, NUMBERS_HELD // (self._draws * numbers)))
        batch = min(max(1, NUMBERS_AT_ONCE // (step * numbers)), self._draws)
        run = _compiled(self.posterior.hyperprior, function)
        for start in range(0, groups, step):
            stop = min(start + step, groups)
            # The last step repeats its last group, so that all steps have one shape and one compiled program.
            index = np.minimum(np.arange(start, start + step), groups - 1)
            with jax.enable_x64(True):  # not around `yield`, or the code that asks for values would run in x64 too
                trials, k = self.different.trials_of_rows, self.different.k_of_rows
                of_groups = tuple(jnp.asarray(other) for other in others)
                values = run(self._of_draws(), trials, k, index, of_groups, batch_size=batch)
            yield slice(start, stop), jax.tree.map(lambda x, some=stop - start: np.asarray(x)[:, :some], values)

    def expectation(self, function: OfGroup, *others: Any, numbers: int = 1) -> tuple[np.ndarray, np.ndarray]:
        """The posterior mean of a function of each different group, and its error.

        Args:
            function: as in `values`.
            others: as in `values`.
            numbers: as in `values`.

        Returns:
            Mean and error, each with a leading axis of different groups.
        """
        means, errors = [], []
        for _, values in self.values(function, *others, numbers=numbers):
            mean, error = self.posterior.expectation(values.reshape(len(values), -1))
            means.append(np.reshape(mean, values.shape[1:]))
            errors.append(np.reshape(error, values.shape[1:]))
        return np.concatenate(means), np.concatenate(errors)

    def of_table(self, values: np.ndarray) -> np.ndarray:
        """What was computed for each different group, for each row of the table."""
        return values[self.row_of]

    def _of_draws(self) -> dict[str, Any]:
        # A population that is known has no addresses; the index says how many draws there are.
        return {"own": {name: jnp.asarray(x) for name, x in self._own.items()}, "index": jnp.arange(self._draws)}


@shared
def _compiled(hyperprior: Hyperprior, function: OfGroup) -> Any:
    family = hyperprior.family

    @partial(jax.jit, static_argnames="batch_size")
    def run(draws: Any, trials: Any, k: Any, index: Any, others: tuple[Any, ...], *, batch_size: int) -> Any:
        of_groups = tuple(other[index] for other in others)

        def of_draw(draw: Any) -> Any:
            _, parameters = hyperprior.assess(draw["own"], trials)
            asked = parameters if hyperprior.is_shared else tuple(x[index] for x in parameters)
            each = hyperprior.of_each_student(asked, len(index))
            return jax.vmap(partial(function, family))(each, k[index], trials.design[index], *of_groups)

        return in_batches(of_draw, draws, batch_size)

    return run
