"""The population with the highest likelihood: it is a maximum, limits without one are refused, and it is too sure."""

import warnings

import numpy as np
import pytest
from scipy.stats import nbinom

from inference import closed_form, exact
from inference.algorithms.empirical_bayes import FlatLikelihoodWarning, NoMaximumError, empirical_bayes
from models import Categories, Counts, CountsError, Events, bda3, fixed, mean_concentration

RATS = "experiments/data/rats.csv"
BATTING = "experiments/data/batting.csv"


@pytest.fixture(scope="module")
def rats(request) -> Counts:
    return Counts.read(request.config.rootpath / RATS)


def shapes(hyperprior) -> tuple[float, float]:
    _, (a, b) = hyperprior.assess({})
    return float(a), float(b)


def test_no_other_population_has_a_higher_likelihood(rats):
    """In a grid around the maximum the closed form is lower; next to it by the square of the distance."""
    a, b = shapes(empirical_bayes(rats))
    factors = np.exp(np.linspace(-1, 1, 21))
    others = closed_form(rats, a * factors[:, None], b * factors)
    assert others.max() == others[10, 10]
    near = closed_form(rats, a * np.array([0.999, 1.001]), b)
    assert np.all(near < closed_form(rats, a, b))


def test_it_is_the_published_maximum_for_the_rats(rats):
    """Moments and mode of Gelman et al. are about (1.4, 8.6); the maximum of this likelihood is near it."""
    a, b = shapes(empirical_bayes(rats))
    assert a / (a + b) == pytest.approx(0.142, abs=0.002)
    assert 10 < a + b < 20


def test_simulated_counts_give_back_their_population():
    rng = np.random.default_rng(0)
    n = np.full(4_000, 40)
    counts = Counts(rng.binomial(n, rng.beta(6, 4, len(n))), n)
    a, b = shapes(empirical_bayes(counts))
    # The sd of log lam is about sqrt(2 / students) / (1 - noise share), 0.04 here; that of the mean is 0.003.
    assert a / (a + b) == pytest.approx(0.6, abs=0.015)
    assert np.log((a + b) / 10) == pytest.approx(0, abs=0.2)


LIMITS = {
    "six students": ([70, 28, 6, 3, 2, 0], [100, 40, 10, 5, 2, 1], "keeps rising as a \\+ b grows"),
    "equal rates": ([5, 10, 20], [10, 20, 40], "keeps rising as a \\+ b grows"),
    "none": ([0, 0], [3, 4], "all counts are 0"),
    "every": ([3, 4], [3, 4], "all counts are equal to n"),
    "one trial": ([0, 1, 1], [1, 1, 1], "every student has one trial"),
    "none or every": ([0, 4, 5], [3, 4, 5], "falls to 0"),
}


@pytest.mark.parametrize(("k", "n", "message"), LIMITS.values(), ids=LIMITS)
def test_a_likelihood_without_a_maximum_is_refused_with_the_limit(k, n, message):
    with pytest.raises(NoMaximumError, match=message):
        empirical_bayes(Counts(k, n))


def test_a_flat_likelihood_is_said_to_be_flat(request):
    """For the batters the maximum is .014 nats above equal rates."""
    batters = Counts.read(request.config.rootpath / BATTING)
    with pytest.warns(FlatLikelihoodWarning, match=r"only 0\.014 nats above"):
        empirical_bayes(batters)


def test_a_clear_maximum_gives_no_warning(rats):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert empirical_bayes(rats) is fixed(*shapes_in_64(rats))


def shapes_in_64(counts) -> tuple[float, float]:
    return exact(empirical_bayes(counts), counts).plug_in()


def test_the_intervals_of_the_plug_in_are_narrower_than_those_of_full_bayes(rats):
    """What the plug-in misses: the uncertainty of (a, b). Of every group the sd is smaller, for some by a twentieth."""
    plug_in = exact(empirical_bayes(rats), rats).shrinkage(rats)
    full = exact(bda3(), rats).shrinkage(rats)
    share = (plug_in["sd"] / full["sd"]).to_numpy()
    assert share.max() < 1
    assert share.min() < 0.96


def test_of_events_it_is_the_gamma_with_the_highest_likelihood(request):
    """The log pmf of the negative binomial is flat there: its central differences vanish to the third order."""
    pumps = Events.read(request.config.rootpath / "experiments/data/pumps.csv", exposure="exposure")
    known = empirical_bayes(pumps)
    shape, rate = exact(known, pumps).plug_in()

    def log_likelihood(shape, rate):
        return nbinom.logpmf(pumps.k, shape, rate / (rate + pumps.exposure)).sum()

    h = 1e-3
    assert log_likelihood(shape * (1 + h), rate) == pytest.approx(log_likelihood(shape * (1 - h), rate), abs=1e-6)
    assert log_likelihood(shape, rate * (1 + h)) == pytest.approx(log_likelihood(shape, rate * (1 - h)), abs=1e-6)
    around = np.exp(np.linspace(-2, 2, 9))
    others = [log_likelihood(shape * s, rate * r) for s in around for r in around]
    assert np.argmax(others) == len(others) // 2
    assert exact(known, pumps).log_evidence == pytest.approx(log_likelihood(shape, rate), abs=1e-5)


@pytest.mark.parametrize(
    ("k", "exposure", "message"),
    [([0, 0], [3.0, 4.0], "all counts are 0"), ([2, 4], [1.0, 2.0], "keeps rising as the shape grows")],
)
def test_events_of_equal_rates_have_no_gamma(k, exposure, message):
    with pytest.raises(NoMaximumError, match=message):
        empirical_bayes(Events(k, exposure))


def test_what_has_no_such_population_is_refused():
    with pytest.raises(TypeError, match="takes Counts or Events, not Categories"):
        empirical_bayes(Categories([[1, 2]], categories=["red", "green"]))
    with pytest.raises(CountsError, match="no exposure"):
        empirical_bayes(Events([0], [0.0]))
    with pytest.raises(CountsError, match="no trials"):
        empirical_bayes(Counts([0], [0]))


@pytest.mark.slow
def test_intervals_of_the_plug_in_cover_less_than_they_say_and_those_of_full_bayes_do_not():
    """Classes of 10 students of 20 trials from populations drawn from the hyperprior, where there is a maximum.

    Under the hyperprior that the populations are drawn from, 90 % intervals of full Bayes cover 90 % on average over
    all classes; so their coverage may differ by chance only. That of the plug-in is smaller by far more than chance.
    """
    rng = np.random.default_rng(1)
    prior, plug_in, full, of_all = mean_concentration(), [], [], []
    for _ in range(120):
        mu, lam = rng.uniform(), np.exp(rng.uniform(np.log(0.1), np.log(100)))
        theta = rng.beta(lam * mu, lam * (1 - mu), 10)
        counts = Counts(rng.binomial(20, theta), np.full(10, 20))
        of_all.append(covered(exact(prior, counts), counts, theta))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FlatLikelihoodWarning)
            try:
                known = empirical_bayes(counts)
            except NoMaximumError:
                continue
        plug_in.append(covered(exact(known, counts), counts, theta))
        full.append(of_all[-1])
    assert abs(np.mean(of_all) - 0.9) < 4.5 * np.std(of_all) / np.sqrt(len(of_all))
    difference = np.array(full) - np.array(plug_in)
    assert difference.mean() > 3 * difference.std() / np.sqrt(len(difference))


def covered(posterior, counts, theta: np.ndarray) -> float:
    """The share of rates that their 90 % intervals contain."""
    table = posterior.shrinkage(counts)
    return float(np.mean((table["low"].to_numpy() <= theta) & (theta <= table["high"].to_numpy())))
