"""What one marble of a new bag says of the next one, given the bags seen before."""

import jax
import numpy as np
from scipy.special import exp1

from experiments.methods.learned import Estimate
from inference import Posterior, exact, rqmc
from inference.programs.populations import exact_applies
from models import Hyperprior, Observations

SAME = "P(same again)"


def truth(hyperprior: Hyperprior, data: Observations, key: jax.Array) -> Posterior:
    """The exact posterior; beyond three numbers that of `rqmc`."""
    if exact_applies(hyperprior, data.trials):
        return exact(hyperprior, data)
    return rqmc(hyperprior, data, key=key)


def next_marble(posterior: Posterior, colour: int, seen: int) -> Estimate:
    """Probability that the next marble of a new bag has a colour, if all marbles seen of it had that colour.

        P(next is c | seen marbles were c, bags) = E[(lam beta_c + seen) / (lam + seen)]

    Args:
        posterior: of the population, given all bags and these marbles of the new bag.
        colour: c, which of the colours.
        seen: how many marbles of the new bag were seen, 0 or more.

    Returns:
        The probability and its error.
    """
    lam = np.asarray(posterior.values("lam"), np.float64)
    if posterior.hyperprior.has_one_beta:
        share = np.asarray(posterior.values("mu"), np.float64)
        share = share if colour == 0 else 1 - share
    else:
        share = np.asarray(posterior.values(f"mean[{colour}]"), np.float64)
    value, error = posterior.expectation((lam * share + seen) / (lam + seen))
    return Estimate(float(value), float(error))


def estimates(posterior: Posterior, colour: int) -> dict[str, Estimate]:
    """The numbers by which methods are compared: `next_marble` after one marble, E[lam], and log Z."""
    return {
        SAME: next_marble(posterior, colour, 1),
        "E[lam]": Estimate(posterior.mean("lam"), posterior.mean_error("lam")),
        "log Z": Estimate(posterior.log_evidence, posterior.log_evidence_error),
    }


def same_again_by_hand(colours: int) -> float:
    """`next_marble` after one marble, if no bags were seen, by hand.

    Two marbles of a bag have colour c with probability E[beta_c (lam beta_c + 1) / (lam + 1)], the first one with
    probability E[beta_c] = 1 / C. Under the hyperprior lam and beta are independent, E[beta_c^2] = 2 / (C (C + 1)), and
    E[1 / (lam + 1)] = G = e E_1(1) = 0.5963, so that

        P(same again) = (1 - G) 2 / (C + 1) + G.

    Args:
        colours: C.

    Returns:
        The probability.
    """
    gompertz = np.e * exp1(1.0)
    return float((1 - gompertz) * 2 / (colours + 1) + gompertz)
