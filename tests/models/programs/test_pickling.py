"""Copies give the answers of the original; a copy of an object for which programs are compiled is the original."""

import copy
import multiprocessing
import pickle
import subprocess
import sys
from math import inf

import jax
import numpy as np
import pytest
from genjax import exponential, gen, uniform

from inference import conjugate_proposal, exact, importance, mcmc, normal_proposal, smc, vi
from models import (
    Counts,
    Hyperprior,
    aggregated,
    bda3,
    box,
    classroom,
    explicit,
    half_cauchy,
    hyperprior_of,
    marginal,
    mean_concentration,
    mean_shape,
    pareto,
)
from models.families.beta_binomial.students import marginal_student

BUILT_IN = [
    box(),
    box(1, 3),
    mean_concentration(),
    mean_concentration(mu=(0.1, 0.9)),
    mean_shape(),
    mean_shape(mean=(0.1, 0.9)),
    bda3(),
    pareto(2.0, 3),
    half_cauchy(),
]
WAYS = {"pickle": lambda x: pickle.loads(pickle.dumps(x)), "deepcopy": copy.deepcopy, "copy": copy.copy}
way = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)


@gen
def readers():
    mu = uniform(0.0, 1.0) @ "mu"
    kappa = exponential(0.1) @ "kappa"
    return kappa * mu, kappa * (1 - mu)


READERS = Hyperprior(readers, {"mu": (0.0, 1.0), "kappa": (0.0, inf)})
KEY = jax.random.key(0)
LEARNED = {
    "exact": lambda counts: exact(box(), counts),
    "importance": lambda counts: importance(marginal(box()), counts, key=KEY, n_particles=20_000),
    "mcmc": lambda counts: mcmc(marginal(mean_concentration()), counts, key=KEY, n_warmup=200, n_draws=200),
    "smc": lambda counts: smc(marginal(mean_concentration()), counts, key=KEY, n_particles=1_000, n_islands=20),
    "vi": lambda counts: vi(marginal(mean_concentration()), counts, key=KEY, n_draws=1_000),
}
algorithm = pytest.mark.parametrize(
    "algorithm",
    [name if name in ("exact", "importance") else pytest.param(name, marks=pytest.mark.slow) for name in LEARNED],
)


@way
@pytest.mark.parametrize("made", [lambda h: h, explicit, marginal, aggregated, conjugate_proposal, normal_proposal])
@pytest.mark.parametrize("hyperprior", BUILT_IN)
def test_a_copy_of_a_program_is_the_program(hyperprior, made, way):
    assert way(made(hyperprior)) is made(hyperprior)


def test_a_hyperprior_is_pickled_as_a_call():
    assert box().__reduce__() == (box, (0.5, 20.0))
    assert pareto(2, 3).__reduce__() == (pareto, (2.0, 3.0))


@way
def test_a_readers_own_hyperprior_is_found_by_its_program(way):
    assert way(READERS) is READERS
    assert way(marginal(READERS)) is marginal(READERS)
    of_class = way(classroom(marginal_student, READERS))
    assert hyperprior_of(of_class) is READERS
    other = Hyperprior(readers, {"mu": (0.0, 1.0), "kappa": (0, 1e9)})
    assert way(other) is other


def test_a_program_within_a_function_has_no_pickle_but_copies():
    @gen
    def local():
        return uniform(0.0, 1.0) @ "x", 1.0

    hyperprior = Hyperprior(local, {"x": (0.0, 1.0)})
    for made in (hyperprior, marginal(hyperprior)):
        with pytest.raises(
            pickle.PicklingError, match=r"local is not found in .*: write it with @gen at the top level"
        ):
            pickle.dumps(made)
        assert copy.deepcopy(made) is made


@way
def test_counts_keep_their_rows_and_nothing_on_a_device(way, six):
    repeated = Counts(k=six.k, n=six.n, multiplicity=range(6))
    for counts in (six, repeated):
        assert counts.trials.max_n == 100  # this creates `trials`
        copied = way(counts)
        assert repr(copied) == repr(counts)
        assert copied.names == counts.names
        assert all(np.array_equal(*pair) for pair in zip(copied.pairs, counts.pairs, strict=True))
        assert not any(column.flags.writeable for column in (copied.k, copied.n, copied.multiplicity))
        assert np.array_equal(copied.trials.n, counts.trials.n)
    assert len(pickle.dumps(repeated)) < 2_000


def answers(posterior, counts):
    """All answers of a posterior, as bytes or text."""
    return [
        posterior.summary().drop("name").to_numpy().astype(float).tobytes(),
        posterior.shrinkage(counts).drop("name").to_numpy().astype(float).tobytes(),
        posterior.weights.tobytes(),
        np.array([posterior.log_evidence, posterior.log_evidence_error, posterior.ess, posterior.khat]).tobytes(),
        posterior.verdict,
        str(posterior.diagnostics()),
    ]


@algorithm
@pytest.mark.costly
def test_a_copy_of_a_posterior_gives_all_answers_to_the_bit(algorithm, six):
    posterior = LEARNED[algorithm](six)
    told = answers(posterior, six)
    for way in WAYS.values():
        copied = way(posterior)
        assert type(copied) is type(posterior)
        assert copied.hyperprior is posterior.hyperprior
        assert answers(copied, six) == told


@pytest.mark.slow
def test_another_process_gives_them_too(six):
    for learn in LEARNED.values():
        posterior = learn(six)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            assert np.array_equal(
                pool.apply(type(posterior).shrinkage, (posterior, six)).drop("name").to_numpy(),
                posterior.shrinkage(six).drop("name").to_numpy(),
            )
            assert pool.apply(type(posterior).quantile, (posterior, "mu", 0.5)) == posterior.quantile("mu", 0.5)


@pytest.mark.slow
def test_another_process_has_one_hyperprior_for_all_its_copies():
    loads = "import pickle, sys; from models import box; x = sys.stdin.buffer.read(); assert pickle.loads(x) is box()"
    subprocess.run([sys.executable, "-W", "ignore", "-c", loads], input=pickle.dumps(box()), check=True)
