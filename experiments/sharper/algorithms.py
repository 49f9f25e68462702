"""The algorithms that sharper compares, ready to run on one class, and what each learned in numbers."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import numpy as np

from experiments.methods.learned import EXACT, Learned
from inference import McmcPosterior, Posterior, conjugate_proposal, exact, importance, mcmc, normal_proposal, smc, vi
from inference.algorithms.mcmc import Algorithm
from models import Counts, explicit, marginal, mean_concentration

STUDENTS = 100  # of the largest class
NAMES = ("mu", "lam")
CHAINS: tuple[Algorithm, ...] = ("nuts", "hmc", "mala", "mh")
PRIOR, NORMAL = "importance, from the prior", "importance, from vi's normal"
SOON_COMPILED = (PRIOR, "mh", EXACT)


class Sizes(NamedTuple):
    """How long the algorithms run."""

    particles: int
    smc_particles: int
    warmup: int
    draws: int  # of each of four chains
    steps: int  # of vi


FULL = Sizes(particles=20_000, smc_particles=4_000, warmup=500, draws=1_000, steps=1_000)
QUICK = Sizes(particles=2_000, smc_particles=800, warmup=100, draws=200, steps=200)


def algorithms(counts: Counts, key: jax.Array, sizes: Sizes) -> dict[str, Callable[[], Posterior]]:
    """Every algorithm, ready to run on one class.

    Args:
        counts: the class.
        key: JAX random key.
        sizes: how long they run.

    Returns:
        Functions that return a posterior, by name; "exact" last.
    """
    # Students without trials do not change the weights; padded with them, all classes share one compiled program.
    whole, empty = counts, STUDENTS - len(counts)
    counts = Counts(np.pad(whole.k, (0, empty)), np.pad(whole.n, (0, empty)))
    hyperprior = mean_concentration()
    model, several = marginal(hyperprior), {"n_warmup": sizes.warmup, "n_draws": sizes.draws}

    def from_normal() -> Posterior:
        normal = vi(model, counts, key=key, n_steps=sizes.steps)
        proposed = {"proposal": normal_proposal(hyperprior), "proposal_args": normal.proposal_args}
        return importance(model, counts, key=key, n_particles=sizes.particles, **proposed)

    found: dict[str, Callable[[], Posterior]] = {
        PRIOR: lambda: importance(model, counts, key=key, n_particles=sizes.particles),
        "importance, conjugate theta": lambda: importance(
            explicit(hyperprior),
            whole,
            key=key,
            n_particles=sizes.particles,
            proposal=conjugate_proposal(hyperprior),
        ),
        NORMAL: from_normal,
        "vi": lambda: vi(model, counts, key=key, n_steps=sizes.steps),
        "smc": lambda: smc(model, counts, key=key, n_particles=sizes.smc_particles),
    }
    for kernel in CHAINS:
        found[kernel] = lambda kernel=kernel: mcmc(model, counts, key=key, algorithm=kernel, **several)
    return found | {EXACT: lambda: exact(hyperprior, whole)}


def row(name: str, method: str, learned: Learned, truth: Posterior) -> dict[str, Any]:
    """One algorithm on one class, in numbers.

    Args:
        name: name of the class.
        method: name of the algorithm.
        learned: its posterior and seconds.
        truth: the exact posterior.

    Returns:
        class, method; for mu and lam the distance of the mean from the exact one and its error, in exact sds; ess, of
        lam; log_evidence, its error and its distance from the exact one; khat, rhat, divergences (null where an
        algorithm has none); verdict.
    """
    posterior = learned.posterior
    found: dict[str, Any] = {"class": name, "method": method}
    for address in NAMES:
        sd = truth.sd(address)
        found[f"{address}_off"] = (posterior.mean(address) - truth.mean(address)) / sd
        found[f"{address}_error"] = posterior.mean_error(address) / sd
    is_sampled, is_chains = method != EXACT, isinstance(posterior, McmcPosterior)
    return found | {
        "ess": (posterior.sd("lam") / posterior.mean_error("lam")) ** 2 if is_sampled else None,
        "log_evidence": None if is_chains else posterior.log_evidence,
        "log_evidence_error": None if is_chains else posterior.log_evidence_error,
        "log_evidence_off": None if is_chains else posterior.log_evidence - truth.log_evidence,
        "khat": posterior.khat if is_sampled and not is_chains else None,
        "rhat": posterior.rhat if isinstance(posterior, McmcPosterior) else None,
        "divergences": int(posterior.divergences.sum()) if isinstance(posterior, McmcPosterior) else None,
        "verdict": posterior.verdict,
    }
