"""One method on one pair of data set and hyperprior: what it says, whether it is right, whether it says "trust"."""

import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax

from experiments.methods.hyperpriors import hyperprior_named
from experiments.trust_it.cases import Case, block_of, case
from experiments.trust_it.judge import MOST_ERRORS_OFF, Check, Truth, checks, truth_of
from experiments.trust_it.methods import METHODS
from inference import QuadratureError, exact

RIGHT_TRUSTED, WRONG_TRUSTED = "trusted, right", "trusted, wrong"
RIGHT_NOT, WRONG_NOT = "not trusted, right", "not trusted, wrong"
REFUSED, RAISED = "exact refused", "raised"


class Task(NamedTuple):
    """What identifies a run, together with the float type, which is set for the whole process.

    Args:
        number: number of the data set.
        hyperprior: its name, or FILE.py:NAME with an absolute path, because the process has a folder of its own.
        method: its name.
        seed: seed of the data sets and of the methods' keys.
    """

    number: int
    hyperprior: str
    method: str
    seed: int

    @property
    def block(self) -> tuple[int, str]:
        """Tasks of one block share their compiled programs."""
        return block_of(self.number), self.hyperprior


def run_tasks(tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
    """Run the tasks, one after the other.

    Args:
        tasks: those of one data set should follow each other, because `exact` is then called once for all of them.

    Yields:
        For each task its fields, `float_type`, `outcome`, `verdict`, `distance` and `seconds`; and, if there is an
        answer, the other fields of `judged`, and `warned`, the warnings.
    """
    for task in tasks:
        start = time.perf_counter()
        found = _outcome(task)
        precision = "x64" if jax.config.jax_enable_x64 else "float32"
        yield task._asdict() | {"float_type": precision} | found | {"seconds": round(time.perf_counter() - start, 2)}


def _outcome(task: Task) -> dict[str, Any]:
    of_task, truth = _exactly(task.number, task.hyperprior, task.seed)
    if isinstance(truth, str):
        return {"outcome": REFUSED, "verdict": truth, "distance": None}
    key = jax.random.fold_in(jax.random.key(task.seed), task.number)
    try:
        with warnings.catch_warnings(record=True) as caught:
            posterior = METHODS[task.method](hyperprior_named(task.hyperprior), of_task.counts, key)
            held, verdict = checks(posterior, truth), posterior.verdict
    except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
        return {"outcome": RAISED, "verdict": f"{type(error).__name__}: {error}", "distance": None}
    return judged(held, verdict) | {"warned": sorted({str(warning.message)[:200] for warning in caught})}


def judged(held: Mapping[str, Check], verdict: str) -> dict[str, Any]:
    """Which of the four combinations of right and trusted a posterior is.

    Args:
        held: its numbers compared with the exact ones, from `judge.checks`.
        verdict: its own verdict.

    Returns:
        `outcome`; `verdict`; `worst`, the name of the number that is furthest off; `distance`, how many errors it is
        off; and `numbers`, every check with its distance.
    """
    off = {name: check.distance for name, check in held.items()}
    worst = max(off, key=lambda name: off[name])
    is_right, is_trusted = off[worst] < MOST_ERRORS_OFF, verdict.startswith("trust")
    return {
        "outcome": ((WRONG_NOT, RIGHT_NOT), (WRONG_TRUSTED, RIGHT_TRUSTED))[is_trusted][is_right],
        "verdict": verdict,
        "worst": worst,
        "distance": off[worst],
        "numbers": {name: [*check, off[name]] for name, check in held.items()},
    }


@lru_cache(maxsize=1)  # the methods of one data set come one after the other
def _exactly(number: int, hyperprior: str, seed: int) -> tuple[Case, Truth | str]:
    of_number = case(number, seed=seed, hyperprior=hyperprior)
    try:
        counts = of_number.counts
        return of_number, truth_of(exact(hyperprior_named(hyperprior), counts), counts)
    except QuadratureError as error:
        return of_number, f"{type(error).__name__}: {error}"
