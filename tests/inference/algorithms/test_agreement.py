"""Every algorithm against `exact`, under several hyperpriors and on several data sets: it agrees, or says why not.

A new algorithm is one more line of ALGORITHMS; a new hyperprior or data set is one more line of its table. All data
sets have six students and the same largest n, so that an algorithm is compiled once for each hyperprior.
"""

from collections.abc import Callable
from functools import cache
from itertools import product
from math import inf, isnan
from typing import NamedTuple

import jax
import pytest
import scipy.stats

from experiments.data.classrooms import classroom_a, classroom_b
from inference import (
    ExactPosterior,
    Posterior,
    QuadratureError,
    ViPosterior,
    conjugate_proposal,
    exact,
    importance,
    mcmc,
    normal_proposal,
    rqmc,
    smc,
    vi,
)
from inference.draws.verdict import LOWEST_ESS
from models import Counts, Hyperprior, aggregated, bda3, box, explicit, half_cauchy, marginal, mean_concentration

KEY = jax.random.key(0)
N_PARTICLES = 20_000
N_ISLANDS = 40

DATA = {"A": classroom_a(), "B": classroom_b()}
HYPERPRIORS = {"box": box(), "mean_concentration": mean_concentration(), "half_cauchy": half_cauchy(), "bda3": bda3()}


def importance_of(form, proposal=None):
    def learn(hyperprior: Hyperprior, counts: Counts) -> Posterior:
        proposed = proposal(hyperprior) if proposal else None
        return importance(form(hyperprior), counts, key=KEY, n_particles=N_PARTICLES, proposal=proposed)

    return learn


def importance_from_vi(hyperprior: Hyperprior, counts: Counts) -> Posterior:
    fitted = by_vi(hyperprior, counts).proposal_args
    proposal = normal_proposal(hyperprior)
    return importance(
        marginal(hyperprior), counts, key=KEY, n_particles=N_PARTICLES, proposal=proposal, proposal_args=fitted
    )


@cache
def by_vi(hyperprior: Hyperprior, counts: Counts) -> ViPosterior:
    return vi(marginal(hyperprior), counts, key=KEY)


def by_smc(hyperprior: Hyperprior, counts: Counts) -> Posterior:
    return smc(marginal(hyperprior), counts, key=KEY, n_particles=4_000, n_islands=N_ISLANDS)


def by_rqmc(hyperprior: Hyperprior, counts: Counts) -> Posterior:
    return rqmc(hyperprior, counts, key=KEY)


def chains_of(algorithm: str):
    return lambda hyperprior, counts: mcmc(marginal(hyperprior), counts, key=KEY, algorithm=algorithm)


class Algorithm(NamedTuple):
    """An algorithm, and what is expected of it.

    Args:
        learn: its answer.
        default: the hyperpriors that it is tested under in the default selection.
        costly: those under the mark `costly`.
        slow: those under the mark `slow`; all others have the mark `long`.
        not_trusted: hyperprior and data set of each answer that must not be trusted.
        reason: how the verdict of these begins.
        degrees: degrees of freedom of its standard errors.
        has_evidence: whether it gives log Z.
    """

    learn: Callable[[Hyperprior, Counts], Posterior]
    default: tuple[str, ...] = ()
    costly: tuple[str, ...] = ()
    slow: tuple[str, ...] = ()
    not_trusted: tuple[str, ...] = ()
    reason: str = "do not trust: ESS"
    degrees: float = inf
    has_evidence: bool = True


def everywhere_but(trusted: str) -> tuple[str, ...]:
    return tuple(f"{name} {data}" for name, data in product(HYPERPRIORS, DATA) if f"{name} {data}" != trusted)


# Which hyperpriors, by how long an algorithm compiles: seconds, or ten to twenty of them. In the default selection the
# files of the slower algorithms test them on random counts.
QUICK = {"default": ("mean_concentration",), "costly": ("box",), "slow": tuple(HYPERPRIORS)}
COSTLY = {"slow": ("mean_concentration", "half_cauchy")}
CHAINS = {"reason": "do not trust: R-hat", "has_evidence": False}

ALGORITHMS = {
    "importance, marginal": Algorithm(importance_of(marginal), not_trusted=("box B",), **QUICK),
    "importance, aggregated": Algorithm(importance_of(aggregated), not_trusted=("box B",), **QUICK),
    "importance, explicit": Algorithm(
        importance_of(explicit),
        costly=("mean_concentration", "box"),
        slow=("half_cauchy", "bda3"),
        not_trusted=("mean_concentration B", "box B", "half_cauchy B", "bda3 A", "bda3 B"),
    ),
    "importance, conjugate": Algorithm(
        importance_of(explicit, conjugate_proposal),
        costly=("mean_concentration", "box"),
        slow=("half_cauchy", "bda3"),
        not_trusted=("box B",),
    ),
    "importance, normal": Algorithm(importance_from_vi, **COSTLY),
    "smc": Algorithm(by_smc, degrees=N_ISLANDS - 1, **COSTLY),
    "rqmc": Algorithm(
        by_rqmc, degrees=15, default=("mean_concentration",), costly=("box",), slow=("half_cauchy", "bda3")
    ),
    "vi": Algorithm(
        by_vi,
        not_trusted=everywhere_but("half_cauchy B"),
        reason="do not trust: the posterior is not close to a normal",
        **COSTLY,
    ),
    "nuts": Algorithm(chains_of("nuts"), **COSTLY, **CHAINS),
    "mh": Algorithm(
        chains_of("mh"),
        not_trusted=everywhere_but("bda3 B"),
        **COSTLY,
        **CHAINS,
    ),
    "hmc": Algorithm(chains_of("hmc"), **CHAINS),
    "mala": Algorithm(
        chains_of("mala"),
        not_trusted=("box A", "box B", "half_cauchy A", "bda3 A", "bda3 B"),
        **CHAINS,
    ),
}
CASES = list(product(ALGORITHMS, HYPERPRIORS, DATA))
QUESTIONS = ["a", "b", "mu", "lam", "log Z", "rate"]
FALSE_ALARMS = 1e-3  # probability that any comparison of a run of all cases fails, although every algorithm is right


def case(algorithm: str, hyperprior: str, data: str):
    expected = ALGORITHMS[algorithm]
    if hyperprior in expected.default:
        return pytest.param(algorithm, hyperprior, data)
    costly_or_slow = pytest.mark.costly if hyperprior in expected.costly else pytest.mark.slow
    marks = costly_or_slow if hyperprior in (*expected.costly, *expected.slow) else pytest.mark.long
    return pytest.param(algorithm, hyperprior, data, marks=marks)


@cache
def truth(hyperprior: str, data: str) -> ExactPosterior:
    return exact(HYPERPRIORS[hyperprior], DATA[data])


def has_standard_error(posterior: ExactPosterior, name: str) -> bool:
    """Whether the sd exists, and with it the mean: else a mean of draws has no standard error."""
    try:
        return posterior.sd(name) > 0
    except QuadratureError:
        return False


def answers(posterior: Posterior, names: list[str], counts: Counts) -> dict[str, tuple[float, float]]:
    """By question the answer and its error; the rate is that of the student with the fewest trials."""
    last = posterior.shrinkage(counts).row(-1, named=True)
    found = {name: (posterior.mean(name), posterior.mean_error(name)) for name in names}
    found |= {"log Z": (posterior.log_evidence, posterior.log_evidence_error)}
    return found | {"rate": (last["mean"], last["mean_error"])}


@pytest.mark.parametrize(("algorithm", "hyperprior", "data"), [case(*names) for names in CASES])
def test_an_algorithm_agrees_with_exact_or_says_why_not(algorithm, hyperprior, data):
    expected, counts, exactly = ALGORITHMS[algorithm], DATA[data], truth(hyperprior, data)
    posterior = expected.learn(HYPERPRIORS[hyperprior], counts)
    is_trusted = f"{hyperprior} {data}" not in expected.not_trusted
    assert posterior.verdict.startswith("trust" if is_trusted else expected.reason)
    assert isnan(posterior.log_evidence) != expected.has_evidence
    if posterior.ess < LOWEST_ESS:  # then its standard errors mean nothing
        assert not is_trusted
        return
    names = [name for name in ("a", "b", "mu", "lam") if has_standard_error(exactly, name)]
    assert "mu" in names
    # One comparison is off by more in so many runs that any of all is in FALSE_ALARMS of them.
    most = scipy.stats.t.isf(FALSE_ALARMS / (2 * len(CASES) * len(QUESTIONS)), expected.degrees)
    found, right = (answers(each, names, counts) for each in (posterior, exactly))
    for question in found if expected.has_evidence else found.keys() - {"log Z"}:
        value, error = found[question]
        assert abs(value - right[question][0]) < most * error, question
