"""Simulation-based calibration: for data sets drawn from the model, the truth ranks uniformly among posterior draws.

    (a, b) ~ hyperprior,  theta_i ~ Beta(a, b),  k_i ~ Binomial(n_i, theta_i);    x_1, ..., x_L ~ p(x | k)

If the draws are independent draws of the correct posterior, the true x and the x_l are exchangeable. So the rank of the
true x among them is uniform on 0, ..., L, for every quantity x: mu, lam, and a student's theta. An error in the model,
the weights or the sampler gives other ranks. One error is not detected: draws of the hyperprior itself, which ignore
the counts, rank uniformly too. Therefore `uniformity.distance` compares with the exact answer.

References:
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), Validating Bayesian inference algorithms with
    simulation-based calibration, theorem 1.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from genjax import seed

from inference.algorithms.exact import exact
from inference.numerics.beta_mixtures import beta_cdf
from inference.numerics.uniformity import normalised_ranks
from inference.studies.many_data_sets import ManyDraws
from models import Classroom, Counts, Hyperprior, hyperprior_of, logit_beta
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted
from models.programs.threads import shared

NAMES = ("mu", "lam", "theta")


class DataSets(NamedTuple):
    """D data sets with the same trials, and the true values that they were drawn from.

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

    def truth(self, student: int) -> dict[str, np.ndarray]:
        """True mu, lam and theta (as logit theta) of a student, each of shape (D,)."""
        return _by_name(self.a, self.b, self.log_odds[:, student])


@own_arithmetic
def data_sets(model: Classroom, n: Sequence[int], *, key: jax.Array, n_data_sets: int) -> DataSets:
    """Draw data sets from a program that draws the rate of every student.

    Args:
        model: classroom with the addresses "log_odds" and "k" of each student, such as `explicit(hyperprior)`.
        n: trials of each student.
        key: JAX random key.
        n_data_sets: number of data sets, D.

    Returns:
        The data sets and their true values.

    Raises:
        KeyError: if the addresses of the hyperprior's program are not those of its support; the message lists both.
        ValueError: if the hyperprior's program does not match what it declares, see `check_hyperprior`.
    """
    check_hyperprior(hyperprior_of(model))
    trials = Counts(k=np.zeros_like(n), n=n).trials
    keys = jax.random.split(key, n_data_sets)
    choices = _simulator(model)(keys, trials)
    (a, b), students = _populations(model, choices), choices["students"]
    k = np.asarray(students["k"]).astype(int)
    return DataSets(a, b, np.asarray(students["log_odds"]), [Counts(k=one, n=n) for one in k])


@own_arithmetic
def ranks(sets: DataSets, draws: ManyDraws, *, student: int, key: jax.Array) -> dict[str, np.ndarray]:
    """Normalised ranks u of the true values among the draws of each data set: uniform on (0, 1) if all is correct.

    theta is drawn from its conjugate posterior given each draw of the population, Beta(a + k, b + (n - k)).

    Args:
        sets: the data sets.
        draws: draws of their posteriors.
        student: index of the student whose theta is ranked.
        key: JAX random key, for theta and for breaking ties.

    Returns:
        u of "mu", "lam" and "theta", each (D,).
    """
    key_theta, key_ties = jax.random.split(key)
    k, n = (np.array([getattr(one, name)[student] for one in sets.counts])[:, None] for name in ("k", "n"))
    log_odds = _draw_log_odds(key_theta, draws.a + k, draws.b + (n - k))
    truth, drawn = sets.truth(student), _by_name(draws.a, draws.b, np.asarray(log_odds))
    keys = jax.random.split(key_ties, len(NAMES))
    return {name: normalised_ranks(truth[name], drawn[name], key=key) for name, key in zip(NAMES, keys, strict=True)}


@own_arithmetic
def exact_probabilities(hyperprior: Hyperprior, sets: DataSets, *, student: int) -> dict[str, np.ndarray]:
    """u = P(x < truth | k) by quadrature: the limit of the normalised ranks for infinitely many exact draws.

    Args:
        hyperprior: the prior of the population.
        sets: the data sets.
        student: index of the student whose theta is used.

    Returns:
        u of "mu", "lam" and "theta", each (D,).
    """
    truth, u = sets.truth(student), {name: np.empty(len(sets.counts)) for name in NAMES}
    for i, counts in enumerate(sets.counts):
        posterior = exact(hyperprior, counts)
        for name in ("mu", "lam"):
            u[name][i] = posterior.probability_below(name, float(truth[name][i]))
        k, n = counts.k[student], counts.n[student]
        a, b = posterior.population_shapes
        below = beta_cdf(a + k, b + (n - k), truth["theta"][i : i + 1].astype(float))
        u["theta"][i] = weighted(posterior.weights, below)[0]
    return u


@shared  # one compiled program for each model; JAX adds one for each shape of the data
def _simulator(model: Classroom):
    return jax.jit(jax.vmap(lambda key, trials: seed(model.simulate)(key, trials).get_choices(), in_axes=(0, None)))


def _populations(model: Classroom, choices: Mapping[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    _, (a, b) = jax.vmap(hyperprior_of(model).program.assess)(choices["population"])
    return np.asarray(a), np.asarray(b)


def _by_name(a: np.ndarray, b: np.ndarray, log_odds: np.ndarray) -> dict[str, np.ndarray]:
    """mu, lam, and theta as log-odds: these have the same order as theta and do not round to 0 or 1."""
    return {"mu": a / (a + b), "lam": a + b, "theta": log_odds}


_draw_log_odds = jax.jit(seed(logit_beta.sample))
