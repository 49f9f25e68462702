"""Distribution functions and quantiles of the population against closed forms, and against another quadrature."""

from itertools import pairwise
from pathlib import Path

import jax
import jax.numpy as jnp
import mpmath
import numpy as np
import pytest
from genjax import gen
from mpmath import mpf

from experiments.data.classrooms import twelve_shops
from inference import exact
from inference.algorithms.exact_lattice import lattice_posterior
from inference.numerics.distribution_function import POINTS_OF_GAUSS, WEIGHTS_OF_GAUSS, gauss_error
from inference.numerics.trapezoid import QuadratureError
from models import Counts, Hyperprior, bda3, box, half_cauchy, mean_concentration, open_uniform, pareto
from models.families.beta_binomial.log_pmf import beta_binomial_log_pmf

mpmath.mp.dps = 40
BOX = mpf("0.5"), mpf(20)
NOBODY = Counts([0], [0])
BATTING = Path(__file__).parents[3] / "experiments" / "data" / "batting.csv"
HYPERPRIORS = {
    "box": box(),
    "mean_concentration": mean_concentration(),
    "bda3": bda3(),
    "pareto": pareto(),
    "half_cauchy": half_cauchy(),
}
FEW = (1e-12, 0.02, 0.6, 1 - 1e-9)
MANY = (1e-12, 1e-9, 1e-6, 1e-3, 0.03, 0.2, 0.5, 0.7, 0.9, 0.99, 1 - 1e-4, 1 - 1e-6, 1 - 1e-9, 1 - 1e-12)


def assert_is_probability(q, below, above):
    """The probability agrees to 1e-6, and either tail to 1e-3 of itself."""
    assert abs(float(below) - q) < 1e-6
    assert float(below) == pytest.approx(q, rel=1e-3)
    assert float(above) == pytest.approx(1 - q, rel=1e-3)


POSTERIORS = {}


def posterior(kind, classroom="nobody", counts=NOBODY):
    """The exact posterior; each is computed once."""
    if (kind, classroom) not in POSTERIORS:
        POSTERIORS[kind, classroom] = exact(HYPERPRIORS[kind], counts)
    return POSTERIORS[kind, classroom]


# Without data the posterior is the hyperprior. If mu is uniform and lam = a + b has distribution function G and density
# g, then P(a < t) = G(t) + t integral of g(x) / x over x > t. The functions below return both tails at t, because 1
# minus the other tail would lose the digits of a small one.


def uniform(low, high):
    return lambda t: ((t - low) / (high - low), (high - t) / (high - low))


def log_uniform(low, high):
    width = mpmath.log(mpf(high) / low)
    return lambda t: (mpmath.log(t / mpf(low)) / width, mpmath.log(high / t) / width)


def share_of_log_uniform(low, high):
    low, high = mpf(low), mpf(high)
    width = mpmath.log(high / low)

    def tails(t):
        if t < low:
            below = t * (1 / low - 1 / high) / width
            return below, 1 - below
        above = (mpmath.log(high / t) - 1 + t / high) / width
        return 1 - above, above

    return tails


def power_law(low, high, power):
    p, low, high = mpf(power), mpf(low), mpf(high)
    scale = 1 / (low ** (1 - p) - high ** (1 - p))
    return lambda t: (scale * (low ** (1 - p) - t ** (1 - p)), scale * (t ** (1 - p) - high ** (1 - p)))


def share_of_power_law(low, high, power):
    p, low, high = mpf(power), mpf(low), mpf(high)
    scale = (p - 1) / (low ** (1 - p) - high ** (1 - p))

    def tails(t):
        from_ = max(t, low)
        below = power_law(low, high, power)(from_)[0] + t * scale * (from_ ** (-p) - high ** (-p)) / p
        return below, 1 - below

    return tails


def half_cauchy_spread(t):
    return 2 / mpmath.pi * mpmath.atan(t), 2 / mpmath.pi * mpmath.atan(1 / t)


def half_cauchy_share(t):
    spread = 1 / mpmath.sqrt(t)
    below = 2 / mpmath.pi * (mpmath.atan(1 / spread) + t * (spread - mpmath.atan(spread)))
    return below, 1 - below


def sum_of_uniforms(t):
    low, high = BOX
    width = high - low
    below, above = (t - 2 * low) / width, (2 * high - t) / width
    return (below**2 / 2, 1 - below**2 / 2) if below < 1 else (1 - above**2 / 2, above**2 / 2)


def ratio_of_uniforms(t):
    low, high = BOX
    if t > 0.5:
        return ratio_of_uniforms(1 - t)[::-1]
    odds = t / (1 - t)  # P(a < odds b) = integral of odds b - low over b from low / odds
    start = low / odds
    below = (odds * (high**2 - start**2) / 2 - low * (high - start)) / (high - low) ** 2
    return below, 1 - below


PRIORS = {
    ("box", "a"): uniform(mpf("0.5"), 20),
    ("box", "b"): uniform(mpf("0.5"), 20),
    ("box", "lam"): sum_of_uniforms,
    ("box", "mu"): ratio_of_uniforms,
    ("mean_concentration", "mu"): uniform(0, 1),
    ("mean_concentration", "lam"): log_uniform(0.1, 100),
    ("mean_concentration", "a"): share_of_log_uniform(0.1, 100),
    ("mean_concentration", "b"): share_of_log_uniform(0.1, 100),
    ("bda3", "lam"): power_law(0.01, 1e6, 1.5),
    ("bda3", "a"): share_of_power_law(0.01, 1e6, 1.5),
    ("pareto", "lam"): power_law(1, mpmath.inf, 2.5),
    ("pareto", "b"): share_of_power_law(1, mpmath.inf, 2.5),
    ("half_cauchy", "spread"): half_cauchy_spread,
    ("half_cauchy", "lam"): lambda t: half_cauchy_spread(1 / mpmath.sqrt(t))[::-1],
    ("half_cauchy", "a"): half_cauchy_share,
    ("half_cauchy", "b"): half_cauchy_share,
}


FIRST = [("box", "lam"), ("mean_concentration", "a"), ("half_cauchy", "spread")]


@pytest.mark.parametrize(
    ("kind", "name", "levels"),
    [(*case, FEW) for case in FIRST] + [pytest.param(*case, MANY, marks=pytest.mark.slow) for case in PRIORS],
)
def test_without_data_the_distribution_function_is_the_hyperpriors(kind, name, levels):
    prior = posterior(kind)
    for q in levels:
        t = prior.quantile(name, q)
        below, above = PRIORS[kind, name](mpf(t))
        assert_is_probability(q, below, above)
        assert abs(prior.probability_below(name, t) - q) <= 1e-3 * min(1e-3, q, 1 - q)


# With data, another quadrature: along rows of constant lam (of constant a under the box), each of which is cut where
# x = t, on panels that shrink geometrically towards both ends. The likelihood is the product of the students' pmf.

LEVELS = 11  # panels at each end, each half as wide as the one before
POINTS, WEIGHTS = np.polynomial.legendre.leggauss(10)
LAM = {
    "mean_concentration": (lambda w: 0.1 * 1000**w, lambda lam: np.log(lam / 0.1) / np.log(1000)),
    "bda3": (lambda w: (10 - w * (10 - 1e-3)) ** -2.0, lambda lam: (10 - lam**-0.5) / (10 - 1e-3)),
    "pareto": (lambda w: w ** (-2 / 3), lambda lam: lam**-1.5),
    "half_cauchy": (lambda w: np.tan(np.pi / 2 * w) ** -2.0, lambda lam: 2 / np.pi * np.arctan(lam**-0.5)),
}


def panels(levels):
    """Nodes and weights on (0, 1)."""
    ends = 0.5 ** np.arange(1, levels)
    edges = np.unique(np.concatenate([[0, 1], ends, 1 - ends, np.linspace(0, 1, 17)]))
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half * (1 + POINTS)).ravel(), (half * WEIGHTS).ravel()


@jax.jit
def likelihood(k, n, a, b):
    return jnp.exp(jnp.sum(beta_binomial_log_pmf(k, n, a[:, None], b[:, None]), axis=1))


def tails_by_a_product_rule(kind, counts, name, t):
    """P(x < t) and P(x > t), up to a common factor."""
    k, n = (np.asarray(x, float) for x in (counts.k, counts.n))
    below_is_first = True  # whether the first part of a row has x < t
    if kind == "box":
        row_of, place = (lambda w: 0.5 + 19.5 * w), (lambda a: (a - 0.5) / 19.5)
        kinks = {"a": [t], "b": [], "lam": [t - 20, t - 0.5], "mu": [0.5 * t / (1 - t), 20 * t / (1 - t)]}[name]
        cut_of = {
            "a": lambda a: np.where(a < t, 1.0, 0.0),
            "b": lambda a: place(t + 0 * a),
            "lam": lambda a: place(t - a),
            "mu": lambda a: place(a * (1 - t) / t),
        }[name]
        below_is_first = name != "mu"
    else:
        row_of, place = LAM[kind]
        if name == "b":  # exchanging successes and failures exchanges a and b
            name, k = "a", n - k
        kinks = {"a": [t], "mu": [], "lam": [t], "spread": [t**-2]}[name]
        cut_of = {
            "a": lambda lam: t / lam,
            "mu": lambda lam: t + 0 * lam,
            "lam": lambda lam: np.where(lam < t, 1.0, 0.0),
            "spread": lambda lam: np.where(lam**-0.5 < t, 1.0, 0.0),
        }[name]
    places = sorted({0.0, 1.0} | {float(w) for w in map(place, kinks) if 0 < w < 1})
    nodes, weights = panels(LEVELS)
    parts = np.zeros(2)
    for start, end in pairwise(places):
        row = row_of(start + (end - start) * nodes)[:, None]
        cut = np.clip(cut_of(row), 0, 1)
        for part, (low, high) in enumerate([(0 * cut, cut), (cut, 0 * cut + 1)]):
            column = low + (high - low) * nodes
            a, b = (row, row_of(column)) if kind == "box" else (row * column, row * (1 - column))
            with jax.enable_x64(True):
                values = np.stack([likelihood(k, n, *ab) for ab in zip(*np.broadcast_arrays(a, b), strict=True)])
            parts[part] += (end - start) * weights @ (((high - low) * values) @ weights)
    return parts if below_is_first else parts[::-1]


CASES = [("half_cauchy", "A", "a", [0.95]), ("box", "B", "mu", [1e-12])]
ALL = [
    (kind, counts, name, [1e-12, 1e-6, 0.03, 0.6, 0.95, 1 - 1e-7])
    for kind, hyperprior in HYPERPRIORS.items()
    for counts in ("A", "B", "batting")
    for name in dict.fromkeys(["a", "b", "mu", "lam", *hyperprior.addresses])
    if (kind, name) != ("half_cauchy", "lam")  # lam is a function of its spread
]


@pytest.mark.parametrize(
    ("kind", "classroom", "name", "levels"), [*CASES, *(pytest.param(*case, marks=pytest.mark.slow) for case in ALL)]
)
def test_with_data_the_distribution_function_is_that_of_another_quadrature(kind, classroom, name, levels, classrooms):
    counts = classrooms[classroom] if classroom in classrooms else Counts.read(BATTING)
    learned = posterior(kind, classroom, counts)
    for q in levels:
        t = learned.quantile(name, q)
        below, above = tails_by_a_product_rule(kind, counts, name, t)
        assert_is_probability(q, below / (below + above), above / (below + above))
        assert abs(learned.probability_below(name, t) - q) <= 1e-3 * min(1e-3, q, 1 - q)


@pytest.mark.parametrize("highest", [1e4, 1e16])
def test_over_many_scales_of_lam_the_distribution_function_is_that_of_the_evidences(highest):
    """P(lam < c | k) = Z(c) / (Z(c) + Z'(c)), the integrals of the likelihood below and above c, each its own."""
    counts, lowest = twelve_shops(), 1e-3
    learned = exact(mean_concentration(lam=(lowest, highest)), counts)
    for c in (1.0, 5.0, 100.0):  # the likelihood bends at the second
        parts = [(lowest, c), (c, highest)]
        z = [
            np.log(np.log(high / low)) + exact(mean_concentration(lam=(low, high)), counts).log_evidence
            for low, high in parts
        ]
        assert learned.probability_below("lam", c) == pytest.approx(1 / (1 + np.exp(z[1] - z[0])), abs=1e-6)
        assert learned.quantile("lam", learned.probability_below("lam", c)) == pytest.approx(c, rel=1e-4)


@pytest.mark.costly
@pytest.mark.parametrize("highest", [1e4, 1e16])
def test_over_many_scales_of_lam_other_numbers_agree_with_a_lattice(highest):
    hyperprior, counts = mean_concentration(lam=(1e-3, highest)), twelve_shops()
    learned, other = exact(hyperprior, counts), lattice_posterior(hyperprior, counts, exact)
    for name in ("mu", "a", "b"):
        for q in (0.03, 0.3, 0.5, 0.9):
            assert other.probability_below(name, learned.quantile(name, q)) == pytest.approx(q, abs=2e-6)


@pytest.mark.parametrize(
    ("function", "integral"),
    [
        (lambda x: np.exp(20 * x), np.sinh(20) / 10),
        (lambda x: 1 / (1 + 25 * x**2), 2 * np.arctan(5) / 5),
        (lambda x: np.exp(-60 * (x - 0.3) ** 2), np.sqrt(np.pi / 60)),
    ],
    ids=["rise", "pole", "peak"],
)
def test_the_error_of_a_part_is_not_underestimated(function, integral):
    values = WEIGHTS_OF_GAUSS * function(POINTS_OF_GAUSS)
    error = abs(values.sum() - integral)
    assert error > 1e-5 * integral
    assert error <= gauss_error(values)
    half = WEIGHTS_OF_GAUSS * function(POINTS_OF_GAUSS / 20) / 20
    assert gauss_error(half) < 1e-12 * integral


@pytest.mark.parametrize("kind", ["box", "half_cauchy"])
def test_outside_of_its_support_nothing_lies(kind):
    prior = posterior(kind)
    for name, (low, high) in {"mu": (0.0, 1.0), "a": (0.0, np.inf), **HYPERPRIORS[kind].support}.items():
        assert [prior.probability_below(name, t) for t in (-np.inf, low - 1, low)] == [0, 0, 0]
        assert [prior.probability_below(name, t) for t in (high, high + 1, np.inf)] == [1, 1, 1]
        with pytest.raises(ValueError, match="give a number"):
            prior.probability_below(name, np.nan)


@pytest.mark.slow
@pytest.mark.parametrize(("k", "n"), [(0, 10**6), (10**6, 10**6), (3, 10**6)], ids=["none", "all", "rare"])
def test_extreme_counts_are_inverted_too(k, n):
    learned = exact(half_cauchy(), Counts([k, 0], [n, 0]))
    for name in ("a", "mu", "spread"):
        levels = [1e-12, 1e-4, 0.5, 1 - 1e-4]
        t = [learned.quantile(name, q) for q in levels]
        assert sorted(t) == t
        for q, value in zip(levels, t, strict=True):
            # If mu is within 1e-16 of 1, neighbouring floats are further apart in probability than the levels.
            apart = learned.probability_below(name, np.nextafter(value, np.inf)) - learned.probability_below(
                name, value
            )
            assert abs(learned.probability_below(name, value) - q) <= apart + 1e-3 * min(1e-3, q, 1 - q)


@pytest.mark.costly  # a lattice is refined as far as it may be, for each of four numbers
def test_what_rises_and_falls_is_refused():
    @gen
    def turned():
        x = open_uniform(-1.0, 1.0) @ "x"
        log_lam = open_uniform(-1.0, 1.0) @ "log_lam"
        return jnp.exp(log_lam) * (0.2 + 0.5 * x**2), jnp.exp(log_lam) * (0.8 - 0.5 * x**2)

    learned = exact(Hyperprior(turned, {"x": (-1, 1), "log_lam": (-1, 1)}), NOBODY)
    for ask in (lambda: learned.quantile("mu", 0.5), lambda: learned.probability_below("a", 0.5)):
        with pytest.raises(QuadratureError, match=r"monotone throughout|still has an error"):
            ask()
    table = learned.summary()
    assert table.filter(name="mu")["q50"].to_list() == [None]
    assert table["mean"].null_count() == 0
    assert learned.verdict in repr(learned)
