"""The same model as a PyMC user writes it, sampled by nutpie."""

import numpy as np
import nutpie  # pyright: ignore[reportMissingImports]
import pymc as pm  # pyright: ignore[reportMissingImports]

from experiments.performance.samplers import CHAINS, Drawn, Sample


def sampler(k: np.ndarray, n: np.ndarray, bounds: tuple[float, float], *, seed: int, warmup: int) -> Sample:
    """The marginal model, compiled.

    Args:
        k: successes of each student.
        n: trials of each student.
        bounds: of lam.
        seed: of the chains.
        warmup: steps of adaptation of each chain.

    Returns:
        The chains, in parallel.
    """
    with pm.Model() as model:
        mu = pm.Uniform("mu", 0, 1)
        lam = pm.Deterministic("lam", pm.math.exp(pm.Uniform("log_lam", *np.log(bounds))))
        pm.BetaBinomial("k", alpha=lam * mu, beta=lam * (1 - mu), n=n, observed=k)
    compiled = nutpie.compile_pymc_model(model)

    def sample(draws: int) -> Drawn:
        found = nutpie.sample(compiled, draws=draws, tune=warmup, chains=CHAINS, seed=seed, progress_bar=False)
        diverged = int(np.sum(np.asarray(found["sample_stats"]["diverging"])))
        return Drawn(np.asarray(found["posterior"]["lam"]), diverged)

    return sample
