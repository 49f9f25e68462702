"""Performance in tiny sizes and without other libraries: the methods agree, and are timed in turns."""

import json
import re

import jax
import numpy as np
import polars as pl
import pytest

from experiments import machine
from experiments.data.classrooms import classroom_a
from experiments.methods.timing import interleaved
from experiments.performance import own_process, peers
from experiments.performance import processes as processes
from experiments.performance.goals import X64, ratios
from experiments.performance.growth.panels import plot_growth
from experiments.performance.main import PAGES, QUICK, Result, plot, summary
from experiments.performance.methods import AGGREGATED, BY_HAND, GENERIC, MARGINAL, call, names, reference
from experiments.performance.posterior import EXACT
from experiments.performance.posterior import QUICK as QUICK_EFFORT
from experiments.performance.posterior import measure as measure_posterior
from experiments.performance.profile import measure as measure_parts
from experiments.performance.weights import DisagreementError, Size, class_of, errors, measure_x64, tolerance
from experiments.performance.weights import measure as measure_weights
from experiments.presentation.markdown import markdown
from experiments.presentation.table_text import table_text
from experiments.presentation.written_docs import BEGIN, ROOT, replaced, write
from inference import closed_form, exact
from models import mean_concentration

NO_WEIGHTS = pl.DataFrame(
    schema={"students": pl.Int64, "particles": pl.Int64, "method": pl.String, "seconds": pl.Float64}
)
STARTS = {"--help": 0.4, "learning-the-prior, first run": 9.0, "learning-the-prior, second run": 6.0}
SCALING = pl.DataFrame(
    [
        {
            "students": students,
            "rows": 120,
            "particles": 100,
            "devices": 1,
            "ess": 40.0,
            "mean_lam": 10.0,
            "seconds": seconds,
            "compile_seconds": 1.0,
            "exact_seconds": 0.02,
            "peak_mb": 400.0,
            "imports_mb": 300.0,
        }
        for students, seconds in ((1_000, 0.02), (10**8, 0.05))
    ]
)
CHAINS = pl.DataFrame(
    [
        {
            "method": "mcmc, aggregated",
            "draws": 400,
            "effective_draws": 100.0,
            "divergences": 0,
            "mean_lam": 41.0,
            "mean_lam_error": 1.0,
            "sd_lam": 27.0,
            "sd_lam_error": 1.0,
            "adapt_seconds": 0.2,
            "seconds": 0.1,
            "per_second": 1000.0,
            "compile_seconds": 3.0,
        }
    ]
)
GROWTH = pl.DataFrame(
    [
        {
            "against": against,
            "algorithm": algorithm,
            "population": "regression",
            "addresses": addresses,
            "groups": groups,
            "rows": groups,
            "log_evidence": -9.0,
            "log_evidence_error": 0.1,
            "seconds": 0.5,
            "compile_seconds": 3.0,
            "peak_mb": 500.0,
            "imports_mb": 300.0,
        }
        for algorithm in ("exact", "rqmc")
        for against, addresses, groups in (
            ("addresses", 1, 40),
            ("addresses", 2, 40),
            ("groups", 2, 10),
            ("groups", 2, 100),
        )
    ]
)


def nothing() -> None:
    """Progress that is not shown."""


@pytest.fixture(autouse=True)
def no_peers(monkeypatch):
    """As if no package of the group `peers` were installed."""
    monkeypatch.setattr(peers, "find_spec", lambda module: None)


@pytest.fixture(scope="module")
def weights() -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "find_spec", lambda module: None)
        return measure_weights((Size(6, 60),), seed=0, repeats=2, advance=nothing)


@pytest.fixture(scope="module")
def posterior() -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(peers, "find_spec", lambda module: None)
        return measure_posterior(QUICK_EFFORT, seed=0, repeats=1, advance=nothing)


class Clock:
    """A clock that only its calls advance."""

    def __init__(self):
        self.now, self.log = 0.0, []

    def __call__(self) -> float:
        return self.now

    def call(self, name: str, *seconds: float):
        left = iter(seconds)

        def called() -> str:
            self.log.append(name)
            self.now += next(left)
            return name

        return called


def test_calls_take_turns_and_their_medians_count():
    clock = Clock()
    calls = {"a": clock.call("a", 10, 99, 1, 7, 2), "b": clock.call("b", 5, 99, 4, 4, 40)}
    timed = interleaved(calls, repeats=3, clock=clock)
    assert "".join(clock.log) == "ab" * 5  # the first calls, the warm-up, three rounds
    assert timed["a"][1:] == (10, 2, 1)
    assert timed["b"][1:] == (5, 4, 4)
    assert (timed["a"].compile_seconds, timed["b"].compile_seconds) == (8, 1)
    assert timed["a"].found == "a"


def test_short_calls_fill_their_turn_after_one_that_does_not_count():
    clock = Clock()
    calls = {"a": clock.call("a", 1, 0.04, 99, 1, 2, 6, 99, 2, 3, 7), "b": clock.call("b", 1, 5, 3, 3)}
    timed = interleaved(calls, repeats=2, clock=clock)
    assert "".join(clock.log) == "abab" + 2 * "aaaab"  # 0.04 s fill a turn of 0.1 s when called three times
    assert timed["a"][1:] == pytest.approx((1, 3.5, 3))


def test_nothing_is_timed_before_it_is_checked():
    clock = Clock()

    def check(found):
        assert found == {"a": "a", "b": "b"}
        raise DisagreementError("not the same")

    with pytest.raises(DisagreementError, match="not the same"):
        interleaved({"a": clock.call("a", 1), "b": clock.call("b", 1)}, repeats=3, check=check, clock=clock)
    assert clock.log == ["a", "b"]
    with pytest.raises(ValueError, match="at least 1, not 0"):
        interleaved({}, repeats=0)


@pytest.mark.costly
def test_every_method_weighs_the_same_and_is_timed(weights):
    assert weights["method"].to_list() == [AGGREGATED, MARGINAL, GENERIC, BY_HAND]
    assert (weights.select("seconds", "fastest").to_numpy() > 0).all()
    assert weights["error"].is_finite().all()


def test_the_reference_is_the_closed_form():
    counts, (a, b) = class_of(50, seed=1), np.random.default_rng(0).uniform(0.5, 8, (2, 30))
    assert counts.students == 50
    # The closed form has two log betas per student, each off by 4e-6.
    np.testing.assert_allclose(reference(counts, a, b), closed_form(counts, a, b), rtol=0, atol=50 * 8e-6)


@pytest.mark.parametrize("change", ["a student of six", "nan"])
@pytest.mark.costly
def test_a_method_that_computes_something_else_is_not_timed(change):
    counts = classroom_a()
    weighed = call(MARGINAL, counts, jax.random.key(0), 60)()
    assert errors(counts, {MARGINAL: weighed})[MARGINAL] < float(np.max(tolerance(counts, weighed.a, weighed.b)))
    # Weights that leave out Emi's 2 of 2.
    missing = -np.log(weighed.a / (weighed.a + weighed.b) * (weighed.a + 1) / (weighed.a + weighed.b + 1))
    wrong = weighed._replace(log_weights=weighed.log_weights + (missing if change != "nan" else np.nan))
    with pytest.raises(DisagreementError, match=f"{MARGINAL} is off by .* this method is not timed"):
        errors(counts, {MARGINAL: wrong})


@pytest.mark.parametrize("students", [7, 1_000, 10**8])
def test_classes_of_every_size_have_the_same_trials(students):
    counts = class_of(students, seed=0)
    assert (counts.students, counts.n.max()) == (students, 100)
    assert len(counts) < 170
    if students == 10**8:  # within the binomial error of 10^8 students
        mean = np.average(counts.k[counts.n == 1], weights=counts.multiplicity[counts.n == 1])
        assert mean == pytest.approx(0.6, abs=4 * 0.5 / np.sqrt(students / 6))


@pytest.mark.costly
def test_importance_gets_the_particles_that_one_percent_takes(posterior):
    truth = exact(mean_concentration(), classroom_a())
    assert posterior["method"].to_list() == [EXACT, "importance, aggregated", "importance, marginal"]
    assert posterior["mean_lam"][0] == pytest.approx(41.6811339672)
    needed = (truth.sd("lam") / (0.01 * truth.mean("lam"))) ** 2
    assert posterior["effective_draws"][1] == pytest.approx(needed)
    for row in posterior[1:].iter_rows(named=True):  # a pilot run estimates the number of particles, hence 6 errors
        assert row["draws"] >= needed / 2
        assert abs(row["mean_lam"] / truth.mean("lam") - 1) < 6 * 0.01


@pytest.mark.costly
def test_ratios_know_their_goals_and_rows_that_are_not_there(weights, posterior):
    found = ratios(weights, NO_WEIGHTS, posterior, SCALING, STARTS)
    goals = {row["what"]: row for row in found.filter(pl.col("goal").is_not_null()).iter_rows(named=True)}
    assert set(goals) == {
        f"6 students x 60 particles: {BY_HAND} / {AGGREGATED}",
        f"6 students x 60 particles: {BY_HAND} / {MARGINAL}",
        "importance, aggregated: 100,000,000 students / 1,000",
        "seconds of --help",
    }
    flat = goals["importance, aggregated: 100,000,000 students / 1,000"]
    assert (flat["ratio"], flat["bound"], flat["met"]) == (2.5, "at most", True)
    assert goals["seconds of --help"]["met"]
    slow = ratios(weights, NO_WEIGHTS, posterior, SCALING, STARTS | {"--help": 0.6}).filter(what="seconds of --help")
    assert slow["met"].to_list() == [False]


def test_marginal_is_to_be_twice_as_fast_as_the_formula_by_hand_in_both_float_types():
    def timed(by_hand: float, students: int) -> list[dict]:
        row = {"students": students, "particles": 10}
        return [row | {"method": MARGINAL, "seconds": 0.5}, row | {"method": BY_HAND, "seconds": by_hand}]

    narrow, wide = pl.DataFrame(timed(1.5, 6) + timed(0.9, 10_000)), pl.DataFrame(timed(0.8, 6) + timed(1.0, 10_000))
    nothing_else = (
        pl.DataFrame({"method": [EXACT], "seconds": [1.0]}),
        pl.DataFrame({"students": [1], "seconds": [1.0]}),
    )
    found = ratios(narrow, wide, *nothing_else, STARTS).filter(pl.col("what").str.contains(MARGINAL))
    assert found.select("what", "ratio", "bound", "goal", "met").rows() == [
        (f"6 students x 10 particles: {BY_HAND} / {MARGINAL}", 3.0, "at least", 2.0, True),
        (f"10,000 students x 10 particles: {BY_HAND} / {MARGINAL}", 1.8, "at least", 2.0, False),
        (f"6 students x 10 particles: {BY_HAND} / {MARGINAL}{X64}", 1.6, "at least", 2.0, False),
        (f"10,000 students x 10 particles: {BY_HAND} / {MARGINAL}{X64}", 2.0, "at least", 2.0, True),
    ]


@pytest.mark.costly
def test_the_second_table_of_weights_is_in_float64():
    found = measure_x64((Size(6, 60),), seed=0, repeats=1, advance=nothing)
    errors = dict(found.select("method", "error").iter_rows())
    assert list(errors) == [AGGREGATED, MARGINAL, BY_HAND]
    # A log weight of some 15 nats has a rounding error of 1e-6 in float32, and of 2e-15 in float64.
    assert max(errors[AGGREGATED], errors[MARGINAL]) < 1e-12
    assert (found["seconds"] > 0).all()


def test_missing_peers_are_named():
    assert peers.missing() == [peers.NUMPYRO, peers.PYMC]
    assert peers.versions() == {}
    assert names() == [AGGREGATED, MARGINAL, GENERIC, BY_HAND]
    assert names(written_out=False) == [AGGREGATED]


@pytest.mark.costly
def test_the_figure_and_the_tables_of_the_documents(weights, posterior, tmp_path):
    found = ratios(weights, NO_WEIGHTS, posterior, SCALING, STARTS)
    devices = SCALING.head(1)
    where = {"processor": "a | b", "cores": 2, "device": "cpu", "load_before": 0.1, "versions": {"jax": "1"}}
    parts = measure_parts(Size(10, 60), seed_of_draws=0, repeats=1)
    assert (parts["seconds"] > 0).all()
    result = Result(weights, weights, posterior, CHAINS, GROWTH, parts, SCALING, devices, STARTS, found, where)
    plot(result).draw_without_rendering()
    plot_growth(result.growth).draw_without_rendering()
    assert "seconds" not in json.dumps(summary(result))

    (tmp_path / "docs").mkdir()
    for page in PAGES:
        (tmp_path / page).write_text((ROOT / page).read_text())
    blocks = {
        name: markdown(table_text("", pl.DataFrame({"what": ["a | b"], "found": ["1.5"]})))
        for name in _blocks(PAGES[0])
    }
    write(blocks, "performance", PAGES, tmp_path)
    for page in PAGES:
        once = (tmp_path / page).read_text()
        assert once.count("| a \\| b | 1.5 |") == len(_blocks(page)) > 0
        assert replaced(once, blocks, "performance") == once


def _blocks(page) -> list[str]:
    return re.findall(r"<!-- end of (\w+) -->", (ROOT / page).read_text())


def test_a_page_without_markers_is_refused():
    with pytest.raises(ValueError, match="none of the blocks goals is there"):
        replaced("# Nothing", {"goals": "|"}, "performance")
    with pytest.raises(ValueError, match="end of goals"):
        replaced(BEGIN.format("goals", "performance"), {"goals": "|"}, "performance")


def test_what_a_class_costs():
    found = processes.cost_of_class(6, QUICK_EFFORT.pilot, 1, 0)  # its program is compiled already
    assert set(found) == set(SCALING.columns)
    assert found["peak_mb"] >= found["imports_mb"] > 10
    assert found["seconds"] > 0


def test_a_process_that_fails_says_why(monkeypatch):
    monkeypatch.setattr(own_process, "CODE", "raise ValueError('as said')")
    with pytest.raises(RuntimeError, match="as said"):
        processes.scaling((10,), n_particles=10, repeats=1, seed=0, advance=nothing)


@pytest.mark.slow
def test_the_whole_run_in_tiny_sizes(run, tmp_path, capfd):
    assert run("performance", "--quick", "--repeats", 1, "--output-dir", tmp_path) == 0
    printed = capfd.readouterr().out
    for peer in peers.MODULES:
        assert f"{peer} is not installed, and its rows are left out" in printed
    folder = tmp_path / "performance"
    names = ("weights", "weights_x64", "posterior", "chains", "growth", "parts", "scaling", "devices", "ratios")
    files = {"summary.json", "timing.json", "performance.png", "growth.png"}
    assert {path.name for path in folder.iterdir()} == files | {f"{name}.csv" for name in names}
    assert pl.read_csv(folder / "devices.csv")["devices"].to_list() == list(QUICK.devices)
    timing = json.loads((folder / "timing.json").read_text())
    assert set(timing) == {"seconds", "device", "versions", "machine", "ratios", "memory_mb"}
    assert timing["seconds"]["--help"] > 0


def test_the_machine_is_named():
    assert machine.processor()
    assert machine.cores() >= 1
    assert machine.load_average() >= 0
