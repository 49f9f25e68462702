"""How far estimates wobble from run to run: runs that share no particle, their spread, and its limit.

For N particles of weights w, N large, the self-normalised estimate of a ratio of posterior means R = E[f] / E[g] has

    N Var = V = E_post[r h^2],   N bias = -E_post[r h g] / E[g],   h = (f - R g) / E[g],   r = E[w^2 | a, b] / (L Z),

where L is the likelihood of (a, b). The estimate of log Z has V = E_post[r] - 1 and N bias = -V / 2. The weight of the
marginal form is L, so that r = L / Z. The weight of the explicit form is prod_i Binomial(k_i; n_i, theta_i); its square
is a constant times the same product for doubled counts.
"""

from collections.abc import Iterator
from typing import NamedTuple

import jax
import numpy as np
from scipy.special import digamma, polygamma

from experiments.methods.learned import Estimate
from experiments.methods.squared_likelihood import doubled, log_constant
from inference import ExactPosterior, Posterior, closed_form, importance
from models import Counts, box, explicit, marginal

FORMS = {"marginal": marginal, "explicit": explicit}
RATE = "E[a]/(E[a]+E[b])"
QUANTITIES = ("E[a]", "E[b]", RATE, "log Z")
CHUNK = 100_000  # particles of one call; as it is the same for every size of run, one compiled program serves all
BATCH = 20_000  # particles at once; theta's sampler repeats until a whole batch is accepted: smaller batches end sooner


class Limit(NamedTuple):
    """Limits for many particles N: the standard error tends to sd / sqrt(N), and the bias to bias / N."""

    sd: float
    bias: float


def independent_runs(form: str, counts: Counts, *, key: jax.Array, size: int, runs: int) -> Iterator[Posterior]:
    """Runs of importance sampling under box(), no two of which share a particle.

    Every call draws `CHUNK` particles, with a key of its own. A larger run is made of whole calls; for smaller runs a
    call is cut into parts. The particles of a call are independent, and so are its parts.

    Args:
        form: "marginal", or "explicit" with theta proposed from the prior.
        counts: the students' counts.
        key: JAX random key.
        size: particles of a run; it divides CHUNK or is a multiple of it.
        runs: number of runs.

    Yields:
        The posterior of each run.
    """
    hyperprior, parts, done = box(), max(size // CHUNK, 1), 0
    for first in range(0, -(-runs * size // CHUNK), parts):
        called = [
            importance(
                FORMS[form](hyperprior),
                counts,
                key=jax.random.fold_in(key, i),
                n_particles=CHUNK,
                batch_size=BATCH,
            )
            for i in range(first, first + parts)
        ]
        draws = {name: np.concatenate([part.draws[name] for part in called]) for name in ("a", "b")}
        log_weights = np.concatenate([part.log_weights for part in called])
        for start in range(0, min(len(log_weights), (runs - done) * size), size):
            cut = slice(start, start + size)
            yield Posterior.from_weights(hyperprior, {"a": draws["a"][cut], "b": draws["b"][cut]}, log_weights[cut])
            done += 1


def log_spread(values: np.ndarray) -> Estimate:
    """Unbiased estimate of the log standard deviation of the distribution of some values, and its standard error.

    Of S normal values, (S - 1) s^2 / sd^2 is chi-squared, whose log has mean digamma((S - 1) / 2) + log 2 and variance
    trigamma((S - 1) / 2). For large S the relative standard error of s is 1 / sqrt(2 (S - 1)).

    Args:
        values: independent, about normal, shape (S,), S >= 2.

    Returns:
        Estimate of log sd.
    """
    half = (len(values) - 1) / 2
    return Estimate(
        float(np.log(np.std(values, ddof=1)) - (digamma(half) - np.log(half)) / 2),
        float(np.sqrt(polygamma(1, half)) / 2),
    )


def fit_slope(x: np.ndarray, y: np.ndarray, errors: np.ndarray) -> Estimate:
    """Slope of a line through independent points, each weighted by 1 / error^2, and its standard error.

    Args:
        x: shape (points,).
        y: shape (points,).
        errors: standard errors of y, shape (points,).

    Returns:
        The slope; its error follows from `errors`, not from how well the line fits.
    """
    weights = errors**-2.0
    centred = x - np.average(x, weights=weights)
    size = float(weights @ centred**2)
    return Estimate(float(weights @ (centred * y)) / size, size**-0.5)


def limits(form: str, counts: Counts, truth: ExactPosterior) -> dict[str, Limit]:
    """Limits of spread and bias for many particles, by quadrature.

    Args:
        form: "marginal" or "explicit".
        counts: the students' counts.
        truth: their exact posterior.

    Returns:
        By quantity, the limit of sqrt(N) standard error and of N bias.
    """
    a, b = truth.draws["a"], truth.draws["b"]
    log_likelihood = closed_form(counts, a, b)
    log_square = 2 * log_likelihood if form == "marginal" else _log_square_over_theta(counts, a, b)
    r = np.exp(log_square - log_likelihood - truth.log_evidence)

    def mean(values: np.ndarray) -> float:
        return float(truth.expectation(values)[0])

    relative_variance = mean(r) - 1
    found = {}
    for name, f, g in (("E[a]", a, np.ones_like(a)), ("E[b]", b, np.ones_like(b)), (RATE, a, a + b)):
        h = (f - mean(f) / mean(g) * g) / mean(g)
        found[name] = Limit(mean(r * h**2) ** 0.5, -mean(r * h * g) / mean(g))
    return found | {"log Z": Limit(relative_variance**0.5, -relative_variance / 2)}


def _log_square_over_theta(counts: Counts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """log E_theta[prod_i p(k_i | n_i, theta_i)^2], see `squared_likelihood`."""
    return closed_form(doubled(counts), a, b) + log_constant(counts)
