"""The answer that all methods on a data set are compared with, or why there is none.

It is that of `exact` where that answers. Elsewhere, for populations of more than three numbers and for posteriors that
no lattice resolves, it is that of `rqmc` with many points. Its errors are far smaller than those of the methods, and
are added to theirs. It counts if its verdict trusts it, and if a second `rqmc`, with a key of its own and fewer points,
is right by the rule by which every method is judged.
"""

from typing import NamedTuple

import jax

from experiments.trust_it.families import case_of, hyperprior_of, judged_numbers
from experiments.trust_it.judge import MOST_ERRORS_OFF, Truth, checks, truth_of
from experiments.trust_it.options import BETA
from inference import Posterior, QuadratureError, exact, rqmc
from inference.programs.populations import exact_applies
from models import Hyperprior, Observations

POINTS, FEWER_POINTS = 2**13, 2**12  # of each of 16 scrambles
OF_REFERENCE = 10**9  # folded into a case's key, so that references have keys of their own


class Reference(NamedTuple):
    """The numbers that a method is compared with.

    Args:
        by: "exact" or "rqmc"; empty if there is none.
        truth: the numbers; without them, why there are none.
    """

    by: str
    truth: Truth | str


def reference_of(family: str, hyperprior: str, number: int, seed: int) -> Reference:
    """The numbers that every method on a case is compared with.

    Args:
        family: BETA, or a name of POPULATIONS.
        hyperprior: its name, for one Beta.
        number: number of the case.
        seed: of the cases.

    Returns:
        For one Beta those of `exact`; for other families those of `exact` or, failing that, of `rqmc`.
    """
    of, counts = hyperprior_of(family, hyperprior), case_of(family, number, seed=seed, hyperprior=hyperprior).counts
    judged = judged_numbers(family)
    if family == BETA or exact_applies(of, counts.trials):
        found = by_exact(of, counts, judged)
        if family == BETA or found.by:
            return found
    key = jax.random.fold_in(jax.random.fold_in(jax.random.key(seed), number), OF_REFERENCE)
    return by_rqmc(of, counts, judged, jax.random.split(key))


def by_exact(
    hyperprior: Hyperprior, counts: Observations, judged: tuple[tuple[str, ...], tuple[str, ...]]
) -> Reference:
    """By quadrature.

    Args:
        hyperprior: the prior of the population.
        counts: the data.
        judged: names of the numbers whose mean is judged, and of those whose median is.

    Returns:
        The numbers; or the error of `exact`. It must trust itself too, except on one Beta, where only rounding is large
        enough to be doubted, and is added to the errors of the methods.
    """
    try:
        posterior = exact(hyperprior, counts)
        found = Reference("exact", truth_of(posterior, counts, *judged))
        return found if hyperprior.has_one_beta else _trusted(posterior, found)
    except QuadratureError as error:
        return Reference("", f"{type(error).__name__}: {error}")


def by_rqmc(
    hyperprior: Hyperprior, counts: Observations, judged: tuple[tuple[str, ...], tuple[str, ...]], keys: jax.Array
) -> Reference:
    """By randomised quasi-Monte Carlo, twice.

    Args:
        hyperprior: the prior of the population.
        counts: the data.
        judged: names of the numbers whose mean is judged, and of those whose median is.
        keys: two JAX random keys.

    Returns:
        The numbers of the first; or why they are not trusted.
    """
    try:
        posterior = rqmc(hyperprior, counts, key=keys[0], n_points=POINTS)
        second = rqmc(hyperprior, counts, key=keys[1], n_points=FEWER_POINTS)
        truth = truth_of(posterior, counts, *judged)
        off = {name: check.distance for name, check in checks(second, truth).items()}
    except (ArithmeticError, ValueError) as error:
        return Reference("", f"{type(error).__name__}: {error}")
    worst = max(off, key=lambda name: off[name])
    if not off[worst] < MOST_ERRORS_OFF:
        return Reference("", f"two runs of rqmc differ by {off[worst]:.2g} errors in {worst}")
    if not second.verdict.startswith("trust"):
        return Reference("", f"the second rqmc: {second.verdict}")
    return _trusted(posterior, Reference("rqmc", truth))


def _trusted(posterior: Posterior, found: Reference) -> Reference:
    return found if posterior.verdict.startswith("trust") else Reference("", posterior.verdict)
