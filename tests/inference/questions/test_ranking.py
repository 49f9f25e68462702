"""Best, worst and larger of two groups: exact answers, answers from draws, and rules of probability theory."""

import jax
import numpy as np
import polars as pl
import pytest
from scipy.special import betainc, betaln
from scipy.stats import beta, norm

from experiments.options import DATA
from inference import exact, importance, theta_draws
from inference.numerics.trapezoid import refine
from inference.questions import rates_compared
from inference.questions.ranking import MOST_GROUPS
from inference.questions.shrinkage import different_pairs
from models import Counts, Events, bda3, box, fixed, gamma_poissons, half_cauchy, marginal, mean_concentration

POINT = (2.0, 2.0 + 1e-6)  # a box so small that the population is Beta(2, 2)
DRAWS = 20_000


@pytest.fixture(scope="module")
def learned():
    """`learned(data, hyperprior)`: the counts and their exact posterior, each computed once."""
    found = {}

    def learn(data: str, hyperprior):
        if (data, hyperprior) not in found:
            counts = Counts.read(DATA / f"{data}.csv")
            found[data, hyperprior] = counts, exact(hyperprior, counts)
        return found[data, hyperprior]

    return learn


def above(a: int, b: int, c: int, d: int) -> float:
    """P(X > Y) of X ~ Beta(a, b) and Y ~ Beta(c, d), whole numbers (Miller 2015)."""
    i = np.arange(a)
    return float(np.sum(np.exp(betaln(c + i, b + d) - np.log(b + i) - betaln(1 + i, b) - betaln(c, d))))


def test_of_two_groups_in_a_known_population_the_closed_form_says_who_is_above():
    counts = Counts(k=[3, 5], n=[10, 9])
    posterior = exact(box(*POINT), counts)
    expected = above(2 + 3, 2 + 7, 2 + 5, 2 + 4)
    row = posterior.pairwise(counts).row(0, named=True)
    # The box's width moves a shape by 1e-6, and a probability by less.
    assert abs(row["probability"] - expected) < 1e-6 + row["probability_error"]
    table = posterior.ranking(counts)
    np.testing.assert_allclose(table["best"], [expected, 1 - expected], atol=2e-6)
    np.testing.assert_allclose(table["worst"], [1 - expected, expected], atol=2e-6)
    np.testing.assert_allclose(table["rank"], [2 - expected, 1 + expected], atol=2e-6)


@pytest.mark.parametrize(
    "hyperprior",
    [mean_concentration(), *(pytest.param(other, marks=pytest.mark.costly) for other in (bda3(), half_cauchy()))],
)
@pytest.mark.parametrize(
    "data", ["hospitals", *(pytest.param(name, marks=pytest.mark.costly) for name in ("rats", "batting"))]
)
def test_ranks_add_up(data, hyperprior, learned):
    counts, posterior = learned(data, hyperprior)
    table = posterior.ranking(counts)
    groups = len(counts)
    for name in ("best", "worst"):
        assert abs(table[name].sum() - 1) < 1e-9 + table[f"{name}_error"].sum()
        assert table[name].min() > 0
    assert abs(table["rank"].sum() - groups * (groups + 1) / 2) < 1e-9 + table["rank_error"].sum()
    assert ((table["rank_low"] <= table["rank_high"]) & (table["rank_low"] >= 1)).all()
    assert table["rank_high"].max() <= groups
    pairs = posterior.pairwise(counts)
    above_others = pairs.group_by("name").agg(pl.col("probability").sum())
    below_others = pairs.group_by("other").agg((1 - pl.col("probability")).sum())
    wins = dict.fromkeys(counts.names, 0.0)
    for name, value in [*above_others.iter_rows(), *below_others.iter_rows()]:
        wins[name] += value
    np.testing.assert_allclose(table["rank"], [groups - wins[name] for name in counts.names], rtol=1e-6)


@pytest.mark.parametrize(("data", "hyperprior"), [("hospitals", half_cauchy()), ("batting", mean_concentration())])
def test_the_believed_error_covers_the_finer_rule(data, hyperprior, learned, monkeypatch):
    counts, posterior = learned(data, hyperprior)
    pairs, pair = different_pairs(counts)
    found, errors = rates_compared.compare_rates(posterior.nodes, pairs, np.bincount(pair))
    monkeypatch.setattr(rates_compared, "TOLERANCE", 0.0)  # then the fine stride is always used, and it is every node
    monkeypatch.setattr(rates_compared, "FINE", 1)
    finer, _ = rates_compared.compare_rates(posterior.nodes, pairs, np.bincount(pair))
    for off, error in zip(map(np.subtract, found, finer), errors, strict=True):
        assert np.all(np.abs(off) <= error + 1e-9)


@pytest.mark.parametrize("groups", [2, 5])
def test_the_best_of_groups_without_data_is_expected_where_the_order_statistics_are(groups):
    """Of m uniform rates E[max] = m / (m + 1) and E[min] = 1 / (m + 1), and every choice is expected at 1/2."""
    counts = Counts(k=[0] * groups, n=[0] * groups)
    posterior = exact(fixed(1.0, 1.0), counts)
    for best in ("highest", "lowest"):
        loss = posterior.ranking(counts, best=best)["loss"]
        # The rule reaches 25 e-folds into the tails, beyond which e^-25 = 1.4e-11 of each rate lies.
        np.testing.assert_allclose(loss, groups / (groups + 1) - 0.5, atol=2 * groups * np.exp(-25))


@pytest.mark.parametrize(("a", "b"), [(0.02, 0.05), (2.0, 3.0), (4e3, 2e4)])
def test_the_loss_of_two_equal_groups_is_half_of_ginis_mean_difference(a, b):
    """E[max - theta_1] = E|theta_1 - theta_2| / 2 = 2 B(a + b, a + b) / ((a + b) B(a, a) B(b, b)) of Betas."""
    counts = Counts(k=[0] * 2, n=[0] * 2)
    table = exact(fixed(a, b), counts).ranking(counts)
    expected = 2 / (a + b) * np.exp(betaln(a + b, a + b) - betaln(a, a) - betaln(b, b))
    # Relative: what the rule leaves out beyond 25 e-folds, and the digits that logarithms of betas of 2e4 lose.
    np.testing.assert_allclose(table["loss"], expected, rtol=1e-9)


def test_the_loss_of_two_groups_is_the_mean_of_the_positive_part_of_their_difference():
    """E[max - theta_1] = E[(theta_2 - theta_1)+], by SciPy's double integral; and losses differ as the means do."""
    from scipy.integrate import dblquad
    from scipy.stats import beta

    counts = Counts(k=[3, 5], n=[10, 9])
    table = exact(fixed(2.0, 2.0), counts).ranking(counts)
    one, other = beta(2 + 3, 2 + 7), beta(2 + 5, 2 + 4)
    expected, error = dblquad(lambda y, x: (y - x) * one.pdf(x) * other.pdf(y), 0, 1, lambda x: x, 1)
    assert abs(table["loss"][0] - expected) < error + 1e-9
    assert abs((table["loss"][0] - table["loss"][1]) - (other.mean() - one.mean())) < 1e-9


@pytest.mark.parametrize("best", ["highest", "lowest"])
def test_losses_of_draws_are_within_their_standard_errors(best, learned):
    counts, posterior = learned("hospitals", half_cauchy())
    rates = theta_draws(posterior, counts, key=jax.random.key(1), n_draws=DRAWS)["theta"].astype(np.float64)
    losses = rates.max(axis=1, keepdims=True) - rates if best == "highest" else rates - rates.min(axis=1, keepdims=True)
    table = posterior.ranking(counts, best=best)
    loss = table["loss"].to_numpy()
    assert np.all(np.abs(losses.mean(axis=0) - loss) < 4 * losses.std(axis=0) / np.sqrt(DRAWS))
    means = posterior.shrinkage(counts)["mean"].to_numpy()
    assert loss.argmin() == (means.argmax() if best == "highest" else means.argmin())


def test_losses_of_events_are_those_of_gammas():
    """Of two rates Gamma(c, r) the largest has the mean c / r + Gamma(c + 1/2) / (sqrt(pi) r Gamma(c))."""
    from scipy.special import gamma

    events = Events(k=[4, 4], exposure=[2.0, 2.0])
    table = exact(fixed(1.0, 1.0, family=gamma_poissons), events).ranking(events)
    c, r = 1 + 4, 1 + 2.0
    expected = gamma(c + 0.5) / (np.sqrt(np.pi) * r * gamma(c))
    assert ((table["loss"] - expected).abs() < 4 * table["loss_error"]).all()
    assert table["loss_error"].max() < 0.05 * expected  # of 4,000 draws
    unlike = Events(k=[4, 9], exposure=[2.0, 2.0])
    for best, sign in (("highest", 1), ("lowest", -1)):  # losses differ as the means do
        first, second = exact(fixed(1.0, 1.0, family=gamma_poissons), unlike).ranking(unlike, best=best)["loss"]
        assert abs(first - second - sign * 5 / r) < 8 * table["loss_error"].max()


def test_the_lowest_may_be_the_best(learned):
    counts, posterior = learned("hospitals", half_cauchy())
    high, low = (posterior.ranking(counts, best=best) for best in ("highest", "lowest"))
    assert high["best"].equals(low["worst"])
    assert high["worst"].equals(low["best"])
    groups = len(counts)
    assert ((high["rank"] + low["rank"] - (groups + 1)).abs() < high["rank_error"] + 1e-9).all()
    # An interval of whole numbers is that of the mirrored draws but for how ties of its ends are taken.
    assert ((high["rank_low"] + low["rank_high"] - (groups + 1)).abs() <= 1).all()
    with pytest.raises(ValueError, match="best must be one of highest, lowest, not 'smallest'"):
        posterior.ranking(counts, best="smallest")


@pytest.mark.costly
def test_draws_say_the_same(learned):
    counts, posterior = learned("hospitals", half_cauchy())
    rates = theta_draws(posterior, counts, key=jax.random.key(0), n_draws=DRAWS)["log_odds"]
    table = posterior.ranking(counts)
    for name, chosen in {"best": rates.argmax(axis=1), "worst": rates.argmin(axis=1)}.items():
        expected = table[name].to_numpy()
        drawn = np.bincount(chosen, minlength=len(counts)) / DRAWS
        assert np.all(np.abs(drawn - expected) < 4 * np.sqrt(expected * (1 - expected) / DRAWS) + 4 / DRAWS)


@pytest.mark.costly
def test_a_sampled_posterior_is_within_four_of_its_errors(six):
    truth = exact(mean_concentration(), six)
    sampled = importance(marginal(mean_concentration()), six, key=jax.random.key(0), n_particles=DRAWS)
    tables = [
        (posterior.ranking(six), posterior.pairwise(six), posterior.above(six, 0.5, 0.9))
        for posterior in (sampled, truth)
    ]
    for found, expected in zip(*tables, strict=True):
        for name in [name for name in found.columns if f"{name}_error" in found.columns]:
            off = (found[name] - expected[name]).abs() / found[f"{name}_error"]
            assert off.max() < 4
    assert (tables[0][0]["rank_low"] - tables[1][0]["rank_low"]).abs().max() <= 1


@pytest.mark.costly
def test_hits_for_misses_make_the_best_the_worst(classrooms):
    counts = classrooms["B"]
    mirrored = Counts(counts.n - counts.k, counts.n, counts.names)
    one, other = (exact(mean_concentration(), c).ranking(c) for c in (counts, mirrored))
    np.testing.assert_allclose(one["best"], other["worst"], atol=1e-7)
    np.testing.assert_allclose(one["rank"], 7 - other["rank"].to_numpy(), atol=1e-6)


def test_groups_alike_are_as_likely_to_be_best():
    counts = Counts(k=[3] * 5, n=[7] * 5)
    table = exact(half_cauchy(), counts).ranking(counts)
    np.testing.assert_allclose(table["best"], 0.2, atol=1e-9)
    np.testing.assert_allclose(table["rank"], 3, atol=1e-8)


@pytest.mark.costly
def test_very_unequal_groups_and_empty_ones():
    """Groups with no, one and 100,000 trials, and with all or no successes."""
    counts = Counts(k=[0, 1, 0, 60_000, 20, 0], n=[0, 1, 1, 100_000, 20, 20])
    posterior = exact(half_cauchy(), counts)
    table = posterior.ranking(counts)
    assert abs(table["best"].sum() - 1) < 1e-6
    rates = theta_draws(posterior, counts, key=jax.random.key(0), n_draws=DRAWS)["log_odds"]
    drawn = np.bincount(rates.argmax(axis=1), minlength=6) / DRAWS
    expected = table["best"].to_numpy()
    assert np.all(np.abs(drawn - expected) < 4 * np.sqrt(expected * (1 - expected) / DRAWS) + 4 / DRAWS)


@pytest.mark.parametrize("groups", [1, MOST_GROUPS + 1])
def test_too_few_or_too_many_groups_are_refused(groups, six):
    posterior, counts = exact(mean_concentration(), six), Counts(k=[1] * groups, n=[2] * groups)
    for ask in (posterior.ranking, posterior.pairwise):
        with pytest.raises(ValueError, match=f"{groups} groups cannot be ranked"):
            ask(counts)


def test_a_threshold_that_is_a_step_in_the_population_is_within_its_error():
    """Batters may all be alike: for large lam, P(theta > c | a, b) jumps between two nodes of the rule."""
    batting = Counts.read(DATA / "batting.csv")
    truth, c = exact(half_cauchy(), batting), 0.25
    found = truth.above(batting, c).row(0, named=True)
    assert found["probability_error"] < 2e-4
    rule = truth.nodes.rule
    for _ in range(3):  # one refinement more than for the answer
        rule = refine(truth.nodes.integrand.plane(), truth.nodes.region, rule)
    population = truth.nodes.integrand.population(rule.outer[:, None], rule.inner)
    above_c = betainc(population["b"] + (found["n"] - found["k"]), population["a"] + found["k"], 1 - c)
    assert abs(found["probability"] - rule.expectation(above_c)) < found["probability_error"]


def test_a_threshold_in_a_known_population_is_the_betas(six):
    from scipy.stats import beta

    posterior = exact(box(*POINT), six)
    table = posterior.above(six, 0.01, 0.5, 0.99)
    for c in (0.01, 0.5, 0.99):
        expected = beta.sf(c, 2 + six.k, 2 + six.n - six.k)
        found = table.filter(threshold=c)["probability"]
        np.testing.assert_allclose(
            found, expected, rtol=2e-4
        )  # the box's width 1e-6, times log c and log (1 - c) of 200 trials


@pytest.mark.parametrize("c", [0.0, 1.0, -0.1, float("nan")])
def test_a_threshold_outside_is_refused(c, six):
    with pytest.raises(ValueError, match="threshold must be a rate strictly between 0 and 1"):
        exact(mean_concentration(), six).above(six, 0.5, c)


@pytest.mark.parametrize("lam", [1e9, 1e12, 1e14])
@pytest.mark.parametrize("mu", [0.5, 0.2])
def test_groups_that_differ_by_their_sd_are_told_apart_however_concentrated_the_population_is(lam, mu):
    """In the limit rates are normal, and P(theta_1 > theta_2) = Phi((m_1 - m_2) / sqrt(v_1 + v_2))."""
    k = round(np.sqrt(lam * mu * (1 - mu)))
    counts = Counts([k, 0], [k, k], ["one", "other"])
    posterior = exact(fixed(mu * lam, (1 - mu) * lam), counts)
    rates = [beta(mu * lam + each, (1 - mu) * lam + k - each) for each in (k, 0)]
    expected = norm.cdf((k / (lam + k)) / np.hypot(rates[0].std(), rates[1].std()))
    near = 2 / k  # the third moments of both rates, which cancel but for their difference, over their sds cubed
    of_pair = posterior.pairwise(counts)["probability"][0]
    assert abs(of_pair - expected) < near + 1e-7
    assert abs(posterior.ranking(counts)["best"][0] - of_pair) < 1e-9
    # The same by another integral, in `exact_contrasts`; log-odds are rounded, in units of their sd.
    assert abs(posterior.contrast(counts, "one", "other")["probability"][0] - of_pair) < 1e-9 + 1e-16 * np.sqrt(lam)


@pytest.mark.parametrize("c", [1e-300, 1e-18, 1e-3, 0.5, 1 - 1e-12])
def test_a_threshold_next_to_0_is_not_0(c):
    """theta ~ Beta(a, 1) has P(theta > c) = 1 - c^a, and Beta(1, b) has (1 - c)^b."""
    unseen = Counts([0], [0])
    for a in (1e-3, 0.7, 30.0):
        found = exact(fixed(a, 1.0), unseen).above(unseen, c)["probability"][0]
        assert found == pytest.approx(-np.expm1(a * np.log(c)), rel=1e-9)
        found = exact(fixed(1.0, a), unseen).above(unseen, c)["probability"][0]
        assert found == pytest.approx(np.exp(a * np.log1p(-c)), rel=1e-9)


@pytest.mark.parametrize("best", ["highest", "lowest"])
def test_groups_that_rounding_makes_equal_are_alike(best):
    """The log-odds of a + b = 1e13 have sds of 6e-7, and float32 rounds by 1e-7: without care the first is the best."""
    counts = Counts([5] * 4, [10] * 4)
    posterior = importance(
        marginal(mean_concentration(lam=(1e13, 1e14))), counts, key=jax.random.key(0), n_particles=4_000
    )
    table = posterior.ranking(counts, best=best)
    for name, expected in (("best", 1 / 4), ("worst", 1 / 4), ("rank", 2.5)):
        assert ((table[name] - expected).abs() < 4.5 * table[f"{name}_error"]).all(), name
    assert table["rank_low"].to_list() == [1] * 4
    assert table["rank_high"].to_list() == [4] * 4
    of_pairs = posterior.pairwise(counts)
    assert ((of_pairs["probability"] - 1 / 2).abs() < 4.5 * of_pairs["probability_error"]).all()
    first = posterior.contrast(counts, *counts.names[:2]).row(0, named=True)
    assert abs(first["probability"] - 1 / 2) < 4.5 * first["probability_error"]
    # E[max - mean] of four normals is 1.03 sds, 1 / (2 sqrt(a + b)) each.
    expected, _ = posterior.expectation(1.0294 / 2 / np.sqrt(np.float64(posterior.draws["lam"])))
    assert ((table["loss"] - float(expected)).abs() < 4.5 * table["loss_error"]).all()
    exactly = exact(fixed(1e16, 1e16), counts).ranking(counts, best=best)
    assert exactly["rank_low"].to_list() == [1] * 4
    assert exactly["rank_high"].to_list() == [4] * 4
