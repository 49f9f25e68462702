"""The programs that are calibrated: every form and every algorithm, and one that is wrong."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
from genjax import binomial, gen

from inference.programs.conjugate_proposal import conjugate_proposal
from inference.studies.many_data_sets import ManyDraws, importance_draws, mcmc_draws
from inference.studies.one_by_one import rqmc_draws, smc_draws, vi_draws
from models import aggregated, explicit, logit_beta, marginal, mean_concentration

MARGINAL = "marginal, importance"
BIASED = "marginal, VI"
PLANTED = "planted error"
ONE_BY_ONE = ("marginal, SMC", "rqmc", BIASED)  # which learn from one data set after the other

Learner = Callable[..., ManyDraws]


class Sizes(NamedTuple):
    """How long each method runs on each data set."""

    n_draws: int  # L, the draws among which a true value is ranked
    importance: dict[str, int]
    mcmc: dict[str, int]
    smc: dict[str, int]
    rqmc: dict[str, int]
    vi: dict[str, int]
    only: tuple[str, ...] = ()  # methods that are run; all of them if empty


FULL = Sizes(
    n_draws=100,
    importance={"n_particles": 4_000},
    mcmc={"n_chains": 2, "n_warmup": 200, "n_transitions": 300},
    smc={"n_particles": 400, "n_islands": 20},
    rqmc={"n_points": 512, "n_scrambles": 8},
    vi={"n_steps": 500},
)
QUICK = Sizes(
    n_draws=20,
    importance={"n_particles": 500},
    mcmc={"n_chains": 2, "n_warmup": 100, "n_transitions": 100},
    smc={"n_particles": 200, "n_islands": 10},
    rqmc={"n_points": 128, "n_scrambles": 4},
    vi={"n_steps": 100},
    only=(MARGINAL,),
)


@gen
def mistaken_student(a, b, n):
    """Wrong on purpose: meant as theta ~ Beta(a, b), k ~ Binomial(n, theta), but k ~ Binomial(n, sigmoid(theta))."""
    log_odds = logit_beta(a, b) @ "log_odds"
    return binomial(n, jax.nn.sigmoid(log_odds)) @ "k"  # the second positional argument is log-odds


def learners_of(sizes: Sizes) -> dict[str, Learner]:
    """Every form with importance sampling, and other algorithms with one form: compiling more would take minutes."""
    hyperprior = mean_concentration()
    conjugate = partial(importance_draws, explicit(hyperprior), proposal=conjugate_proposal(hyperprior))
    nuts, hmc = (partial(mcmc_draws, algorithm=algorithm, **sizes.mcmc) for algorithm in ("nuts", "hmc"))
    every = {
        MARGINAL: partial(importance_draws, marginal(hyperprior), **sizes.importance),
        "conjugate proposal, importance": partial(conjugate, **sizes.importance),
        "aggregated, importance": partial(importance_draws, aggregated(hyperprior), **sizes.importance),
        "marginal, NUTS": partial(nuts, marginal(hyperprior)),
        "marginal, HMC": partial(hmc, marginal(hyperprior)),
        "marginal, SMC": partial(smc_draws, marginal(hyperprior), **sizes.smc),
        "rqmc": partial(rqmc_draws, hyperprior, **sizes.rqmc),
        BIASED: partial(vi_draws, marginal(hyperprior), **sizes.vi),
    }
    return {method: learner for method, learner in every.items() if method in (sizes.only or every)}
