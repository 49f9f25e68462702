"""The methods of `own-counts`: each learns the population of any number of groups, and is shown next to exact."""

from collections.abc import Callable

import jax

from experiments.methods.hyperpriors import HYPERPRIORS, hyperprior_named
from experiments.methods.learned import EXACT
from experiments.own_counts.kinds import kind_asked, kind_of, reader
from experiments.own_counts.options import EVENTS_HYPERPRIOR, MethodName, OwnCounts
from inference import Posterior, exact, importance, mcmc, normal_proposal, rqmc, smc, vi
from models import Counts, CountsError, Events, Hyperprior, Observations, aggregated, mean_shape
from models.observations.files.headers import Wanted
from models.observations.files.sources import source_of


def hyperprior_asked(options: OwnCounts) -> Hyperprior:
    """The hyperprior of `--hyperprior`, within `--bounds` if there are any."""
    asked = options.hyperprior_asked
    if asked == EVENTS_HYPERPRIOR:
        bounds = {"shape": options.bounds, "mean": options.mean_bounds}
        return mean_shape(**{name: ends for name, ends in bounds.items() if ends is not None})
    if options.bounds is None:
        return hyperprior_named(asked, kind_asked(options).observations)
    hyperprior = HYPERPRIORS[asked]
    return hyperprior(*options.bounds) if asked == "box" else hyperprior(lam=options.bounds)


def methods_asked(
    options: OwnCounts, hyperprior: Hyperprior, counts: Observations
) -> dict[str, Callable[[], Posterior]]:
    """The methods that learn the population: the requested one, and exact.

    All but exact take the aggregated form, whose cost does not grow with the number of groups, if they are of trials.

    Args:
        options: method, seed and number of particles.
        hyperprior: what is believed of the population.
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


def later_counts(options: OwnCounts, counts: Counts | Events) -> Counts | Events | None:
    """The same groups afterwards: the columns k_later and n_later, or exposure_later, of the file, if it has them.

    Args:
        options: the file.
        counts: the groups.

    Returns:
        Their later counts, or None.

    Raises:
        CountsError: if only one of the columns is there, or if they cannot be used.
    """
    if options.trials_long is not None:
        return None
    design = "failures" if options.failures is not None else kind_of(counts).design
    wanted = ("k_later", f"{design}_later")
    columns = source_of(options.path, Wanted([wanted]), options.sheet).columns
    found = [column for column in wanted if column in columns]
    if not found:
        return None
    if len(found) == 1:
        raise CountsError(f"{options.path}: column {found[0]} is there without the other of {' and '.join(wanted)}")
    later = reader(options)(options.path, **dict(zip(("k", design), wanted, strict=True)))
    if options.drop_missing and counts.is_named and set(counts.names) <= set(later.names):
        later = later.taken([later.names.index(name) for name in counts.names])
    if len(later) != len(counts) or later.names != counts.names:
        raise CountsError(f"{options.path}: {' and '.join(wanted)} are missing in other rows than the first counts")
    return type(counts)(later.k, later.design_values, counts.names, later.multiplicity)
