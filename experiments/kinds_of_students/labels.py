"""Label switching: chains and normal approximations of kinds that nothing puts in order, and the cure.

Without an order the posterior is symmetric, so that whatever the counts are

    P(mean_1 < mean_2 | counts) = 1/2,    E[share_1 | counts] = 1/2,    E[mean_1 | counts] = E[mean_2 | counts].

Those are the right answers, and they are about neither kind. An algorithm that stays at one of the two equal peaks gets
others, and log Z less log 2. What does not depend on the names of the kinds is right even so, such as a student's rate.

References:
    Stephens (2000), Dealing with label switching in mixture models. Jasra, Holmes & Stephens (2005), Markov chain Monte
    Carlo methods and the label switching problem in Bayesian mixture modeling. Betancourt (2017), Identifying Bayesian
    mixture models: the cure by order.
"""

from collections.abc import Callable, Mapping

import jax
import numpy as np
import polars as pl

from experiments.kinds_of_students.classes import EMI, newcomers
from experiments.kinds_of_students.each_kind import estimates, kinds_of
from experiments.kinds_of_students.options import KindsOfStudents
from experiments.kinds_of_students.programs import kinds_in_order, kinds_without_order
from experiments.methods.learned import RQMC, Learned, learn_and_time
from inference import McmcPosterior, Posterior, mcmc, rqmc, vi
from models import Counts, aggregated

NUTS, VI = "NUTS", "VI"
WITHOUT_ORDER, IN_ORDER = "without order", "in order"
PROGRAMS = {WITHOUT_ORDER: kinds_without_order, IN_ORDER: kinds_in_order}


def learn_labels(counts: Counts, options: KindsOfStudents, *, key: jax.Array) -> dict[str, dict[str, Learned]]:
    """Learn two kinds by NUTS, VI and rqmc, without order and in order.

    Args:
        counts: the class.
        options: draws of each chain, after half as many of warm-up, and points of rqmc. If quick, there is no VI, which
            takes seconds to compile.
        key: JAX random key.

    Returns:
        What was learned, by program and method.
    """
    learned = {}
    for i, (program, hyperprior) in enumerate(PROGRAMS.items()):
        model, keys = aggregated(hyperprior(2)), jax.random.split(jax.random.fold_in(key, i), 3)
        methods: dict[str, Callable[[], Posterior]] = {
            NUTS: lambda model=model, key=keys[0]: mcmc(
                model, counts, key=key, n_warmup=options.draws // 2, n_draws=options.draws
            ),
            RQMC: lambda of=hyperprior, key=keys[1]: rqmc(of(2), counts, key=key, n_points=options.points),
        }
        if not options.quick:
            methods[VI] = lambda model=model, key=keys[2]: vi(model, counts, key=key)
        learned[program] = learn_and_time(methods, repeats=0)
    return learned


def first_is_lower(posterior: Posterior) -> np.ndarray:
    """P(mean_1 < mean_2 | counts), by chain if the draws are those of chains.

    Args:
        posterior: posterior of two kinds.

    Returns:
        Probabilities, shape (chains,), or (1,).
    """
    means = kinds_of(posterior).means
    is_lower = (means[:, 0] < means[:, 1]).astype(float)
    if isinstance(posterior, McmcPosterior):
        return is_lower.reshape(posterior.n_chains, -1).mean(axis=1)
    return np.array([float(posterior.expectation(is_lower)[0])])


def label_table(learned: Mapping[str, Mapping[str, Learned]]) -> pl.DataFrame:
    """What each method says of the kind that it calls the first, and of Emi.

    Args:
        learned: by program and method.

    Returns:
        A row per program and method: first_is_lower, the probability by chain, as text; mean_1 and mean_2, the means of
        both kinds; rate, Emi's; log_z, the lower bound for VI, null for NUTS; each with its error; rhat; ess;
        trusted, whether the verdict begins with "trust".
    """
    rows = []
    for program, methods in learned.items():
        for method, (posterior, _, _) in methods.items():
            found = estimates(posterior)
            of_student = posterior.shrinkage(newcomers()).row(by_predicate=pl.col("name") == EMI, named=True)
            rows.append(
                {
                    "program": program,
                    "method": method,
                    "first_is_lower": " ".join(f"{p:.2f}" for p in first_is_lower(posterior)),
                    "mean_1": found["mean 1"].value,
                    "mean_1_error": found["mean 1"].error,
                    "mean_2": found["mean 2"].value,
                    "mean_2_error": found["mean 2"].error,
                    "rate": of_student["mean"],
                    "rate_error": of_student["mean_error"],
                    "log_z": None if method == NUTS else posterior.log_evidence,
                    "log_z_error": None if method == NUTS else posterior.log_evidence_error,
                    "rhat": posterior.rhat if isinstance(posterior, McmcPosterior) else None,
                    "ess": posterior.ess,
                    "trusted": "yes" if posterior.verdict.startswith("trust") else "no",
                }
            )
    return pl.DataFrame(rows, infer_schema_length=None)
