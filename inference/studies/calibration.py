"""Simulation-based calibration: for data sets drawn from the model, the truth ranks uniformly among posterior draws.

    population ~ hyperprior,  x_i ~ latent(population),  k_i ~ likelihood(x_i);    L draws ~ p(population | k)

If the draws are independent draws of the correct posterior, the true population and the drawn ones are exchangeable. So
the rank of a true number among its L draws is uniform on 0, ..., L, for every number of the population, such as mu and
lam, and for a student's theta. An error in the model, the weights or the sampler gives other ranks. One error is not
detected: draws of the hyperprior itself, which ignore the counts, rank uniformly too. Therefore `uniformity.distance`
compares with the exact answer, where there is one.

References:
    Talts, Betancourt, Simpson, Vehtari & Gelman (2018), Validating Bayesian inference algorithms with
    simulation-based calibration, theorem 1.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import jax
import numpy as np
from genjax import seed

from inference.algorithms.exact import exact
from inference.draws.rates_of_any_family import each_student
from inference.numerics.betas.beta_mixtures import beta_cdf
from inference.numerics.uniformity import normalised_ranks
from inference.programs.populations import population_draw
from inference.programs.prepared import as_counts, check_kind
from inference.studies.many_data_sets import ManyDraws, kept_of, numbers_of
from models import Classroom, Counts, CountsError, Hyperprior, Observations, hyperprior_of, logit_beta
from models.hyperpriors.hyperprior_check import check_hyperprior
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted
from models.programs.threads import shared

NAMES = ("mu", "lam", "theta")  # what is ranked if the population is one Beta and its prior draws no other number


class DataSets(NamedTuple):
    """D data sets about the same students, and the true values that they were drawn from.

    Args:
        population: true value of each number of the population by name, see `numbers_of`, each of shape (D,).
        x: true x of every student, such as logit theta or log theta, shape (D, students), with another axis if a
            student has several rates.
        counts: the data sets.
    """

    population: Mapping[str, np.ndarray]
    x: np.ndarray
    counts: Sequence[Observations]

    @property
    def has_categories(self) -> bool:
        """Whether a student has a rate for each of several categories."""
        return self.x.ndim == 3

    def truth(self, student: int, category: int = 0) -> dict[str, np.ndarray]:
        """True numbers of the population, and theta (as x) of a student, in one category, each of shape (D,)."""
        x = self.x[:, student]
        return {**self.population, "theta": x[:, category] if self.has_categories else x}


@own_arithmetic
def data_sets(
    model: Classroom, students: Observations | Sequence[int], *, key: jax.Array, n_data_sets: int
) -> DataSets:
    """Draw data sets from a program that draws the rate of every student.

    Args:
        model: classroom with the address of x, such as "log_odds", and "k" of each student, such as
            `explicit(hyperprior)`.
        students: trials of each student; or data of any kind, of which all but the counts is used.
        key: JAX random key.
        n_data_sets: number of data sets, D.

    Returns:
        The data sets and their true values.

    Raises:
        TypeError: if the data are not of the kind that the hyperprior's family observes.
        CountsError: if a row of the data does not stand for exactly one student.
        KeyError: if the model draws no x, or if the addresses of the hyperprior's program are not those of its support;
            the message lists what there is.
        ValueError: if the hyperprior's program does not match what it declares, see `check_hyperprior`.
    """
    hyperprior = hyperprior_of(model)
    template = students if isinstance(students, Observations) else Counts(k=np.zeros_like(students), n=students)
    check_kind(hyperprior, template)
    _check_one_student_a_row(template)
    check_hyperprior(hyperprior, template.trials)
    choices = _simulator(model)(jax.random.split(key, n_data_sets), template.trials)
    own, of_students = choices.get("population", {}), choices["students"]
    if hyperprior.family.address not in of_students:
        raise KeyError(
            f"the students of this model draw {', '.join(of_students)}, but no {hyperprior.family.address}: draw data "
            "sets from explicit(hyperprior)"
        )
    described = jax.vmap(lambda own: population_draw(hyperprior, own, template.trials), axis_size=n_data_sets)(own)
    population = {name: np.asarray(values) for name, values in kept_of(hyperprior, described).items()}
    return DataSets(
        numbers_of(hyperprior, population, leading=1),
        np.asarray(of_students[hyperprior.family.address]),
        [template.with_counts(k) for k in np.asarray(of_students["k"]).astype(int)],
    )


@own_arithmetic
def ranks(
    sets: DataSets, draws: ManyDraws, *, student: int, key: jax.Array, category: int = 0
) -> dict[str, np.ndarray]:
    """Normalised ranks u of the true values among the draws of each data set: uniform on (0, 1) if all is correct.

    theta is drawn from its conjugate posterior given each draw of the population, such as Beta(a + k, b + (n - k)).

    Args:
        sets: the data sets.
        draws: draws of their posteriors.
        student: index of the student whose theta is ranked.
        key: JAX random key, for theta and for breaking ties.
        category: index of the category whose theta is ranked, if a student has several.

    Returns:
        u of every number of the population, see `numbers_of`, and of "theta", each (D,).

    Raises:
        ValueError: if the draws have other numbers of the population than the data sets.
    """
    if set(draws.numbers) != set(sets.population):
        raise ValueError(
            f"the data sets were drawn from populations with the numbers {', '.join(sets.population)}, but the draws "
            f"have {', '.join(draws.numbers)}: learn under a hyperprior with the same addresses"
        )
    key_theta, key_ties = jax.random.split(key)
    x = _draw_x(sets, draws, student, key_theta)
    drawn = {**draws.numbers, "theta": x[..., category] if sets.has_categories else x}
    truth = sets.truth(student, category)
    keys = jax.random.split(key_ties, len(truth))
    return {name: normalised_ranks(truth[name], drawn[name], key=key) for name, key in zip(truth, keys, strict=True)}


@own_arithmetic
def exact_probabilities(hyperprior: Hyperprior, sets: DataSets, *, student: int) -> dict[str, np.ndarray]:
    """u = P(x < truth | k) by quadrature: the limit of the normalised ranks for infinitely many exact draws.

    Args:
        hyperprior: the prior of the population, which `exact` can use.
        sets: the data sets.
        student: index of the student whose theta is used.

    Returns:
        u of every number of the population, see `numbers_of`, and of "theta", each (D,).
    """
    truth = sets.truth(student)
    u = {name: np.empty(len(sets.counts)) for name in truth}
    for i, data_set in enumerate(sets.counts):
        counts = as_counts(hyperprior, data_set)
        posterior = exact(hyperprior, counts)
        for name in sets.population:
            u[name][i] = posterior.probability_below(name, float(truth[name][i]))
        k, n = counts.k[student], counts.n[student]
        a, b = posterior.population_shapes
        below = beta_cdf(a + k, b + (n - k), truth["theta"][i : i + 1].astype(float))
        u["theta"][i] = weighted(posterior.weights, below)[0]
    return u


@shared  # one compiled program for each model; JAX adds one for each shape of the data
def _simulator(model: Classroom):
    return jax.jit(jax.vmap(lambda key, trials: seed(model.simulate)(key, trials).get_choices(), in_axes=(0, None)))


def _check_one_student_a_row(template: Observations) -> None:
    for row, times in enumerate(template.multiplicity):
        if times != 1:
            raise CountsError(
                f"row {row + 1} stands for {times} students, but each student of a simulated class has counts of its "
                "own: give each of them a row"
            )


def _draw_x(sets: DataSets, draws: ManyDraws, student: int, key: jax.Array) -> np.ndarray:
    """x of a student given its counts and each draw of the population, shape (D, L, ...)."""
    k = np.stack([one.k[student] for one in sets.counts])
    if draws.hyperprior.has_one_beta:
        k, n = k[:, None], np.array([one.design_values[student] for one in sets.counts])[:, None]
        return np.asarray(_draw_log_odds(key, draws.draws["a"] + k, draws.draws["b"] + (n - k)))
    own = {address: draws.draws[address] for address in draws.hyperprior.addresses}
    keys, trials = jax.random.split(key, (len(k), draws.n_draws)), sets.counts[0].trials_of_rows
    return np.asarray(_x_given(draws.hyperprior)(keys, own, k.astype(trials.design.dtype), trials, student))


@shared
def _x_given(hyperprior: Hyperprior):
    def of_draw(key, own, k, trials, student):
        parameters = tuple(values[student] for values in each_student(hyperprior, own, trials))
        return seed(hyperprior.family.latent_given.sample)(key, *parameters, k, trials.design[student])

    of_data_set = jax.vmap(of_draw, in_axes=(0, 0, None, None, None))
    return jax.jit(jax.vmap(of_data_set, in_axes=(0, 0, 0, None, None)))


_draw_log_odds = jax.jit(seed(logit_beta.sample))
