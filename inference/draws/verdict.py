"""One line that says whether a posterior can be trusted."""

from collections.abc import Iterator

import numpy as np
from scipy.special import logsumexp

from inference.draws.names import names_of
from inference.draws.unlearned import unlearned_sentences
from inference.draws.weighted import WeightedDraws
from inference.draws.weightless import loss_sentence, n_drawn, weightless_sentences
from inference.numerics.trapezoid import QuadratureError
from inference.numerics.weighted_quantile import weighted_quantile
from inference.programs.populations import exact_applies
from models.hyperpriors.hyperprior import population_at
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

LOWEST_ESS = 100  # draws: with a smaller effective sample size a standard error is itself too uncertain to be used
# Largest trusted ratio of the weight of the best population to the mean weight of draws from the posterior, divided by
# what it is for draws from the hyperprior and a posterior that is normal in d numbers: 2^(d/2), which is 2 for a and b.
LARGEST_BEST = 4
TEN_DIGITS = 1e-9  # nats: an error of log Z up to this leaves ten correct digits, since log Z is about a hundred nats
# Nats: largest trusted error of log Z. An error of at most e in the log density moves log Z by at most e and a mean by
# at most e sd, and the Monte Carlo errors at an ESS of 100 are of this size.
LARGEST_ERROR = 1 / np.sqrt(LOWEST_ESS)
ALTERNATIVE = "use importance or smc with `marginal`, in x64, whose weights are summed student by student"
EDGE_WIDTH = 0.1  # in posterior sds: how close to a bound counts as at the bound
# Probability that must lie at the bound. A normal posterior centred on a bound has 4 % of its mass within EDGE_WIDTH of
# it, a normal whose peak is 1.2 sd from the bound has 2 %, and a uniform posterior has 3 %.
EDGE_MASS = 0.02


@own_arithmetic
def verdict(posterior: WeightedDraws) -> str:
    """Whether to trust a posterior and, if not, what to do.

    The effective sample size is checked first: below 100 the standard errors cannot be trusted either.

    If all draws from the hyperprior missed the posterior, those nearest to it share the weight. And draws from a
    proposal may have missed a separate part of the posterior. In both cases the population with the highest likelihood
    would have a far larger weight than the draws. It is found without draws, and its weight is compared with their mean
    weight, sum w^2 / sum w. k-hat is not used here: it also exceeds 0.7, or even 1, where bounded weights select the
    few particles in a narrow posterior, and where a few draws from the hyperprior are mixed into a proposal. In both of
    these cases the standard errors are right.

    An exact posterior has no ESS. The error of its log density must not exceed what an ESS of 100 would leave.

    The bounds of the hyperprior's support are checked last. Where the density does not fall off before a bound that
    somebody chose, the answer depends on that choice as much as on the data. "At the bound" means within a tenth of a
    posterior sd, on a log scale for positive quantities. A bound at which a or b becomes 0 or infinite is natural, not
    chosen, and is not checked.

    Args:
        posterior: the posterior.

    Returns:
        A sentence that begins with "trust" or "do not trust", a second one if some draws have zero weight because of
        rounding, one if every group has at most one trial, and one for each bound at which the posterior piles up.
    """
    advice = (
        posterior.advice
        or f"take more draws{', or use exact' if exact_applies(posterior.hyperprior, posterior.own_trials) else ''}"
    )
    if posterior.doubt:
        first = f"do not trust: {posterior.doubt}"
    elif not posterior.hyperprior.addresses:
        first = "trust: the population is known, and nothing is learned about it"
    elif posterior.ess < LOWEST_ESS:
        first = f"do not trust: ESS {posterior.ess:.1f} of {n_drawn(posterior)} draws; {advice}"
    elif lost := loss_sentence(posterior):
        first = lost
    elif (better := posterior.log_best_weight - _typical(posterior.log_weights)) > _most_expected(posterior):
        first = (
            f"do not trust: the population with the highest likelihood would have {np.exp(better):.2g} times the "
            f"weight of the posterior's draws, which may have missed it; {advice}"
        )
    elif posterior.nodes is not None:
        first = _of_exact(posterior.log_evidence_error)
    else:
        first = f"trust: ESS {posterior.ess:.0f} of {n_drawn(posterior)} draws"
    return "; ".join([first, *weightless_sentences(posterior), *caveats(posterior)])


def _typical(log_weights: np.ndarray) -> float:
    """Log of the mean weight of draws from the posterior, sum w^2 / sum w."""
    return float(logsumexp(2 * log_weights) - logsumexp(log_weights))


def _most_expected(posterior: WeightedDraws) -> float:
    """Log of the largest trusted ratio of the weight of the best population to `_typical`: LARGEST_BEST 2^(d/2)."""
    numbers = sum(np.size(posterior.draws[address][0]) for address in posterior.hyperprior.addresses)
    return float(np.log(LARGEST_BEST) + max(1.0, numbers / 2) * np.log(2))


def _of_exact(error: float) -> str:
    """The sentence on an exact posterior whose log density, and therefore log Z, has at most this error."""
    if not error <= LARGEST_ERROR:
        return (
            f"do not trust: log Z has an error of {error:.0e}, because sums over so many trials lose digits in "
            f"float64; {ALTERNATIVE}"
        )
    if error > TEN_DIGITS:
        return f"trust: exact, with an error of {error:.0e} in log Z and of {error:.0e} sd in means"
    return f"trust: exact, with an error of {error:.0e} in log Z"


def caveats(posterior: WeightedDraws) -> list[str]:
    """What depends on the hyperprior rather than on the counts, in sentences for the verdict of any algorithm."""
    return [*unlearned_sentences(posterior), *bound_sentences(posterior)]


@own_arithmetic
def bound_sentences(posterior: WeightedDraws) -> list[str]:
    """A sentence for each bound of the hyperprior's support at which the posterior piles up.

    Args:
        posterior: the posterior.

    Returns:
        The sentences; an empty list if there is no such bound.
    """
    sentences = []
    for address, name, support in _bounded(posterior):
        scale = np.log if support[0] >= 0 else np.asarray
        positions, weights = scale(posterior.values(name)), posterior.weights
        near = EDGE_WIDTH * np.sqrt(weighted(weights, (positions - weighted(weights, positions)) ** 2))
        for side, edge, q in zip(("lower", "upper"), support, (EDGE_MASS, 1 - EDGE_MASS), strict=True):
            if np.isinf(edge) or _is_natural(posterior, address, name, edge):
                continue
            quantile = _quantile(posterior, name, q)
            with np.errstate(divide="ignore"):  # the log of a bound at 0
                distance = abs(scale(quantile) - scale(edge))
            if distance < near:
                sentences.append(
                    f"{name} piles up at its {side} bound {edge:g} (its {100 * q:.0f} % quantile is "
                    f"{quantile:.3g}): repeat the analysis with another bound and report the change"
                )
    return sentences


def _quantile(posterior: WeightedDraws, name: str, q: float) -> float:
    """A quantile; that of the nodes where a rule cannot give it to its accuracy: near a bound their steps are small."""
    try:
        return posterior.quantile(name, q)
    except QuadratureError:
        return float(weighted_quantile(posterior.values(name), posterior.weights, q))


def _bounded(posterior: WeightedDraws) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """The address, name and support of each number that the hyperprior draws."""
    for address, support in posterior.hyperprior.support.items():
        for name in names_of(address, np.shape(posterior.draws[address])[1:]):
            yield address, name, support


def _is_natural(posterior: WeightedDraws, address: str, name: str, edge: float) -> bool:
    """Whether a parameter is 0 or infinite at this bound, so that no wider hyperprior could be chosen."""

    def centre(of: str) -> float:
        return edge if of == name else float(weighted(posterior.weights, posterior.values(of)))

    at_edge = posterior.of_each_address(centre)
    family = posterior.hyperprior.family
    if not posterior.hyperprior.is_shared and posterior.own_trials is None:
        return False
    parameters = population_at(posterior.hyperprior, at_edge, posterior.own_trials)
    return any(
        not np.all((0 < values) & (values < np.inf)) if parameter.is_positive else not np.all(np.isfinite(values))
        for parameter, values in zip(family.parameters, parameters, strict=True)
    )
