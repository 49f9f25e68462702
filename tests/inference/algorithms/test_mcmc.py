"""MCMC over the population: every kernel against quadrature, within its own Monte Carlo error."""

from math import inf
from types import SimpleNamespace

import blackjax
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from genjax import exponential, gen

from inference import McmcPosterior, exact, mcmc
from inference.algorithms.mcmc import compiled_chains
from inference.algorithms.nuts import TARGET, nuts_chains
from models import Hyperprior, box, marginal, mean_concentration

ALGORITHMS = [
    "nuts",
    pytest.param("mh", marks=pytest.mark.costly),
    *(pytest.param(name, marks=pytest.mark.long) for name in ("mala", "hmc")),
]
NAMES = ["a", "b", "mu", "lam"]


@pytest.fixture(scope="module")
def chains(classrooms):
    """`chains(classroom, algorithm)`, each run once."""
    run = {}

    def learned(classroom: str, algorithm: str) -> McmcPosterior:
        if (classroom, algorithm) not in run:
            run[classroom, algorithm] = mcmc(
                marginal(mean_concentration()), classrooms[classroom], key=jax.random.key(0), algorithm=algorithm
            )
        return run[classroom, algorithm]

    return learned


def errors(posterior, truth) -> np.ndarray:
    """Differences from quadrature in units of the posterior's own standard error."""
    return np.array([(posterior.mean(name) - truth.mean(name)) / posterior.mean_error(name) for name in NAMES])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("number", [0, 1])
def test_random_counts_are_learned_too(algorithm, number, random_counts):
    hyperprior, counts = mean_concentration(), random_counts(number)
    posterior = mcmc(marginal(hyperprior), counts, key=jax.random.key(number), algorithm=algorithm)
    assert np.all(np.abs(errors(posterior, exact(hyperprior, counts))) < 4)


@pytest.mark.long
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("number", range(2, 20))
def test_eighteen_more_random_counts_are_learned_too(algorithm, number, random_counts):
    test_random_counts_are_learned_too(algorithm, number, random_counts)


@pytest.mark.parametrize("classroom", ["A", "B"])
def test_nuts_converges_without_divergences(chains, classroom):
    posterior = chains(classroom, "nuts")
    assert posterior.divergences.sum() == 0
    assert posterior.rhat < 1.01
    assert posterior.verdict.startswith("trust: R-hat 1.00")


@pytest.mark.costly
def test_nuts_warms_up_as_blackjax_does():
    """In float64, because one rounding error grows a thousandfold in this many transitions."""

    def log_joint(z):
        return -jnp.sum((z / jnp.array([1.0, 5.0])) ** 2) / 2 - 1e-4 * jnp.sum(z**4)

    with jax.enable_x64(True):
        key, n_warmup = jax.random.key(0), 150  # long enough for windows of the mass matrix
        starts = jnp.array([[1.0, 2.0], [-3.0, 0.5]])
        ours = nuts_chains(SimpleNamespace(log_joint=log_joint), key, starts, n_warmup, 3, ())
        for key_chain, start, z in zip(jax.random.split(key, 2), starts, ours.z, strict=True):
            warmup = blackjax.window_adaptation(
                blackjax.nuts, log_joint, is_mass_matrix_diagonal=False, target_acceptance_rate=TARGET
            )
            (state, parameters), _ = warmup.run(key_chain, start, n_warmup)
            kernel = blackjax.nuts(log_joint, **parameters)
            for key_step, position in zip(jax.random.split(key_chain, n_warmup + 3)[n_warmup:], z, strict=True):
                state, _ = kernel.step(key_step, state)
                np.testing.assert_allclose(position, state.position, rtol=1e-9)


def test_what_the_hyperprior_fixes_has_no_error_and_does_not_count():
    @gen
    def alike():
        kappa = exponential(0.1) @ "kappa"
        return kappa / 2, kappa / 2

    fixed = Hyperprior(alike, {"kappa": (0.0, inf)})

    def chains(kappa: np.ndarray) -> McmcPosterior:
        draws = {"a": kappa / 2, "b": kappa / 2, "mu": np.full_like(kappa, 0.5), "lam": kappa, "kappa": kappa}
        nothing = np.zeros(kappa.size)
        return McmcPosterior(fixed, draws, nothing, np.nan, np.nan, "mh", np.ones(4), np.zeros(4, int))

    moving = chains(np.random.default_rng(0).exponential(10.0, 2_000))
    assert abs(moving.mean("mu") - 0.5) < 1e-12
    assert moving.mean_error("mu") == 0
    assert moving.verdict.startswith("trust")
    assert moving.diagnostics().filter(name="mu")["rhat"].to_list() == [None]
    frozen = chains(np.full(2_000, 10.0))
    assert np.isnan(frozen.mean_error("mu"))
    assert frozen.verdict.startswith("do not trust")


@pytest.mark.parametrize(("algorithm", "target"), [("mh", 0.35), pytest.param("mala", 0.57, marks=pytest.mark.long)])
@pytest.mark.costly
def test_the_step_size_is_adapted_to_the_best_acceptance(chains, algorithm, target):
    for classroom in ("A", "B"):
        # Dual averaging stops after 300 steps of 4 chains; 10 % more step size changes the acceptance by 0.1.
        assert abs(chains(classroom, algorithm).acceptance.mean() - target) < 0.1


@pytest.mark.costly
def test_chains_start_apart_and_draw_apart(chains):
    first = chains("A", "mh").chains("mu")[:, 0]
    assert len(set(first)) == 4
    correlations = np.corrcoef(chains("A", "nuts").chains("mu"))[np.triu_indices(4, 1)]
    ess = chains("A", "nuts").ess / 4
    assert np.all(np.abs(correlations) < 5 / np.sqrt(ess))  # with one key for all they would be 1


@pytest.mark.long
def test_coordinates_have_noise_of_their_own(chains):
    """With the same noise for all coordinates, mala would move along a diagonal."""
    moves = np.diff([np.log(chains("B", "mala").chains(name)) for name in ("mu", "lam")], axis=2)
    assert abs(np.corrcoef(*moves.reshape(2, -1))[0, 1]) < 0.9


def test_there_is_no_evidence_and_the_posterior_says_so(chains, six):
    posterior = chains("A", "nuts")
    assert np.isnan(posterior.log_evidence)
    assert "no log Z from MCMC" in repr(posterior)
    assert "lam piles up at its upper bound 100" in posterior.verdict
    table = posterior.shrinkage(six)
    truth = exact(mean_concentration(), six).shrinkage(six)
    assert np.all(np.abs(table["mean"] - truth["mean"]).to_numpy() < 4 * table["mean_error"].to_numpy())


def test_chains_that_do_not_agree_are_not_trusted():
    rng = np.random.default_rng(0)

    def of(mu, divergences=0):
        draws = {"mu": mu.ravel(), "lam": rng.uniform(4, 6, mu.size)}
        draws |= {"a": draws["mu"] * draws["lam"], "b": (1 - draws["mu"]) * draws["lam"]}
        counts = np.array([divergences, 0, 0, 0])
        return McmcPosterior(
            mean_concentration(), draws, np.zeros(mu.size), float("nan"), float("nan"), "nuts", np.ones(4), counts
        )

    mu = rng.uniform(0.3, 0.7, (4, 500))
    assert of(mu).verdict.startswith("trust")
    assert of(mu + 0.1 * np.arange(4)[:, None]).verdict.startswith("do not trust: R-hat")
    assert of(np.full((4, 500), 0.5) + 0.1 * np.arange(4)[:, None]).verdict.startswith("do not trust: R-hat")
    assert of(mu[:, :90]).verdict.startswith("do not trust: R-hat")
    assert of(mu, divergences=4).verdict.startswith("trust: 4 divergent transitions")  # 4 of 2,000 draws
    assert of(mu, divergences=5).verdict.startswith("do not trust: 5 divergent transitions")


def test_chains_that_are_seldom_in_the_tail_are_not_trusted():
    """Where R-hat and the bulk ESS are good: HMC was trusted in a funnel, with E[mu] off by 6.6 of its errors."""
    rng = np.random.default_rng(0)
    mu = rng.uniform(0.3, 0.7, (4, 1_000))
    for chain in mu:  # in runs of 25, a twentieth of all draws
        for start in (250, 750):
            chain[start + rng.integers(-200, 200) :][:25] = rng.uniform(0.8, 0.9, 25)
    draws = {"mu": mu.ravel(), "lam": rng.uniform(4, 6, mu.size)}
    draws |= {"a": draws["mu"] * draws["lam"], "b": (1 - draws["mu"]) * draws["lam"]}
    nothing = np.zeros(4, int)
    found = McmcPosterior(mean_concentration(), draws, np.zeros(mu.size), np.nan, np.nan, "hmc", np.ones(4), nothing)
    assert found.rhat < 1.01
    assert found.ess > 400 > found.tail_ess
    assert found.verdict.startswith("do not trust: R-hat")


@pytest.mark.costly
def test_the_same_key_gives_the_same_bytes_from_the_same_program(chains, six):
    first, programs = chains("A", "mh"), len(compiled_chains.kept)
    again = mcmc(marginal(mean_concentration(lam=(0.1, 100))), six, key=jax.random.key(0), algorithm="mh")
    assert all(first.draws[name].tobytes() == again.draws[name].tobytes() for name in first.draws)
    assert len(compiled_chains.kept) == programs


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ({"n_chains": 1}, "n_chains must be at least 2"),
        ({"n_warmup": 0}, "n_warmup must be at least 1"),
        ({"n_draws": 3}, "n_draws must be at least 4"),
        ({"algorithm": "gibbs"}, "algorithm must be one of nuts, hmc, mala, mh, not 'gibbs'"),
    ],
)
def test_sizes_and_names_out_of_range_are_value_errors(six, sizes, message):
    with pytest.raises(ValueError, match=message):
        mcmc(marginal(box()), six, key=jax.random.key(0), **sizes)
