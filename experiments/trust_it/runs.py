"""One method on one pair of data set and hyperprior: what it says, whether it is right, whether it says "trust"."""

import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import jax

from experiments.trust_it.cases import block_of
from experiments.trust_it.families import case_of, hyperprior_of
from experiments.trust_it.judge import MOST_ERRORS_OFF, Check, checks
from experiments.trust_it.methods import METHODS
from experiments.trust_it.options import BETA
from experiments.trust_it.references import Reference, reference_of

RIGHT_TRUSTED, WRONG_TRUSTED = "trusted, right", "trusted, wrong"
RIGHT_NOT, WRONG_NOT = "not trusted, right", "not trusted, wrong"
REFUSED, NO_REFERENCE, RAISED = "exact refused", "no reference", "raised"


class Task(NamedTuple):
    """What identifies a run, together with the float type, which is set for the whole process.

    Args:
        number: number of the data set.
        hyperprior: its name, or FILE.py:NAME with an absolute path, because the process has a folder of its own; OWN if
            it is that of the family.
        method: its name.
        seed: seed of the data sets and of the methods' keys.
        family: of which the data set is a case.
    """

    number: int
    hyperprior: str
    method: str
    seed: int
    family: str = BETA

    @property
    def block(self) -> tuple[int, str]:
        """Tasks of one block share their compiled programs: all cases of a family that has one shape."""
        return block_of(self.number) if self.family == BETA else 0, self.hyperprior


def run_tasks(tasks: Iterable[Task]) -> Iterator[dict[str, Any]]:
    """Run the tasks, one after the other.

    Args:
        tasks: those of one data set should follow each other, because their reference is then computed once.

    Yields:
        For each task its fields, `float_type`, `outcome`, `verdict`, `distance` and `seconds`, the first of them with
        those of the reference; and, if there is an answer, the other fields of `judged`, `warned`, the warnings, and
        `reference`, by what it was judged.
    """
    for task in tasks:
        start = time.perf_counter()
        found = _outcome(task)
        precision = "x64" if jax.config.jax_enable_x64 else "float32"
        yield task._asdict() | {"float_type": precision} | found | {"seconds": round(time.perf_counter() - start, 2)}


def _outcome(task: Task) -> dict[str, Any]:
    reference = _reference(task.family, task.hyperprior, task.number, task.seed)
    if isinstance(reference.truth, str):
        outcome = REFUSED if task.family == BETA else NO_REFERENCE
        return {"outcome": outcome, "verdict": reference.truth, "distance": None}
    key = jax.random.fold_in(jax.random.key(task.seed), task.number)
    case = case_of(task.family, task.number, seed=task.seed, hyperprior=task.hyperprior)
    try:
        with warnings.catch_warnings(record=True) as caught:
            posterior = METHODS[task.method](hyperprior_of(task.family, task.hyperprior), case.counts, key)
            held, verdict = checks(posterior, reference.truth), posterior.verdict
    except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
        return {"outcome": RAISED, "verdict": f"{type(error).__name__}: {error}", "distance": None}
    warned = sorted({str(warning.message)[:200] for warning in caught})
    return judged(held, verdict) | {"warned": warned, "reference": reference.by, "kind": case.kind}


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
def _reference(family: str, hyperprior: str, number: int, seed: int) -> Reference:
    return reference_of(family, hyperprior, number, seed)
