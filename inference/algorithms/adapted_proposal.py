"""A mixture of Student-t's adapted to a posterior density, from its peaks and from rounds of importance sampling."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy
from scipy.special import logsumexp

from inference.draws.independent import effective_sample_size
from inference.numerics.peaks import Peaks, Slope, find_peaks
from inference.numerics.student_t_mixture import OPEN, StudentTMixture, fit, join, one_t
from inference.programs.shapes import WeightError

FIRST_SEARCHES = 256  # searches for peaks from draws of the prior
SEARCHES = 128  # searches after each of the first rounds, from the peaks so far and the points of the largest weights
SEARCH_ROUNDS = 3  # first rounds after which there are searches
MOST_PEAKS = 64  # peaks that get a component of their own
COMPONENTS = 8  # t's that are fitted in each round, in addition to one for each peak with a share of the mass
HEAVY_PEAK = 0.005  # least share of the mass of such a peak
LOG_FIRST_POINTS = 14  # log2 of the points of the first round, half of which look for mass all over the prior
LOG_POINTS = 12  # log2 of the points of each other round
FITTED = 4096  # points of equal weight that the t's are fitted to
ENOUGH = 1500  # draws: effective sample size of the weights that the t's are fitted to
MOST_ROUNDS = 12
FEWEST_ROUNDS = 4
PATIENCE = 2  # rounds without a larger share of ESS after which there is no other
LEAST_GAIN = 1.03  # factor by which a share counts as larger
# Shares of the proposal that do not go to the fitted t's, so that mass that these miss shows in the weights.
WIDE_SHARE = 0.05  # of one t with twice the spread of the posterior
PEAKS_SHARE = 0.05  # of the t's at the peaks
PRIOR_SHARE = 0.02  # of one t with the mean and spread of the prior
LEAST_PEAK = 1e-3  # share of the least peak among the peaks
LEAST_POWER = 1e-4  # smallest power of the weights


class Adapted(NamedTuple):
    """A proposal, and what was seen on the way to it.

    Args:
        mixture: the proposal of the round with the largest share of ESS.
        shares: the share of ESS of each round's proposal, by the points of all rounds.
        log_evidence: log Z by the points of all rounds.
    """

    mixture: StudentTMixture
    shares: np.ndarray
    log_evidence: float


def adapt(
    log_density: Callable[[np.ndarray], np.ndarray],
    log_density_and_slope: Slope,
    prior: np.ndarray,
    rng: np.random.Generator,
) -> Adapted:
    """Adapt a mixture to a density by adaptive multiple importance sampling.

    The first proposal q_1 has a t at each peak that searches from draws of the prior end at, and one with the prior's
    mean and spread. Round t draws points from q_t. All points so far, those of earlier rounds too, get the weights

        w = p(z) / sum_s share_s q_s(z),    share_s = share of round s in the points,

    so that a part of the posterior that any round has seen keeps its weight. The points of the largest weights lie
    where the proposals have missed mass: after the first rounds searches for peaks start there. Then a mixture of t's
    is fitted to the weighted points, with which q_(t+1) begins. While few points have most of the weight, it is fitted
    to powers w^e, with the largest e in (0, 1] at which enough points are effective.

    The share of ESS that points of q would have is Z^2 / E_q[(p / q)^2]. It is computed for every proposal from the
    points of all rounds: the points of q alone would not show a peak that q misses.

    Args:
        log_density: log p, of points (N, d) to (N,), up to a constant.
        log_density_and_slope: log p and its gradient, (N,) and (N, d).
        prior: draws of the prior, shape (draws, d).
        rng: of the scrambles and the starts.

    Returns:
        The proposal.

    Raises:
        WeightError: if the density is zero at all points.

    References:
        Cornuet, Marin, Mira & Robert (2012), Adaptive multiple importance sampling. Koblents & Miguez (2015), A
        population Monte Carlo scheme with transformed weights.
    """
    dimension = prior.shape[1]
    of_prior = one_t(prior, np.full(len(prior), 1 / len(prior)))
    peaks = find_peaks(log_density_and_slope, prior[:FIRST_SEARCHES], MOST_PEAKS)
    proposals = [join([of_prior, _at(peaks)], [0.5, 0.5])]
    sizes, z, log_p, log_q = [], np.empty((0, dimension)), np.empty(0), np.empty((0, 0))
    while True:
        log_size = LOG_POINTS if sizes else LOG_FIRST_POINTS
        new = proposals[-1].of_cube(scrambled_sobol(log_size, dimension + 1, rng))
        of_new = np.stack([proposal.log_density(new) for proposal in proposals], axis=1)
        log_q = np.concatenate([np.column_stack([log_q, proposals[-1].log_density(z)]), of_new])
        z, log_p = np.concatenate([z, new]), np.concatenate([log_p, log_density(new)])
        sizes.append(len(new))
        log_weights = log_p - logsumexp(log_q, b=np.array(sizes) / len(z), axis=1)
        log_evidence = float(logsumexp(log_weights) - np.log(len(z)))
        if log_evidence == -np.inf:
            raise WeightError("every weight is zero: the counts have probability zero at all points")
        log_squares = logsumexp((log_weights + log_p)[:, None] - log_q, axis=0) - np.log(len(z))
        shares = np.exp(2 * log_evidence - log_squares)
        if _is_enough(shares):
            return Adapted(proposals[int(np.argmax(shares))], shares, log_evidence)
        if len(shares) <= SEARCH_ROUNDS:
            heaviest = np.argsort(-log_weights, kind="stable")[: max(SEARCHES - len(peaks.z), SEARCHES // 2)]
            peaks = find_peaks(log_density_and_slope, np.concatenate([peaks.z, z[heaviest]]), MOST_PEAKS)
        of_peaks = _at(peaks)
        points, effective = _equally_weighted(z, log_weights, rng)
        wide = one_t(points, np.full(len(points), 1 / len(points)), spread=2.0)
        fitted = fit(points, COMPONENTS + int(np.sum(np.exp(of_peaks.log_shares) > HEAVY_PEAK)), effective, rng)
        rest = 1 - WIDE_SHARE - PEAKS_SHARE - PRIOR_SHARE
        proposals.append(join([fitted, wide, of_peaks, of_prior], [rest, WIDE_SHARE, PEAKS_SHARE, PRIOR_SHARE]))


def scrambled_sobol(log_points: int, dimension: int, rng: np.random.Generator) -> np.ndarray:
    """2^log_points Sobol points strictly inside the unit cube, scrambled, shape (2^log_points, dimension).

    References:
        Owen (1997), Scrambled net variance for integrals of smooth functions. Matoušek (1998), On the L2-discrepancy
        for anchored boxes, for the scrambling of SciPy.
    """
    sobol = scipy.stats.qmc.Sobol(dimension, rng=rng, bits=52)  # SciPy imports its `stats` here, which takes long
    return np.clip(sobol.random_base2(log_points), *OPEN)


def _is_enough(shares: np.ndarray) -> bool:
    """Whether the last PATIENCE rounds have brought no larger share, or there were enough of them."""
    if len(shares) < FEWEST_ROUNDS:
        return False
    return len(shares) == MOST_ROUNDS or max(shares[-PATIENCE:]) < LEAST_GAIN * max(shares[:-PATIENCE])


def _at(peaks: Peaks) -> StudentTMixture:
    """A t at each peak, with the share of its mass."""
    shares = np.maximum(np.exp(peaks.log_masses - logsumexp(peaks.log_masses)), LEAST_PEAK)
    return StudentTMixture(np.log(shares / shares.sum()), peaks.z, np.linalg.cholesky(peaks.covariances))


def _equally_weighted(z: np.ndarray, log_weights: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
    """FITTED points by systematic resampling with weights w^e, and the effective sample size of these."""
    power = 1.0
    while power > LEAST_POWER and effective_sample_size(power * log_weights) < ENOUGH:
        power *= 0.8
    tempered = power * log_weights
    cumulative = np.cumsum(np.exp(tempered - logsumexp(tempered)))
    at = (np.arange(FITTED) + rng.random()) / FITTED * cumulative[-1]
    chosen = np.minimum(np.searchsorted(cumulative, at), len(z) - 1)
    return z[chosen], effective_sample_size(tempered)
