"""What a posterior says of each kind: its share, mean and concentration, and who belongs to it."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
from scipy.special import softmax

from experiments.methods.learned import Estimate
from inference import Posterior, closed_form
from models import Counts


class Kinds(NamedTuple):
    """The kinds of each draw of a population; each of shape (N, K)."""

    shares: np.ndarray  # of sum 1
    means: np.ndarray  # of the rates of the students of a kind
    lam: np.ndarray  # how alike these are, in pseudo-trials


def kinds_of(posterior: Posterior) -> Kinds:
    """The kinds at each draw of a posterior, in float64; a population of one Beta is one kind.

    Args:
        posterior: posterior of a population of `kinds_in_order` or `kinds_without_order`.

    Returns:
        Shares, means and concentrations.
    """
    hyperprior = posterior.hyperprior
    with jax.enable_x64(True):
        own = {name: jnp.asarray(np.asarray(posterior.draws[name], np.float64)) for name in hyperprior.addresses}
        parameters = jax.device_get(jax.vmap(lambda values: hyperprior.assess(values)[1])(own))
    if hyperprior.has_one_beta:
        a, b = (values[:, None] for values in parameters)
        return Kinds(np.ones_like(a), a / (a + b), a + b)
    log_shares, a, b = parameters
    return Kinds(np.exp(log_shares), a / (a + b), a + b)


def estimates(posterior: Posterior) -> dict[str, Estimate]:
    """The share, mean and concentration of each kind and log Z, each with its standard error.

    Args:
        posterior: as of `kinds_of`.

    Returns:
        The estimates by name: "share 1", "mean 1", "lam 1", ..., "log Z".
    """
    found = {}
    for name, values in zip(("share", "mean", "lam"), kinds_of(posterior), strict=True):
        means, errors = posterior.expectation(values)
        found |= {
            f"{name} {c}": Estimate(float(mean), float(error))
            for c, (mean, error) in enumerate(zip(means, errors, strict=True), start=1)
        }
    return found | {"log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error)}


def kind_probabilities(posterior: Posterior, counts: Counts) -> pl.DataFrame:
    """Of which kind each student is, by Bayes' rule in closed form at each draw of the population.

        P(kind_i = c | counts) = E[share_c p(k_i | a_c, b_c) / sum_d share_d p(k_i | a_d, b_d)]

    p is the beta-binomial pmf, and E the posterior mean over the population.

    Args:
        posterior: as of `kinds_of`, learned from the counts.
        counts: the students.

    Returns:
        A row per student: name, k, n, and p_1, p_2, ..., each with its error p_1_error, ....
    """
    shares, means, lam = kinds_of(posterior)
    a, b = lam * means, lam * (1 - means)
    rows = []
    for name, k, n in zip(counts.names, counts.k.tolist(), counts.n.tolist(), strict=True):
        student = Counts([k], [n])
        of_k = np.stack([closed_form(student, *kind) for kind in zip(a.T, b.T, strict=True)], axis=1)
        probability, error = posterior.expectation(softmax(np.log(shares) + of_k, axis=1))
        row = {"name": name, "k": k, "n": n}
        for c, numbers in enumerate(zip(probability, error, strict=True), start=1):
            row |= dict(zip((f"p_{c}", f"p_{c}_error"), map(float, numbers), strict=True))
        rows.append(row)
    return pl.DataFrame(rows)
