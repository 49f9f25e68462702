"""The methods of `own-counts`: each learns the population of any number of groups, and is shown next to exact."""

from collections.abc import Callable

import jax

from experiments.methods.hyperpriors import HYPERPRIORS, hyperprior_named
from experiments.methods.learned import EXACT
from experiments.own_counts.options import MethodName, OwnCounts
from inference import Posterior, exact, importance, mcmc, normal_proposal, rqmc, smc, vi
from models import Counts, CountsError, Hyperprior, aggregated
from models.observations.large_files import scan_table

LATER = ("k_later", "n_later")  # columns of counts of the same groups afterwards


def hyperprior_asked(options: OwnCounts) -> Hyperprior:
    """The hyperprior of `--hyperprior`, within `--bounds` if there are any."""
    if options.bounds is None:
        return hyperprior_named(options.hyperprior)
    hyperprior = HYPERPRIORS[options.hyperprior]
    return hyperprior(*options.bounds) if options.hyperprior == "box" else hyperprior(lam=options.bounds)


def methods_asked(options: OwnCounts, hyperprior: Hyperprior, counts: Counts) -> dict[str, Callable[[], Posterior]]:
    """The methods that learn the population: the requested one, and exact.

    All but exact take the aggregated form, whose cost does not grow with the number of groups.

    Args:
        options: method, seed and number of particles.
        hyperprior: what is believed of (a, b).
        counts: the counts of all groups.

    Returns:
        Functions that return a posterior, by name, "exact" last.
    """
    model, key = aggregated(hyperprior), jax.random.key(options.seed)

    def proposed() -> Posterior:
        # Particles drawn from the hyperprior would be wasted on a large class: nearly all would have a weight near 0.
        of_vi, of_importance = jax.random.split(key)
        return importance(
            model,
            counts,
            key=of_importance,
            n_particles=options.particles,
            proposal=normal_proposal(hyperprior),
            proposal_args=vi(model, counts, key=of_vi).proposal_args,
        )

    sampled: dict[MethodName, Callable[[], Posterior]] = {
        "importance": proposed,
        "nuts": lambda: mcmc(model, counts, key=key, algorithm="nuts"),
        "smc": lambda: smc(model, counts, key=key),
        "rqmc": lambda: rqmc(hyperprior, counts, key=key),
    }
    chosen = {options.method: sampled[options.method]} if options.method in sampled else {}
    return {**chosen, EXACT: lambda: exact(hyperprior, counts)}


def later_counts(options: OwnCounts, counts: Counts) -> Counts | None:
    """The same groups afterwards: the columns k_later and n_later of the file, if it has them.

    Args:
        options: the file.
        counts: the groups.

    Returns:
        Their later counts, or None.

    Raises:
        CountsError: if only one of the columns is there, or if they cannot be used.
    """
    columns = scan_table(options.path).collect_schema().names()
    found = [column for column in LATER if column in columns]
    if not found:
        return None
    if len(found) == 1:
        raise CountsError(f"{options.path}: column {found[0]} is there without the other of {' and '.join(LATER)}")
    later = Counts.read(options.path, k=LATER[0], n=LATER[1], name=options.name, multiplicity=options.multiplicity)
    return Counts(later.k, later.n, counts.names, later.multiplicity)
