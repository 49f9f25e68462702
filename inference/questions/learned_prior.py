"""The learned population as one Beta(a, b), or one Gamma(shape, rate), to be taken away and used elsewhere."""

import numpy as np
import polars as pl

from inference.draws.weighted import WeightedDraws
from inference.questions.one_population.choices import Choice, choices, is_of_gamma
from inference.questions.one_population.in_code import prior_in_code
from inference.questions.shrinkage import group_means
from models import Observations, beta_binomials, gamma_poissons
from models.numerics.arithmetic import own_arithmetic

DIFFERENCE = ("largest_difference", "largest_difference_error")
TEXTS = ("of_group", "note", "scipy", "r", "stan", "sql")  # columns


@own_arithmetic
def learned_prior(posterior: WeightedDraws, counts: Observations) -> pl.DataFrame:
    """The learned prior of a further group's rate as one distribution, chosen in four ways.

        posterior mean      a = E[a | counts],  b = E[b | counts]
        posterior median    a = lam mu,  b = lam (1 - mu),  lam and mu at their own medians
        posterior mode      the highest point of p(log a, log b | counts), see `posterior_mode`
        empirical Bayes     the highest likelihood, see `empirical_bayes`

    Of events these are shape and rate of a Gamma, whose medians are those of its mean and its shape. Whichever is
    taken, the uncertainty of the population is left out. So each choice stands next to full Bayes: it gives group i the
    rate (k_i + a) / (n_i + a + b), whose largest difference from E[theta_i | all counts] is in the table.

    A mean that does not exist is not given: that of a under `half_cauchy` is infinite whatever the counts are, which
    its tail says (`moment_exists`); an exact posterior finds that an integral does not converge; of draws, k-hat says
    that they cannot have found it.

    Args:
        posterior: posterior of one Beta, or of one Gamma, of all groups.
        counts: the groups whose rates are compared, usually those the population was learned from.

    Returns:
        A row for each choice: choice; a and b, their errors a_error and b_error (null if not estimated), mu = a /
        (a + b) and lam = a + b; of events shape, rate, their errors, and mean = shape / rate; largest_difference, the
        error of the rate by full Bayes, and of_group, whose rate it is; note, why a choice does not exist or what is to
        be known of it; and scipy, r, stan and sql, lines to paste. A number is null where the choice does not exist.

    Raises:
        TypeError: if the population is neither one Beta nor one Gamma, or the counts are not of its kind.

    References:
        Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.3: E[a] and E[b] of the rats.
    """
    hyperprior = posterior.hyperprior
    if not hyperprior.is_shared or hyperprior.family not in (beta_binomials, gamma_poissons):
        raise TypeError(
            "a learned prior is one Beta or one Gamma of all groups, but the population is one of "
            f"{hyperprior.family}{'' if hyperprior.is_shared else ', another for each group'}"
        )
    counts = posterior.as_learned(counts)
    full_bayes = group_means(posterior, counts)
    is_gamma = is_of_gamma(posterior)
    rows = {
        name: _row(choice, counts, full_bayes, is_gamma=is_gamma) for name, choice in choices(posterior, counts).items()
    }
    numbers = ("shape", "rate", "mean") if is_gamma else ("a", "b", "mu", "lam")
    columns = [*(f"{name}{end}" for name in numbers[:2] for end in ("", "_error")), *numbers[2:], *DIFFERENCE]
    schema = dict.fromkeys(["choice"], pl.String) | dict.fromkeys(columns, pl.Float64) | dict.fromkeys(TEXTS, pl.String)
    return pl.DataFrame([{"choice": name} | row for name, row in rows.items()], schema=schema)


def _row(
    choice: Choice, counts: Observations, full_bayes: tuple[np.ndarray, np.ndarray], *, is_gamma: bool
) -> dict[str, float | str | None]:
    """The columns of a choice that are not null."""
    if choice.parameters is None:
        return {"note": choice.note}
    first, second = choice.parameters
    found: dict[str, float | str | None] = {"shape": first, "rate": second, "mean": first / second}
    if not is_gamma:
        found = {"a": first, "b": second, "mu": first / (first + second), "lam": first + second}
    names, errors = list(found)[:2], choice.errors or (None, None)
    found |= {f"{name}_error": error for name, error in zip(names, errors, strict=True)}
    if len(counts):
        means, of_means = full_bayes
        off = np.abs((counts.k + first) / (counts.design_values + second + (0 if is_gamma else first)) - means)
        farthest = int(off.argmax())
        difference = (float(off[farthest]), float(of_means[farthest]), counts.names[farthest])
        found |= dict(zip((*DIFFERENCE, "of_group"), difference, strict=True))
    return found | {"note": choice.note or None} | prior_in_code(choice.parameters, is_gamma=is_gamma)
