"""The methods that `own-counts` offers: each learns the population of any number of groups, and is shown by exact."""

from collections.abc import Callable, Mapping

import jax

from experiments.learning import EXACT
from experiments.options import MethodName, OwnCounts
from inference import Posterior, exact, importance, mcmc, normal_proposal, smc, vi
from models import Counts, Hyperprior, aggregated, bda3, box, half_cauchy, mean_concentration, pareto

WITHOUT_BOUNDS: Mapping[str, Callable[[], Hyperprior]] = {"half-cauchy": half_cauchy, "pareto": pareto}
OF_LAM: Mapping[str, Callable[..., Hyperprior]] = {"mean-concentration": mean_concentration, "bda3": bda3}


def hyperprior_asked(options: OwnCounts) -> Hyperprior:
    """The hyperprior of `--hyperprior`, within `--bounds` if there are any."""
    if options.hyperprior in WITHOUT_BOUNDS:
        return WITHOUT_BOUNDS[options.hyperprior]()
    if options.hyperprior == "box":
        return box() if options.bounds is None else box(*options.bounds)
    of_lam = OF_LAM[options.hyperprior]
    return of_lam() if options.bounds is None else of_lam(lam=options.bounds)


def methods_asked(options: OwnCounts, hyperprior: Hyperprior, counts: Counts) -> dict[str, Callable[[], Posterior]]:
    """What learns the population: the method asked for, and exact.

    All but exact take the aggregated form, whose cost does not grow with the number of groups.

    Args:
        options: method, seed and number of particles.
        hyperprior: what is believed of (a, b).
        counts: everybody's.

    Returns:
        By name, what returns a posterior, "exact" last.
    """
    model, key = aggregated(hyperprior), jax.random.key(options.seed)

    def proposed() -> Posterior:
        # Particles of the hyperprior would be wasted on a large class: nearly all of them explain none of it.
        of_vi, of_importance = jax.random.split(key)
        return importance(
            model,
            counts,
            key=of_importance,
            n_particles=options.n_particles,
            proposal=normal_proposal(hyperprior),
            proposal_args=vi(model, counts, key=of_vi).proposal_args,
        )

    sampled: dict[MethodName, Callable[[], Posterior]] = {
        "importance": proposed,
        "nuts": lambda: mcmc(model, counts, key=key, algorithm="nuts"),
        "smc": lambda: smc(model, counts, key=key),
    }
    chosen = {options.method: sampled[options.method]} if options.method in sampled else {}
    return {**chosen, EXACT: lambda: exact(hyperprior, counts)}
