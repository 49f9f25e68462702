"""Simulation-based calibration: over data sets drawn from the model, truths rank uniformly among posterior draws.

    (a, b) ~ hyperprior,  theta_i ~ Beta(a, b),  k_i ~ Binomial(n_i, theta_i);    x_1, ..., x_L ~ p(x | k)

If the draws are independent ones of the very posterior, the true x and the x_l are exchangeable, and so the rank of the
true x among them is uniform on 0, ..., L, for every x: mu, lam, and a student's theta. A program that is wrong
anywhere, in the model, the weights or the sampler, has other ranks.

References:
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), Validating Bayesian inference algorithms with
    simulation-based calibration, theorem 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from genjax import seed
from genjax.core import Fn

from inference.exact import exact
from inference.many import ManyDraws
from inference.mixture import beta_cdf
from models import Counts, Hyperprior, hyperprior_of, logit_beta

NAMES = ("mu", "lam", "theta")


class DataSets(NamedTuple):
    """D data sets with the same trials, and what they were drawn from.

    Args:
        a: true a, shape (D,).
        b: true b, shape (D,).
        log_odds: true logit theta of every student, shape (D, students).
        counts: the data sets.
    """

    a: np.ndarray
    b: np.ndarray
    log_odds: np.ndarray
    counts: Sequence[Counts]

    def first(self, number: int) -> "DataSets":
        """The first few of them."""
        return DataSets(self.a[:number], self.b[:number], self.log_odds[:number], self.counts[:number])

    def truth(self, student: int) -> dict[str, np.ndarray]:
        """True mu, lam and logit theta of a student, each (D,)."""
        return _named(self.a, self.b, self.log_odds[:, student])


def data_sets(model: Fn[Any], n: Sequence[int], *, key: jax.Array, number: int) -> DataSets:
    """Draw data sets from a program that draws every student's rate.

    Args:
        model: classroom with the addresses "log_odds" and "k" of each student, such as `explicit(hyperprior)`.
        n: trials of each student.
        key: JAX random key.
        number: D.

    Returns:
        The data sets and their truths.
    """
    trials = Counts(k=np.zeros_like(n), n=n).trials
    keys = jax.random.split(key, number)
    choices = jax.jit(jax.vmap(lambda key: seed(model.simulate)(key, trials).get_choices()))(keys)
    (a, b), students = _populations(model, choices), choices["students"]
    k = np.asarray(students["k"]).astype(int)
    return DataSets(a, b, np.asarray(students["log_odds"]), [Counts(k=one, n=n) for one in k])


def ranks(sets: DataSets, draws: ManyDraws, *, student: int, key: jax.Array) -> dict[str, np.ndarray]:
    """Normalised ranks u of the truths among the draws of each data set: uniform on (0, 1) if all is right.

    theta is drawn from its conjugate posterior given each draw of the population, Beta(a + k, b + (n - k)).

    Args:
        sets: the data sets.
        draws: of their posteriors.
        student: whose theta is ranked.
        key: JAX random key, for theta and ties.

    Returns:
        u of "mu", "lam" and "theta", each (D,).
    """
    key_theta, key_ties = jax.random.split(key)
    k, n = (np.array([getattr(one, name)[student] for one in sets.counts])[:, None] for name in ("k", "n"))
    log_odds = _draw_log_odds(key_theta, draws.a + k, draws.b + (n - k))
    truth, drawn = sets.truth(student), _named(draws.a, draws.b, np.asarray(log_odds))
    keys = jax.random.split(key_ties, len(NAMES))
    return {name: normalised_ranks(truth[name], drawn[name], key=key) for name, key in zip(NAMES, keys, strict=True)}


def normalised_ranks(truth: np.ndarray, draws: np.ndarray, *, key: jax.Array) -> np.ndarray:
    """u = (rank + U) / (L + 1), the rank being the number of draws below the truth.

    The truth may come anywhere among draws equal to it: with e of them, rank + U is uniform on (below, below + e + 1).

    Args:
        truth: shape (D,).
        draws: shape (D, L).
        key: JAX random key.

    Returns:
        u, strictly between 0 and 1, shape (D,).
    """
    below = np.sum(draws < truth[:, None], axis=1)
    equal = np.sum(draws == truth[:, None], axis=1)
    # From tiny, not 0: the probability of 0 is not negligible in float32, and no test of uniformity survives it.
    anywhere = np.asarray(jax.random.uniform(key, truth.shape, minval=jnp.finfo(jnp.zeros(()).dtype).tiny), float)
    return (below + (equal + 1) * anywhere) / (draws.shape[1] + 1)


def exact_probabilities(hyperprior: Hyperprior, sets: DataSets, *, student: int) -> dict[str, np.ndarray]:
    """u = P(x < truth | k) by quadrature: what the normalised ranks would be with infinitely many exact draws.

    Args:
        hyperprior: what is believed of (a, b).
        sets: the data sets.
        student: whose theta it is.

    Returns:
        u of "mu", "lam" and "theta", each (D,).
    """
    truth, u = sets.truth(student), {name: np.empty(len(sets.counts)) for name in NAMES}
    for i, counts in enumerate(sets.counts):
        posterior = exact(hyperprior, counts)
        for name in ("mu", "lam"):
            u[name][i] = posterior.probability_below(name, float(truth[name][i]))
        k, n = counts.k[student], counts.n[student]
        shapes = posterior.draws["a"][:, None] + k, posterior.draws["b"][:, None] + (n - k)
        u["theta"][i] = (posterior.weights @ beta_cdf(*shapes, truth["theta"][i : i + 1].astype(float)))[0]
    return u


def uniformity(u: np.ndarray) -> float:
    """p-value of the hypothesis that u is uniform on (0, 1), by ArviZ.

    Each order statistic of D uniform numbers is Beta distributed; their p-values, which depend on each other, are
    combined by the truncated Cauchy combination (POT-C).

    Args:
        u: independent of each other, shape (D,).

    Returns:
        The p-value.
    """
    from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

    p_value: Any = array_stats.uniformity_test(u, method="pot_c")[0]
    return float(p_value)


def holm(p_values: Mapping[Any, float]) -> dict[Any, float]:
    """p-values corrected for their number: one below alpha is found with probability at most alpha if all is right.

    Args:
        p_values: by test, however they depend on each other.

    Returns:
        The corrected ones, at most 1.

    References:
        Holm (1979), A simple sequentially rejective multiple test procedure.
    """
    corrected, largest = {}, 0.0
    for i, (name, p_value) in enumerate(sorted(p_values.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, (len(p_values) - i) * p_value))
        corrected[name] = largest
    return {name: corrected[name] for name in p_values}


def _populations(model: Fn[Any], choices: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    _, (a, b) = jax.vmap(hyperprior_of(model).program.assess)(choices["population"])
    return np.asarray(a), np.asarray(b)


def _named(a: np.ndarray, b: np.ndarray, log_odds: np.ndarray) -> dict[str, np.ndarray]:
    """theta by its log-odds, which are in the same order and do not round to those of 0 and 1."""
    return {"mu": a / (a + b), "lam": a + b, "theta": log_odds}


_draw_log_odds = jax.jit(seed(logit_beta.sample))
