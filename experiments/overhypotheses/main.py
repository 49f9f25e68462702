"""Bags of marbles: what one marble says of a new bag depends on the bags seen before.

If each of the bags seen had one colour, one marble is enough to know the colour of a new bag. If all of them were mixed
alike, one marble says little. So what is learned from the bags is how alike bags are: an overhypothesis. (i) The
certainty after one marble, in two, three and five colours; (ii) how many bags, of how many marbles, it takes to learn
that; (iii) every form next to the truth, which is exact for at most three numbers and that of `rqmc` for five; (iv)
what the hyperprior decides.

References:
    Kemp, Perfors & Tenenbaum (2007), Learning overhypotheses with hierarchical Bayesian models, Developmental Science
    10(3): the model. The numbers in its figures were not at hand, and none is compared. Goodman, Tenenbaum and
    contributors (2016), Probabilistic Models of Cognition, chapter "Hierarchical models": the claims in words. Bags of
    one colour each teach an alpha below 1, and one marble is then enough; mixed bags teach an alpha above 1, and one
    marble says little.
"""

import time
from functools import partial
from typing import Any

import jax
from matplotlib.figure import Figure

from experiments.methods.learned import Learned, learn, truth_among
from experiments.methods.method_table import method_seconds, method_summary
from experiments.overhypotheses.learning import beliefs, density_of_log_lam, learning_curve
from experiments.overhypotheses.one_marble import estimates, truth
from experiments.overhypotheses.options import Overhypotheses
from experiments.overhypotheses.panels import plot_bags, plot_certainty, plot_curve, plot_densities
from experiments.overhypotheses.result import Result
from experiments.overhypotheses.tables import new_bag_table, print_result
from experiments.overhypotheses.worlds import ALIKE, NONE, OWN, TWO, settings
from experiments.presentation.axes import new_figure
from experiments.presentation.results import write_results
from inference import Posterior


def run(options: Overhypotheses) -> Result:
    """Learn from the bags of every setting and world.

    Args:
        options: seed, number of particles, and whether there are bags of two colours only.

    Returns:
        What each method learned, and the tables.
    """
    cases = {name: setting for name, setting in settings().items() if name == TWO or not options.quick}
    learned: dict[tuple[str, str], dict[str, Learned]] = {}
    posteriors: dict[tuple[str, str, int], Posterior] = {}
    seconds = {}
    for at, (name, setting) in enumerate(cases.items()):
        key = jax.random.fold_in(jax.random.key(options.seed), at)
        for world, key_world in zip((NONE, OWN, ALIKE), jax.random.split(key, 3), strict=True):
            start = time.perf_counter()
            keys, data = jax.random.split(key_world, 2), setting.data(world, 1)
            if world == NONE:
                posteriors[name, world, 1] = truth(setting.hyperprior, data, keys[1])
            else:
                posteriors[name, world, 0] = truth(setting.hyperprior, setting.data(world, 0), keys[0])
                methods = learn(setting.hyperprior, data, key=keys[1], n_particles=options.particles)
                learned[name, world] = methods
                posteriors[name, world, 1] = methods[truth_among(methods)].posterior
            seconds[f"{name}, {world}"] = time.perf_counter() - start
    start = time.perf_counter()
    curve, believed = learning_curve(), beliefs()
    densities = {world: density_of_log_lam(world) for world in (NONE, OWN, ALIKE)}
    seconds["learning curve, beliefs"] = time.perf_counter() - start
    return Result(cases, learned, new_bag_table(cases, posteriors), curve, believed, densities, seconds)


def plot(result: Result) -> Figure:
    """The bags; how alike they are said to be; the certainty after one marble, by bags seen and by setting."""
    figure, (bags, concentration, curve, certainty) = new_figure(2, rows=2, width=6.2, height=4.0)
    plot_bags(bags, result.settings[TWO])
    plot_densities(concentration, result.densities)
    plot_curve(curve, result.curve)
    plot_certainty(certainty, result.new_bag)
    return figure


def main(options: Overhypotheses) -> None:
    """Run, write the files, print the tables."""
    result = run(options)
    write_results(
        options.folder,
        show=lambda: print_result(result),
        summary=summary(result),
        seconds=result.seconds
        | {
            f"{name}, {world}, {method}": seconds
            for (name, world), learned in result.learned.items()
            for method, seconds in method_seconds(learned).items()
        },
        tables={"new_bag": result.new_bag, "learning_curve": result.curve, "beliefs": result.beliefs},
        figures={"overhypotheses": plot(result)},
    )


def summary(result: Result) -> dict[str, Any]:
    """Every printed number except times."""
    at = {name: setting.at for name, setting in result.settings.items()}
    return {
        "methods": {
            f"{name}, {world}": method_summary(learned, partial(estimates, colour=at[name]))
            for (name, world), learned in result.learned.items()
        },
        "new_bag": result.new_bag.to_dicts(),
        "learning_curve": result.curve.to_dicts(),
        "beliefs": result.beliefs.to_dicts(),
    }
