"""Effective draws a second of NUTS in every library, on classroom A; first their moments are compared with `exact`.

Three libraries sample the same density over unconstrained coordinates, that of the aggregated form; two compile a
model of their own. All have as many chains, steps of adaptation and draws.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
import polars as pl

from experiments.data.classrooms import classroom_a
from experiments.performance.methods import BOUNDS
from experiments.performance.peer_blackjax import nuts_of_density
from experiments.performance.peers import NUMPYRO, PYMC, is_there
from experiments.performance.posterior import NUTS, anew
from experiments.performance.samplers import CHAINS, Drawn, Sample, Timed, time_chains
from experiments.performance.weights import DisagreementError
from inference import Posterior, exact, mcmc
from inference.programs.prepared import prepare_for_population
from inference.programs.unconstrained import unconstrained
from models import Counts, aggregated, mean_concentration

MCMC, BLACKJAX, NUMPYRO_DENSITY = "mcmc, aggregated", "BlackJAX, same density", f"{NUMPYRO}, same density"
NUMPYRO_MODEL, NUTPIE = NUTS["marginal"], PYMC
FURTHEST = 5.0  # most standard errors that a moment may be from the exact one


class Lengths(NamedTuple):
    """How long each chain runs."""

    warmup: int
    draws: int


FULL, QUICK = Lengths(warmup=500, draws=5_000), Lengths(warmup=200, draws=200)


def measure(
    lengths: Lengths, *, seed: int, repeats: int, advance: Callable[[], None], methods: tuple[str, ...] | None = None
) -> pl.DataFrame:
    """Time the chains of every library.

    Args:
        lengths: of each chain.
        seed: of their draws.
        repeats: timed calls.
        advance: called after each method.
        methods: some of `names`; all if omitted.

    Returns:
        A row per method: draws, effective_draws (ArviZ's bulk ESS of lam), divergences, mean_lam and sd_lam with their
        Monte Carlo errors, adapt_seconds, seconds (of sampling), per_second (effective draws a second of sampling;
        None if all draws took no longer than a few), and compile_seconds.

    Raises:
        DisagreementError: if the mean or sd of lam is more than 5 of its standard errors from that of `exact`.
    """
    data = classroom_a()
    truth, samplers = exact(mean_concentration(lam=BOUNDS), data), _samplers(lengths, data, seed)
    rows = []
    for method in methods or names():
        check = partial(check_moments, method, truth)
        rows.append(_row(method, time_chains(samplers[method], lengths.draws, repeats=repeats, check=check)))
        advance()
    return pl.DataFrame(rows, infer_schema_length=None)


def names() -> list[str]:
    """Names of the methods; those of peers that are not installed are left out."""
    of_numpyro = [NUMPYRO_DENSITY, NUMPYRO_MODEL] if is_there(NUMPYRO) else []
    return [MCMC, BLACKJAX, *of_numpyro, *([NUTPIE] if is_there(PYMC) else [])]


def check_moments(method: str, truth: Posterior, lam: np.ndarray) -> None:
    """Compare the mean and the sd of lam with those of the exact posterior.

    Args:
        method: for the message.
        truth: the exact posterior.
        lam: draws, shape (chains, draws).

    Raises:
        DisagreementError: if one is further from the exact one than 5 of its standard errors, or has no error.
    """
    for name, (found, error), known in zip(
        ("mean", "sd"), _moments(lam), (truth.mean("lam"), truth.sd("lam")), strict=True
    ):
        if not abs(found - known) <= FURTHEST * error:
            raise DisagreementError(
                f"{method}: the {name} of lam is {found:.6g} with a standard error of {error:.2g}, but {known:.6g} in "
                "the exact posterior; this method is not timed"
            )


def _samplers(lengths: Lengths, data: Counts, seed: int) -> dict[str, Callable[[], Sample]]:
    common = {"seed": seed, "warmup": lengths.warmup}
    found: dict[str, Callable[[], Sample]] = {
        MCMC: partial(_mcmc, data, **common),
        BLACKJAX: lambda: nuts_of_density(*_density(data, seed), **common),
    }
    if is_there(NUMPYRO):
        from experiments.performance import peer_numpyro

        found[NUMPYRO_DENSITY] = lambda: peer_numpyro.nuts_of_density(*_density(data, seed), **common)
        found[NUMPYRO_MODEL] = partial(peer_numpyro.nuts, "marginal", data.k, data.n, BOUNDS, **common)
    if is_there(PYMC):
        from experiments.performance.peer_pymc import sampler

        found[NUTPIE] = partial(sampler, data.k, data.n, BOUNDS, **common)
    return found


def _mcmc(data: Counts, *, seed: int, warmup: int) -> Sample:
    """This suite's chains."""
    run = partial(mcmc, aggregated(mean_concentration(lam=BOUNDS)), n_chains=CHAINS, n_warmup=warmup)

    def sample(draws: int) -> Drawn:
        posterior = run(anew(data), key=jax.random.key(seed), n_draws=draws)
        return Drawn(posterior.chains("lam"), int(np.sum(posterior.divergences)))

    return sample


def _density(
    data: Counts, seed: int
) -> tuple[Callable[[jax.Array], jax.Array], Callable[[jax.Array], jax.Array], jax.Array]:
    """The log density from which `mcmc` samples, lam at z, and a draw of the hyperprior for each chain."""
    model = aggregated(mean_concentration(lam=BOUNDS))
    given, target = prepare_for_population(model, data), unconstrained(model)
    keys = jax.random.split(jax.random.key(seed), CHAINS)
    starts = jax.vmap(lambda key: target.draw(key, given.trials))(keys)
    return (
        lambda z: target.log_joint(z, given.constraints, given.trials),
        lambda z: target.population(z)["lam"],
        starts,
    )


def _moments(lam: np.ndarray) -> list[tuple[float, float]]:
    """Mean and sd, each with its Monte Carlo standard error."""
    from arviz_stats.base.array import array_stats  # here, because importing it takes seconds

    arviz: Any = array_stats
    errors = (float(arviz.mcse(lam, chain_axis=0, draw_axis=1, method=method)) for method in ("mean", "sd"))
    return list(zip((float(np.mean(lam)), float(np.std(lam))), errors, strict=True))


def _row(method: str, chains: Timed) -> dict[str, Any]:
    (mean, mean_error), (sd, sd_error) = _moments(chains.drawn.lam)
    return {
        "method": method,
        "draws": chains.drawn.lam.size,
        "effective_draws": chains.effective,
        "divergences": chains.drawn.divergences,
        "mean_lam": mean,
        "mean_lam_error": mean_error,
        "sd_lam": sd,
        "sd_lam_error": sd_error,
        "adapt_seconds": chains.adapt_seconds,
        "seconds": chains.seconds,
        "per_second": chains.effective / chains.seconds if chains.seconds > 0 else None,
        "compile_seconds": chains.compile_seconds,
    }
