"""Each student's rate given the counts of all students: a mixture of conjugate posteriors over the population."""

import numpy as np
import polars as pl
from scipy.special import expit

from inference.draws.weighted import WeightedDraws
from inference.numerics.betas.beta_mixtures import Populations, Students, chunks
from inference.numerics.few_populations import compress
from inference.numerics.trapezoid import QuadratureError
from inference.programs.prepared import as_counts
from inference.questions.any_family import shrinkage as any_family
from inference.questions.group_columns import group_columns, multiplicity_column
from models import Counts, Observations

NEGLIGIBLE_WEIGHT = 1e-9  # total weight of the mixture components that are left out


def shrinkage_table(posterior: WeightedDraws, counts: Observations, interval: float) -> pl.DataFrame:
    """The table of `Posterior.shrinkage`: a row per student, computed once for each different (k, n).

        theta_i | counts ~ sum_j w_j Beta(a_j + k_i, b_j + (n_i - k_i))

    For a population that is not one Beta see `inference.questions.any_family.shrinkage`.

    Args:
        posterior: posterior of the population.
        counts: the students.
        interval: probability of the central interval.

    Returns:
        A row per row of the counts: name, k, n, raw, plug_in, mean, sd, low, high, mean_error, and multiplicity if any
        is not 1.

    Raises:
        TypeError: if the counts are not of the kind that the hyperprior's family observes.
    """
    if not posterior.hyperprior.has_one_beta:
        return any_family.shrinkage_table(posterior, counts, interval)
    counts = as_counts(posterior.hyperprior, posterior.as_learned(counts))
    pairs, pair_of_student = different_pairs(counts)
    k, n = pairs.astype(np.float64)
    try:
        a_star, b_star = posterior.plug_in()
    except QuadratureError:  # an address has no posterior mean, for example the spread if all groups have 0 of n
        a_star = b_star = np.nan
    mean, mean_error, sd = moments(posterior, k, n)
    low, high = _central_interval(posterior, Students(k, n, mean, sd), interval)
    per_pair = {
        "raw": np.divide(k, n, out=np.full_like(k, np.nan), where=n > 0),
        "plug_in": (a_star + k) / (a_star + b_star + n),
        "mean": mean,
        "sd": sd,
        "low": low,
        "high": high,
        "mean_error": mean_error,
    }
    per_student = {column: values[pair_of_student] for column, values in per_pair.items()}
    table = group_columns(counts) | multiplicity_column(counts) | per_student
    return pl.DataFrame(table).with_columns(pl.col("raw", "plug_in").fill_nan(None))


def different_pairs(counts: Counts) -> tuple[np.ndarray, np.ndarray]:
    """The different (k, n), shape (2, pairs), and the index of each student's (k, n) among them, shape (students,)."""
    order = np.lexsort([counts.k, counts.n])
    in_order = np.stack([counts.k[order], counts.n[order]])
    is_new = np.append(True, np.any(np.diff(in_order), axis=0))
    pair_of_student = np.empty_like(order)
    pair_of_student[order] = np.cumsum(is_new) - 1
    return in_order[:, is_new], pair_of_student


def moments(posterior: WeightedDraws, k: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, its error, and sd of theta for each (k, n), shape (pairs,): E[Var] + Var[E] over the population."""
    a, b = posterior.population_shapes
    moments = []
    for chunk in chunks(len(k), len(a)):
        total = a + b + n[chunk]
        means = (a + k[chunk]) / total
        variances = means * ((b + (n[chunk] - k[chunk])) / total) / (total + 1)
        mean, mean_error = posterior.expectation(means)
        variance, _ = posterior.expectation(variances + (means - mean) ** 2)
        moments.append(np.stack([mean, mean_error, np.sqrt(variance)]))
    mean, mean_error, sd = np.concatenate(moments, axis=1)
    return mean, mean_error, sd


def group_means(posterior: WeightedDraws, counts: Observations) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean of theta of each group, and its error: two columns of `shrinkage_table`, without the others.

    Args:
        posterior: posterior of the population, of any family.
        counts: the groups.

    Returns:
        Mean and error, each with an element per group, or per group and category, as in `group_columns`.
    """
    if not posterior.hyperprior.has_one_beta:
        return any_family.group_means(posterior, counts)
    pairs, pair_of_student = different_pairs(as_counts(posterior.hyperprior, counts))
    mean, error, _ = moments(posterior, *pairs.astype(np.float64))
    return mean[pair_of_student], error[pair_of_student]


def _central_interval(posterior: WeightedDraws, students: Students, interval: float) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the central interval of theta for each student, by inverting the mixture's distribution function."""
    ends = (1 - interval) / 2, (1 + interval) / 2
    populations = compress(without_negligible_weights(posterior), students, ends)
    low, high = (expit(populations.quantile(students, q)) for q in ends)
    return low, high


def without_negligible_weights(posterior: WeightedDraws) -> Populations:
    """The draws of the posterior without the lightest ones, whose total weight is at most NEGLIGIBLE_WEIGHT."""
    order = np.argsort(posterior.weights)[::-1]
    cumulative = np.cumsum(posterior.weights[order])
    kept = order[: np.searchsorted(cumulative, 1 - NEGLIGIBLE_WEIGHT) + 1]
    a, b = (shape[kept, 0] for shape in posterior.population_shapes)
    return Populations(a, b, posterior.weights[kept] / posterior.weights[kept].sum())
