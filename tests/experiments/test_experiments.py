"""Every experiment, run with tiny sizes through the command line."""

import functools
import importlib
import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from experiments.catalogue import EXPERIMENTS
from experiments.presentation import results as written
from models.observations import large_files as streaming
from tests.experiments.layout import layout_faults

ROOT = Path(__file__).parents[2]
# The same sizes everywhere, so that compiled programs are reused: most of the time is spent on compiling them.
PARTICLES, THETA_DRAWS = 200, 500


class Case(NamedTuple):
    """How an experiment is run with tiny sizes, and what it leaves besides a summary, its times and its own figure."""

    sizes: list[str | int]
    tables: set[str] | None = None  # None for any, but at least one
    also: tuple[str, ...] = ()
    is_slow: bool = False  # whether two more runs of it take too long for .ci/run


CASES = {
    "learning-the-prior": Case(["--n-particles", PARTICLES], {"students", "students_marginal"}),
    "two-classrooms": Case(
        ["--n-particles", PARTICLES],
        {"course_lines", "emi_and_farid", "upper_bounds", "students_a", "students_b"},
        is_slow=True,
    ),
    "compare-forms": Case(
        ["--n-particles", PARTICLES, "--most-students", 6, "--theta-draws", THETA_DRAWS],
        {"students_added", "classes", "seconds", "weights_a", "weights_b", "averages_a", "averages_b"},
        is_slow=True,
    ),
    "sharper": Case(["--quick"], {"algorithms"}),
    "wobble": Case(["--quick"], {"runs", "reliability", "spreads", "slopes", "costs", "course"}),
    "pooling": Case(
        ["--quick", "--n-particles", PARTICLES],
        {"newcomers", "shifts", "limits_at_mean"}
        | {f"{table}_{name}" for table in ("students", "limits", "scores") for name in "ab"},
    ),
    "shops": Case(["--quick", "--n-particles", PARTICLES], {"bounds", "proper"}, is_slow=True),
    "kinds-of-students": Case(
        ["--quick", "--n-particles", PARTICLES],
        {"evidence", "kinds", "members", "newcomers", "label_runs"},
        is_slow=True,
    ),
    "overhypotheses": Case(
        ["--quick", "--n-particles", PARTICLES], {"new_bag", "learning_curve", "beliefs"}, is_slow=True
    ),
    "one-level-up": Case(
        ["--quick", "--n-particles", PARTICLES],
        {"agreement", "classrooms", "students", "newcomers", "densities", "curves"},
        is_slow=True,
    ),
    "own-counts": Case(
        ["--method", "exact"],
        {
            *("students", "predictions", "learned_prior", "ranking", "pairwise", "leave_one_out", "checks"),
            *("hyperpriors", "sensitivity"),
        },
        also=(
            "report.html",
            "forest.png",
            "ranks.png",
            "checks.png",
            "leave_one_out.png",
            "sensitivity.png",
            "funnel.png",
        ),
        is_slow=True,
    ),
    "widen-the-box": Case(["--quick", "--n-particles", PARTICLES], {"answers", "moves"}, is_slow=True),
    "blind-to-u-shapes": Case(["--quick", "--n-particles", PARTICLES], {"answers", "students"}),
    "covariates": Case(
        ["--quick", "--n-particles", PARTICLES], {"programs", "plates", "coefficients", "new_plates"}, is_slow=True
    ),
    "rates-of-events": Case(
        ["--n-particles", PARTICLES], {"pumps", "shape", "ranks", "next_failures", "bugs", "closed_form"}
    ),
    "pmf-accuracy": Case(["--n-points", 60, "--evaluations", 60], {"accuracy", "points"}),
    "calibration": Case(["--quick"], {"methods", "normalised_ranks"}, is_slow=True),
}
ELSEWHERE = {"performance", "trust-it"}  # what runs for minutes, and is run by tests of its own
CASES |= {name: Case(["--quick"]) for name in EXPERIMENTS if name not in {*CASES, *ELSEWHERE}}

DEFAULT = ("learning-the-prior",)  # the main job; to compile the programs of all experiments takes minutes


@pytest.fixture(scope="module")
def figures():
    """`figures[name]`: the figures that the runs of an experiment have written."""
    return {name: [] for name in CASES}


@pytest.fixture(scope="module")
def run_tiny(run, rats, figures, tmp_path_factory):
    """`run_tiny(name, seed)`: the folder of the results of one more run of an experiment."""
    png = written.png

    def folder(name: str, seed: int) -> Path:
        output = tmp_path_factory.mktemp(name)
        file = ["--file", rats] if name == "own-counts" else []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(written, "png", lambda figure: figures[name].append(figure) or png(figure))
            assert run(name, *file, *CASES[name].sizes, "--seed", seed, "--output-dir", output) == 0
        return output / name

    return folder


@pytest.fixture(scope="module")
def results(run_tiny):
    """`results(name)`: the folder of an experiment's results under seed 0, each run once."""
    return functools.cache(lambda name: run_tiny(name, 0))


def summary_of(folder: Path) -> dict:
    def refuse(constant: str):
        raise ValueError(f"{constant} is not JSON")

    return json.loads((folder / "summary.json").read_text(), parse_constant=refuse)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in DEFAULT else pytest.mark.costly) for name in CASES]
)
def test_an_experiment_leaves_its_tables_figure_summary_and_times(name, results):
    folder, case = results(name), CASES[name]
    found = {path.stem for path in folder.glob("*.csv")}
    assert found
    tables = {f"{table}.csv" for table in (found if case.tables is None else case.tables)}
    expected = tables | {"summary.json", "timing.json", f"{name.replace('-', '_')}.png"} | set(case.also)
    assert {path.name for path in folder.iterdir()} == expected
    for table in tables:
        assert pl.read_csv(folder / table).height > 0
    assert (folder / f"{name.replace('-', '_')}.png").read_bytes().startswith(b"\x89PNG")
    assert summary_of(folder)
    timing = json.loads((folder / "timing.json").read_text())
    assert set(timing) == {"seconds", "device", "versions"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in DEFAULT else pytest.mark.costly) for name in CASES]
)
def test_no_text_of_a_figure_overlaps_or_is_cut_off_and_every_axis_has_a_label(name, results, figures):
    results(name)
    assert figures[name]
    assert [fault for figure in figures[name] for fault in layout_faults(figure)] == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if case.is_slow else () if name in DEFAULT else pytest.mark.costly)
        for name, case in CASES.items()
    ],
)
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(name, results, run_tiny, monkeypatch):
    first_time = (results(name) / "summary.json").read_bytes()
    # The figure of the first run is enough.
    monkeypatch.setattr(
        importlib.import_module(f"experiments.{name.replace('-', '_')}.main"), "plot", lambda _: Figure()
    )
    again, another = ((run_tiny(name, seed) / "summary.json").read_bytes() for seed in (0, 1))
    assert first_time == again
    assert first_time != another


@pytest.mark.long
def test_the_same_seed_gives_the_same_bytes_at_full_size(run, tmp_path):
    # Sums over 60,000 particles are split among threads, those over a few hundred are not.
    for again in ("first", "second"):
        assert run("two-classrooms", "--output-dir", tmp_path / again) == 0
    first_time, second_time = (tmp_path / again / "two-classrooms" / "summary.json" for again in ("first", "second"))
    assert first_time.read_bytes() == second_time.read_bytes()


@pytest.mark.slow
@pytest.mark.long
def test_a_thousand_data_sets_find_nothing_but_the_planted_error(run, tmp_path):
    assert run("calibration", "--data-sets", 1000, "--output-dir", tmp_path) == 0
    for row in summary_of(tmp_path / "calibration")["methods"]:
        if row["method"] != "marginal, VI":  # biased: it may fail or pass
            assert row["passes"] == (row["method"] != "planted error")


def test_learning_the_prior_prints_the_courses_digits(results):
    course = summary_of(results("learning-the-prior"))["methods"]["course's own draws"]["estimates"]
    printed = [course[name]["value"] for name in ("E[a]", "E[b]", "E[a]/(E[a]+E[b])")]
    assert (round(printed[0], 2), round(printed[1], 2), round(printed[2], 3)) == (14.57, 8.12, 0.642)


@pytest.mark.costly
def test_two_classrooms_prints_the_courses_digits(results):
    found = summary_of(results("two-classrooms"))
    learned = {name: methods["course's own draws"]["estimates"] for name, methods in found["course"].items()}
    assert [round(learned["A"]["E[mu]"]["value"], 2), round(learned["A"]["E[lam]"]["value"], 1)] == [0.66, 41.3]
    assert [round(learned["B"]["E[mu]"]["value"], 2), round(learned["B"]["E[lam]"]["value"], 1)] == [0.47, 0.6]
    lines = {row["classroom"]: row for row in found["course_lines"]}
    assert {name: row["prints"] for name, row in lines.items()} == {name: row["draws"] for name, row in lines.items()}
    assert (lines["A"]["draws"], lines["B"]["draws"]) == ("mu=0.66, lambda=41.3", "mu=0.47, lambda=0.6")
    assert (lines["A"]["exact"], lines["B"]["exact"]) == ("mu=0.66, lambda=41.7", "mu=0.47, lambda=0.6")
    assert {name: round(row["exact_below_1"], 4) for name, row in lines.items()} == {"A": 0.0018, "B": 0.896}
    for row in lines.values():
        assert abs(row["below_1"] - row["exact_below_1"]) < 4 * row["below_1_error"]
    rows = {row["name"]: row for row in found["emi_and_farid"]}
    assert {name: round(row["course_plug_in"], 2) for name, row in rows.items()} == {
        "Emi in A": 0.68,
        "Farid in A": 0.65,
        "Emi in B": 0.89,
        "Farid in B": 0.17,
    }
    exact_means = [0.6939743988, 0.6317405735, 0.8928207991, 0.1550180958]  # by quadrature
    assert [row["mean"] for row in rows.values()] == pytest.approx(exact_means, abs=1e-8)
    assert [row["lam"] for row in found["upper_bounds"]] == pytest.approx([23.5, 41.7, 266.6, 1757.1], abs=0.05)


@pytest.mark.costly
def test_the_courses_draws_are_within_their_errors_of_the_exact_answer(results):
    course = summary_of(results("two-classrooms"))["course"]
    for methods in course.values():
        assert max(map(abs, methods["course's own draws"]["distance_from_exact_in_se"].values())) < 4
    # Under the course's narrower range of mu the prior density, and so the evidence, is larger: by log(1 / 0.98).
    wide = summary_of(results("two-classrooms"))["methods"]["A"]["exact"]["estimates"]["log Z"]["value"]
    narrow = course["A"]["exact"]["estimates"]["log Z"]["value"]
    assert narrow - wide == pytest.approx(-np.log(0.98), abs=1e-5)


@pytest.mark.costly
def test_compare_forms_agree_within_rounding(results):
    for found in summary_of(results("compare-forms"))["weights"].values():
        assert found["largest"] > 0
        assert found["largest_in_bounds"] < 1


@pytest.mark.costly
def test_widen_the_box_says_of_what_the_courses_sentence_is_true(results):
    moved = {(row["scan"], row["quantity"]): row for row in summary_of(results("widen-the-box"))["moves"]}
    for quantity, what in {
        "rate": "drifts",
        "farid": "drifts",
        "a": "follows",
        "b": "follows",
        "lam": "follows",
    }.items():
        assert what in moved["upper bound of a, b", quantity]["verdict"]
        assert what in moved["upper bound of lam", quantity]["verdict"]
    assert moved["upper bound of a, b", "emi"]["verdict"] == "true, and at the extreme too"
    assert {row["verdict"] for (scan, _), row in moved.items() if "lower" in scan} == {"true, and at the extreme too"}
    assert moved["upper bound of a, b", "rate"]["course"] == pytest.approx(0.6424177989, abs=1e-9)


@pytest.mark.costly
def test_blind_to_u_shapes_finds_the_price_of_not_seeing_them(results):
    found = summary_of(results("blind-to-u-shapes"))
    answers = {row["hyperprior"]: row for row in found["answers"]}
    course, of_box = answers["lam in (0.1, 100)"], answers["box(0.5, 20)"]
    assert course["lam"] == pytest.approx(0.5527392947, abs=1e-9)
    assert course["log_evidence"] == pytest.approx(-15.6846611827, abs=1e-9)
    assert course["log_bayes_factor"] == pytest.approx(course["log_evidence"] - of_box["log_evidence"], abs=1e-12)
    assert of_box["predictive"] < found["knowing_nothing"] < course["predictive"]
    assert found["knowing_nothing"] == pytest.approx(-np.log(101 * 41 * 21 * 21 * 3 * 2))
    for row in found["students"]:
        total = sum(value for name, value in row.items() if name != "hyperprior")
        assert total == pytest.approx(answers[row["hyperprior"]]["predictive"])


@pytest.mark.parametrize("name", ["widen-the-box", "blind-to-u-shapes"])
@pytest.mark.costly
def test_importance_is_within_its_errors_of_the_exact_answer(name, results):
    for table in summary_of(results(name))["checks"].values():
        assert max(abs(row["z"]) for row in table if row["z"] is not None) < 4


@pytest.mark.costly
def test_a_run_predicts_its_wobble_which_is_the_exact_one(results):
    found = summary_of(results("wobble"))
    for row in found["spreads"]:
        assert abs(row["log_spread"] - np.log(row["limit"])) < 4 * row["log_spread_error"]
        assert abs(np.log(row["ratio"])) < 4 * row["ratio_error"] / row["ratio"]
        assert abs(row["bias"] - row["bias_limit"]) < 4 * row["bias_error"]
    assert max(abs(row["z"]) for row in found["slopes"]) < 4
    for row in found["explicit_over_marginal_particles"]:
        assert 5 < row["exact"] < 7
        assert abs(np.log(row["measured"] / row["exact"])) < 4 * row["measured_error"] / row["measured"]


@pytest.mark.costly
def test_own_counts_learns_from_seventy_one_groups(results):
    found = summary_of(results("own-counts"))
    assert len(found["tables"]["students"]) == 71
    assert 0.13 < found["methods"]["exact"]["estimates"]["E[mu]"]["value"] < 0.15  # 267 of 1739


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.costly
def test_own_counts_of_a_large_file_are_learned_by_pairs_and_written_by_students(
    suffix, run, rats, results, tmp_path, monkeypatch
):
    held = summary_of(results("own-counts"))  # may run only now: not after every file is large
    groups = pl.read_csv(rats, comment_prefix="#").with_columns(name=pl.format("group {}", pl.int_range(pl.len())))
    getattr(groups, f"write_{suffix}")(tmp_path / f"rats.{suffix}")
    monkeypatch.setattr(streaming, "MOST_ROWS_HELD", 70)
    monkeypatch.setattr(streaming, "MOST_BYTES_HELD", 70)
    file = ["--file", tmp_path / f"rats.{suffix}", "--output-dir", tmp_path]
    assert run("own-counts", *file, *CASES["own-counts"].sizes) == 0
    folder = tmp_path / "own-counts"
    assert {path.name for path in folder.iterdir()} == {
        *("summary.json", "timing.json", "own_counts.png", "forest.png", "funnel.png", "report.html"),
        *("students.parquet", "pairs.csv", "predictions.csv", "learned_prior.csv"),
    }
    streamed = summary_of(folder)
    exactly = [found["methods"]["exact"]["estimates"]["log Z"]["value"] for found in (held, streamed)]
    assert exactly[0] == pytest.approx(exactly[1], abs=1e-9)
    different = groups.select("k", "n").unique().height
    assert len(streamed["tables"]["pairs"]) == pl.read_csv(folder / "pairs.csv").height == different < 71
    students = pl.read_parquet(folder / "students.parquet")
    assert students.select("k", "n", "name").equals(groups.select("k", "n", "name"))
    one_by_one = pl.DataFrame(held["tables"]["students"])
    for column in ("raw", "plug_in", "mean", "sd", "low", "high"):
        np.testing.assert_allclose(students[column], one_by_one[column], rtol=1e-7)
    seconds = json.loads((folder / "timing.json").read_text())["seconds"]
    assert {"reading", "students.parquet"} < set(seconds)


@pytest.mark.costly
def test_groups_nobody_has_seen_are_answered(run, tmp_path):
    (tmp_path / "new.csv").write_text("k,n\n0,0\n0,0\n")
    assert run("own-counts", "--file", tmp_path / "new.csv", "--output-dir", tmp_path) == 0
    best = [row["best"] for row in summary_of(tmp_path / "own-counts")["tables"]["ranking"]]
    assert best == pytest.approx([0.5, 0.5])
