"""The mathematics of bags of marbles: the hyperprior, closed forms, and what one marble says."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest

from experiments.overhypotheses.learning import beliefs, density_of_log_lam, learning_curve
from experiments.overhypotheses.one_marble import next_marble, same_again_by_hand, truth
from experiments.overhypotheses.programs import several_colours, shares_of, two_colours
from experiments.overhypotheses.tables import bags_until_sure
from experiments.overhypotheses.worlds import (
    ALIKE,
    FIVE,
    NONE,
    OWN,
    THREE,
    TWO,
    mixed_alike,
    own_colours,
    settings,
)
from inference import exact
from models import Categories, Counts

ROUNDING = 1e-12  # of sums and logarithms of a few numbers of size one, in float64
QUADRATURE = (
    1e-8  # of `exact`, which estimates far smaller errors; both sides of a comparison are integrals of their own
)
WORLDS = (NONE, OWN, ALIKE)


@functools.cache
def posterior_of(setting: str, world: str, marbles: int):
    of = settings()[setting]
    return truth(of.hyperprior, of.data(world, marbles), jax.random.key(marbles))


@pytest.mark.parametrize("colours", [2, 3, 5])
def test_broken_sticks_are_uniform_on_the_simplex(colours):
    # The density of the first C - 1 shares is 1 / |Jacobian|; that of Dirichlet(1, ..., 1) is (C - 1)! everywhere.
    rng = np.random.default_rng(colours)
    with jax.enable_x64(True):
        for u in rng.uniform(0.01, 0.99, (20, colours - 1)):
            jacobian = jax.jacfwd(shares_of)(jnp.asarray(u))[:-1]
            assert abs(np.linalg.det(jacobian)) == pytest.approx(1 / math.factorial(colours - 1), rel=ROUNDING)
            shares = np.asarray(shares_of(jnp.asarray(u)))
            assert shares.sum() == pytest.approx(1, abs=ROUNDING)
            assert np.all(shares > 0)


def test_the_first_share_keeps_its_digits_where_it_is_tiny():
    # 1 - (1 - u)^(1 / 4) = u / 4 + O(u^2): in float32 the difference of 1 and a power would be 0 or a multiple of 6e-8.
    shares = shares_of(jnp.asarray([1e-12, 0.5, 0.5, 0.5], jnp.float32))
    assert float(shares[0]) == pytest.approx(2.5e-13, rel=1e-6, abs=0)


@pytest.mark.parametrize("colours", [2, pytest.param(3, marks=pytest.mark.costly)])
def test_one_marble_alone_has_each_colour_with_equal_probability(colours):
    hyperprior = two_colours() if colours == 2 else several_colours(colours)
    data = Counts([1], [1]) if colours == 2 else Categories([[1] + [0] * (colours - 1)])
    assert exact(hyperprior, data).log_evidence == pytest.approx(-math.log(colours), abs=QUADRATURE)


@pytest.mark.parametrize(
    "setting", [TWO, pytest.param(THREE, marks=pytest.mark.costly), pytest.param(FIVE, marks=pytest.mark.costly)]
)
def test_without_other_bags_the_next_marble_is_as_by_hand(setting):
    of = settings()[setting]
    colours = len(of.colours)
    same = next_marble(posterior_of(setting, NONE, 1), of.at, 1)
    assert abs(same.value - same_again_by_hand(colours)) < 4 * same.error + QUADRATURE
    before = next_marble(posterior_of(setting, NONE, 0), of.at, 0)
    assert abs(before.value - 1 / colours) < 4 * before.error + QUADRATURE


def test_by_hand_is_a_mean_of_the_two_extremes():
    # lam -> 0: the same colour for sure; lam -> infinity: beta of one marble, 2 / (C + 1). Gompertz' constant weighs.
    gompertz = 0.596347362323194
    for colours in (2, 3, 5):
        expected = gompertz + (1 - gompertz) * 2 / (colours + 1)
        assert same_again_by_hand(colours) == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("setting", [TWO, pytest.param(THREE, marks=pytest.mark.costly)])
def test_the_next_marble_is_the_ratio_of_the_evidences_of_two_marbles_and_of_one(setting, world):
    of = settings()[setting]
    evidences = [posterior_of(setting, world, marbles).log_evidence for marbles in (0, 1, 2)]
    for seen in (0, 1):
        same = next_marble(posterior_of(setting, world, seen), of.at, seen)
        assert same.value == pytest.approx(math.exp(evidences[seen + 1] - evidences[seen]), abs=QUADRATURE)


@pytest.mark.costly
@pytest.mark.parametrize("world", [OWN, ALIKE])
def test_two_colours_of_a_dirichlet_are_a_beta(world):
    of = settings()[TWO]
    dirichlet = of._replace(hyperprior=several_colours(2))
    seen = np.concatenate([of.seen[world], [[1, 0]]])
    by_dirichlet = exact(dirichlet.hyperprior, Categories(seen))
    by_beta = posterior_of(TWO, world, 1)
    assert by_dirichlet.log_evidence == pytest.approx(by_beta.log_evidence, abs=QUADRATURE)
    assert by_dirichlet.mean("lam") == pytest.approx(by_beta.mean("lam"), rel=QUADRATURE)
    for colour in (0, 1):
        pair = [next_marble(posterior, colour, 0).value for posterior in (by_dirichlet, by_beta)]
        assert pair[0] == pytest.approx(pair[1], abs=QUADRATURE)


def test_the_probabilities_of_both_colours_add_up_to_one():
    posterior = posterior_of(TWO, OWN, 1)
    black, white = (next_marble(posterior, colour, 0).value for colour in (0, 1))
    assert black + white == pytest.approx(1, abs=ROUNDING)
    assert black > white


@pytest.mark.parametrize("setting", [TWO, THREE])
def test_both_worlds_have_as_many_marbles_of_each_colour(setting):
    seen = settings()[setting].seen
    np.testing.assert_array_equal(seen[OWN].sum(axis=0), seen[ALIKE].sum(axis=0))
    np.testing.assert_array_equal(seen[OWN].sum(axis=1), seen[ALIKE].sum(axis=1))
    assert np.all(np.count_nonzero(seen[OWN], axis=1) == 1)
    assert np.unique(seen[ALIKE], axis=0).shape[0] == 1


def test_the_textbooks_bags_have_six_marbles_and_no_orange_one():
    of = settings()[FIVE]
    assert of.colours[of.at] == "orange"
    for world in (OWN, ALIKE):
        assert of.seen[world].sum(axis=1).tolist() == [6, 6, 6]
        assert not of.seen[world][:, of.at].any()


def test_marbles_that_cannot_be_split_are_refused():
    assert own_colours(2, 3, 5).tolist() == [[5, 0], [0, 5], [5, 0]]
    with pytest.raises(ValueError, match="5 marbles cannot be split evenly into 2 colours"):
        mixed_alike(2, 3, 5)


@pytest.mark.parametrize(
    "setting", [TWO, pytest.param(THREE, marks=pytest.mark.costly), pytest.param(FIVE, marks=pytest.mark.costly)]
)
def test_the_claims_in_words_hold(setting):
    # Bags of one colour each teach a small lam, and one marble is then enough; mixed bags teach a large one.
    of = settings()[setting]
    same = {world: next_marble(posterior_of(setting, world, 1), of.at, 1).value for world in WORLDS}
    lam = {world: posterior_of(setting, world, 1).mean("lam") for world in WORLDS}
    assert same[OWN] > same[NONE] > same[ALIKE]
    assert lam[OWN] < 1 / 4
    assert lam[ALIKE] > 2


@pytest.fixture(scope="module")
def curve() -> pl.DataFrame:
    return learning_curve()


def test_the_curve_begins_by_hand_and_ends_at_all_bags(curve):
    begin = curve.filter(bags=0)["same"].to_numpy()
    np.testing.assert_allclose(begin, same_again_by_hand(2), atol=QUADRATURE)
    for world in (OWN, ALIKE):
        end = curve.filter(world=world, marbles=20, bags=20)["same"].item()
        assert end == pytest.approx(next_marble(posterior_of(TWO, world, 1), 0, 1).value, abs=QUADRATURE)


def test_more_bags_and_more_marbles_teach_more(curve):
    for world, sign in ((OWN, 1), (ALIKE, -1)):
        few, many = (curve.filter(world=world, marbles=marbles)["same"].to_numpy() for marbles in (2, 20))
        assert np.all(sign * np.diff(few)[1:] > 0)  # two bags of two marbles hardly say anything of how alike bags are
        assert np.all(sign * np.diff(many) > 0)
        assert np.all(sign * (many - few)[1:] > 0)


def test_the_bags_until_sure_are_the_fewest(curve):
    for marbles in (2, 20):
        bags = bags_until_sure(curve, marbles)
        assert bags is not None
        before = curve.filter(world=OWN, marbles=marbles, bags=bags - 2)["same"].item()
        assert before <= 0.95 < curve.filter(world=OWN, marbles=marbles, bags=bags)["same"].item()
    assert bags_until_sure(curve.filter(bags=0), 2) is None


def test_beliefs_with_a_prior_mean_of_one_are_those_of_the_paper():
    table = beliefs()
    for world in (OWN, ALIKE):
        row = table.filter(world=world, prior_mean=1.0).row(0, named=True)
        posterior = posterior_of(TWO, world, 1)
        assert row["lam"] == pytest.approx(posterior.mean("lam"), rel=QUADRATURE)
        assert row["same"] == pytest.approx(next_marble(posterior, 0, 1).value, abs=QUADRATURE)
    # "Bags that are this much alike say that lam is large, but not how large."
    own, alike = (np.ptp(table.filter(world=world)["same"].to_numpy()) for world in (OWN, ALIKE))
    assert alike > 10 * own


@pytest.mark.parametrize("mean", [10.0, 100.0])
def test_a_prior_mean_is_that_of_lam_before_any_bag(mean):
    posterior = exact(two_colours(mean), Counts([0], [0]))
    assert posterior.mean("lam") == pytest.approx(mean, rel=QUADRATURE)


@pytest.mark.parametrize("world", WORLDS)
def test_the_density_of_log_lam_holds_all_but_its_ends(world):
    lam, density = density_of_log_lam(world)
    width = np.diff(np.log10(lam)).mean()
    assert (density * width).sum() == pytest.approx(0.996, abs=1e-5)  # quantiles are right to 1e-6
    assert np.all(density >= 0)
