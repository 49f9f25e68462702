"""One line that says whether a posterior can be trusted."""

import numpy as np
from scipy.special import logsumexp

from inference.draws.weighted import WeightedDraws
from inference.draws.weightless import counted, drawn, too_many
from models.hyperpriors.hyperprior import population_at
from models.numerics.arithmetic import own_arithmetic
from models.numerics.sums import weighted

LOWEST_ESS = 100  # below it a standard error is itself too uncertain to be used
# Weight of the best population over the mean weight of draws from the posterior. Where the posterior is normal in a and
# b, and draws are from the hyperprior, it is 2.
LARGEST_BEST = 8
TEN_DIGITS = 1e-9  # error of log Z, of which ten digits are had: it is a hundred nats or so
# Of log Z. A log density that is off by e moves log Z by e and a mean by e sd, at most: what an ESS of 100 leaves.
LARGEST_ERROR = 1 / np.sqrt(LOWEST_ESS)
ALTERNATIVE = "use importance or smc with `marginal`, in x64, whose weights are summed student by student"
EDGE_WIDTH = 0.1  # of a posterior sd; a normal posterior centred on an edge has 4 % of its mass so close to it,
EDGE_MASS = 0.02  # one with its edge 1.2 sd from the peak has half of that, and a uniform one 3 %


@own_arithmetic
def verdict(posterior: WeightedDraws) -> str:
    """Whether to trust a posterior and, if not, what to do.

    First the effective sample size: below 100 the standard errors are not to be trusted either.

    Draws from the hyperprior may all have missed the posterior, and those that came nearest share the weight; draws
    from a proposal may have missed a part of the posterior that lies apart. Then a population that explains the counts
    better would weigh far more than these draws. The best of all is found without draws, and its weight is compared
    with their mean weight, sum w^2 / sum w. k-hat does not decide: it exceeds 0.7, or 1, also where bounded weights
    single out the few particles in a narrow posterior, and where a few draws from the hyperprior are mixed into a
    proposal, and the errors of both are right.

    An exact posterior has no ESS: the error of its log density must not exceed what that ESS would leave.
    And the edges of the hyperprior's support: where the density does not fall off before an edge that somebody
    chose, the answer is that choice as much as the data's. "At the edge" means within a tenth of a posterior sd of it,
    on a log scale for quantities that are positive; an edge where a or b becomes 0 or infinite is nobody's choice.

    Args:
        posterior: the posterior.

    Returns:
        A sentence that begins with "trust" or "do not trust", one more where draws weigh nothing because of
        rounding, and one for each edge that binds.
    """
    if posterior.ess < LOWEST_ESS:
        first = f"do not trust: ESS {posterior.ess:.1f} of {drawn(posterior)} draws; {posterior.advice}"
    elif lost := too_many(posterior):
        first = lost
    elif (better := posterior.log_best_weight - _typical(posterior.log_weights)) > np.log(LARGEST_BEST):
        first = (
            f"do not trust: the population that explains the counts best would weigh {np.exp(better):.2g} times as "
            f"much as the posterior's draws, which may have missed it; {posterior.advice}"
        )
    elif posterior.nodes is not None:
        first = _of_exact(posterior.log_evidence_error)
    else:
        first = f"trust: ESS {posterior.ess:.0f} of {drawn(posterior)} draws"
    return "; ".join([first, *counted(posterior), *edges(posterior)])


def _typical(log_weights: np.ndarray) -> float:
    """Log of the mean weight of draws from the posterior, sum w^2 / sum w."""
    return float(logsumexp(2 * log_weights) - logsumexp(log_weights))


def _of_exact(error: float) -> str:
    """The sentence on an exact posterior whose log density, and therefore log Z, has at most this error."""
    if not error <= LARGEST_ERROR:
        return (
            f"do not trust: log Z is known to {error:.0e} only, for sums over so many trials lose their digits in "
            f"float64; {ALTERNATIVE}"
        )
    if error > TEN_DIGITS:
        return f"trust: exact, but not to ten digits: log Z to {error:.0e}, means to {error:.0e} of their sd"
    return f"trust: exact, log Z to {error:.0e}"


@own_arithmetic
def edges(posterior: WeightedDraws) -> list[str]:
    """A sentence for each bound of the hyperprior's support at which the posterior piles up.

    Args:
        posterior: the posterior.

    Returns:
        The sentences; an empty list if there is no such bound.
    """
    sentences = []
    for address, support in posterior.hyperprior.support.items():
        scale = np.log if support[0] >= 0 else np.asarray
        positions, weights = scale(np.asarray(posterior.draws[address], np.float64)), posterior.weights
        near = EDGE_WIDTH * np.sqrt(weighted(weights, (positions - weighted(weights, positions)) ** 2))
        for side, edge, q in zip(("lower", "upper"), support, (EDGE_MASS, 1 - EDGE_MASS), strict=True):
            if np.isinf(edge) or _is_natural(posterior, address, edge):
                continue
            quantile = posterior.quantile(address, q)
            if abs(scale(quantile) - scale(edge)) < near:
                sentences.append(
                    f"{address} leans on its {side} bound {edge:g} (its {100 * q:.0f} % quantile is {quantile:.3g}): "
                    "report how the answer moves with that bound"
                )
    return sentences


def _is_natural(posterior: WeightedDraws, address: str, edge: float) -> bool:
    """Whether a or b is 0 or infinite at this bound, so that no wider hyperprior could be chosen."""
    centre = {
        name: float(weighted(posterior.weights, posterior.draws[name])) for name in posterior.hyperprior.addresses
    }
    a, b = population_at(posterior.hyperprior, centre | {address: edge})
    return not (0 < a < np.inf and 0 < b < np.inf)
