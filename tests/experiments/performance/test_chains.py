"""Chains of every library: right on a small run, and not timed if they are wrong."""

import numpy as np
import pytest

from experiments.data.classrooms import classroom_a
from experiments.performance import chains
from experiments.performance.chains import BLACKJAX, MCMC, NUMPYRO_DENSITY, NUMPYRO_MODEL, NUTPIE, check_moments
from experiments.performance.peers import NUMPYRO, PYMC, is_there
from experiments.performance.samplers import Drawn, time_chains
from experiments.performance.weights import DisagreementError
from inference import exact
from models import mean_concentration

NEEDED = {NUMPYRO_DENSITY: NUMPYRO, NUMPYRO_MODEL: NUMPYRO, NUTPIE: PYMC}


@pytest.fixture(scope="module")
def truth():
    return exact(mean_concentration(), classroom_a())


@pytest.fixture
def independent(truth) -> np.ndarray:
    """Independent draws with the mean and sd of the exact posterior, shape (4, 500)."""
    return np.random.default_rng(0).normal(truth.mean("lam"), truth.sd("lam"), (4, 500))


def test_draws_with_other_moments_are_refused(truth, independent):
    check_moments("right", truth, independent)
    # 2,000 independent draws have standard errors of 2 % of the sd, and 1.6 % for the sd itself.
    with pytest.raises(DisagreementError, match=r"shifted: the mean of lam is .* in the exact posterior"):
        check_moments("shifted", truth, independent + 0.2 * truth.sd("lam"))
    with pytest.raises(DisagreementError, match="wide: the sd of lam"):
        check_moments("wide", truth, truth.mean("lam") + 1.2 * (independent - independent.mean()))
    with pytest.raises(DisagreementError, match="the mean of lam is nan"):
        check_moments("nan", truth, np.full((4, 500), np.nan))


def test_chains_are_checked_before_they_are_timed(independent):
    asked = []

    def sample(draws: int) -> Drawn:
        asked.append(draws)
        return Drawn(independent[:, :draws], 3)

    def refuse(lam: np.ndarray) -> None:
        assert lam.shape == (4, 300)
        raise DisagreementError("as said")

    with pytest.raises(DisagreementError, match="as said"):
        time_chains(lambda: sample, 300, repeats=1, check=refuse)
    assert asked == [4, 300]
    found = time_chains(lambda: sample, 300, repeats=1)
    assert found.drawn.divergences == 3
    # Of independent draws; the error of an estimated ESS is some percent here.
    assert found.effective == pytest.approx(1200, rel=0.2)
    assert found.seconds >= 0


@pytest.mark.slow
@pytest.mark.parametrize("method", [MCMC, BLACKJAX, NUMPYRO_DENSITY, NUMPYRO_MODEL, NUTPIE])
def test_chains_of_every_library_agree_with_the_exact_posterior(method):
    if method in NEEDED and not is_there(NEEDED[method]):
        pytest.skip(f"{NEEDED[method]} is not installed")
    # The moments are compared in `measure`.
    found = chains.measure(chains.QUICK, seed=0, repeats=1, advance=lambda: None, methods=(method,))
    assert found["method"].to_list() == [method]
    assert found["draws"].to_list() == [800]
    assert 40 < found["effective_draws"][0] < 4_000
