"""The measurement of `trust-it`: its data sets, its judgement, its record, and a small version of its result."""

import jax
import numpy as np
import polars as pl
import pytest

from experiments.methods.hyperpriors import HYPERPRIORS
from experiments.methods.statements import statements
from experiments.trust_it.cases import SHAPES, Case, block_of, case, hard_counts
from experiments.trust_it.judge import Check, checks, truth_of
from experiments.trust_it.main import tasks_asked
from experiments.trust_it.methods import METHODS
from experiments.trust_it.options import TrustIt
from experiments.trust_it.record import Record, code
from experiments.trust_it.runs import RIGHT_NOT, RIGHT_TRUSTED, WRONG_NOT, WRONG_TRUSTED, judged
from experiments.trust_it.tables import OUTCOMES, outcomes, worst_cases
from inference import exact
from models import Counts, mean_concentration


def test_a_data_set_depends_on_seed_and_number_alone():
    one, again, other = case(7, seed=3), case(7, seed=3), case(7, seed=4)
    assert np.array_equal(one.k, again.k)
    assert np.array_equal(one.n, again.n)
    assert one.mu != other.mu
    assert np.array_equal(one.k, case(7, seed=3, hyperprior="box").k)


def test_every_hyperprior_meets_every_shape_in_400_pairs_and_two_of_them_in_200():
    pairs = [case(number, seed=0) for number in range(400)]
    met = {(pair.hyperprior, len(pair.counts), int(pair.counts.n.max())) for pair in pairs}
    assert met == {(name, shape.rows, shape.top) for name in HYPERPRIORS for shape in SHAPES}
    assert len({(pair.hyperprior, len(pair.counts), pair.counts.n.max()) for pair in pairs[:200]}) == 2 * len(
        HYPERPRIORS
    )
    assert all(np.all((0 <= pair.k) & (pair.k <= pair.n)) for pair in pairs)


@pytest.mark.parametrize("is_x64", [False, True])
def test_programs_are_compiled_once_a_block(is_x64):
    """Programs are compiled for the tree and the shapes of their argument, which are the same within a block."""
    with jax.enable_x64(is_x64):
        kinds: dict[int, list] = {}
        for number in range(80):
            trials = case(number, seed=0).counts.trials
            shapes, tree = jax.tree.flatten(jax.tree.map(np.shape, trials))
            kinds.setdefault(block_of(number), []).append((str(tree), tuple(shapes)))
    assert [len(of_block) for of_block in kinds.values()] == [shape.pairs for shape in SHAPES]
    for of_block in kinds.values():
        # One pair in forty may have no record in the last octave of the sums.
        assert len(set(of_block)) == 1 or len(of_block) - of_block.count(of_block[0]) == 1


@pytest.mark.parametrize(
    ("check", "distance"),
    [
        (Check(1.5, 0.3, 1.0, 0.4), 1.0),  # 0.5 / sqrt(0.3^2 + 0.4^2)
        (Check(1.0, 0.0, 1.0, 0.0), 0.0),
        (Check(1.5, 0.0, 1.0, 0.0), np.inf),
        (Check(1.5, np.nan, 1.0, 0.1), np.inf),  # an unknown error explains nothing
        (Check(np.nan, 0.1, 1.0, 0.1), np.inf),
    ],
)
def test_a_distance_is_in_errors_of_both_sides(check, distance):
    assert check.distance == pytest.approx(distance, rel=1e-12)


@pytest.mark.parametrize(
    ("off", "verdict", "outcome"),
    [
        (4.9, "trust: x", RIGHT_TRUSTED),
        (5.1, "trust: x", WRONG_TRUSTED),
        (4.9, "do not trust: x", RIGHT_NOT),
        (5.1, "do not trust: x", WRONG_NOT),
    ],
)
def test_the_four_combinations(off, verdict, outcome):
    found = judged({"mu": Check(off, 1.0, 0.0, 0.0), "log Z": Check(0.0, 1.0, 0.0, 0.0)}, verdict)
    assert (found["outcome"], found["worst"], found["distance"]) == (outcome, "mu", off)


def test_a_line_that_was_interrupted_is_run_again(tmp_path):
    deciding = {"code": "c", "seed": 0, "number": 1, "hyperprior": "box", "method": "VI", "float_type": "x64"}
    path = tmp_path / "runs.jsonl"
    Record(path).add(deciding | {"outcome": RIGHT_NOT})
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-1])  # a second line without its line end
    record = Record(path)
    assert path.read_bytes() == whole
    assert (record.get(**deciding) or {})["outcome"] == RIGHT_NOT
    assert all(record.get(**deciding | {name: "another"}) is None for name in deciding)


def test_runs_stay_on_record_when_words_change_and_not_when_code_does():
    source = '"""What."""\n\n\ndef double(x):\n    """Twice."""\n    return 2 * x\n'
    in_other_words = source.replace("Twice.", "Two times x.").replace("2 * x", "2 * x  # as it says")
    assert in_other_words != source
    assert statements(in_other_words) == statements(source)
    assert statements(source.replace("2 * x", "3 * x")) != statements(source)


def test_a_readers_own_hyperprior_has_an_absolute_path_and_runs_of_it_depend_on_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # the processes that run the tasks have another folder
    (tmp_path / "my_file.py").write_text("from models import box\n\nown = box(1.0, 2.0)\n")
    options = TrustIt(hyperprior="my_file.py:own", only=3)
    assert {task.hyperprior for task in tasks_asked(options)} == {f"{tmp_path / 'my_file.py'}:own"}
    before = code(options.hyperprior_file)
    (tmp_path / "my_file.py").write_text("from models import box\n\nown = box(1.0, 3.0)\n")
    assert len({before, code(options.hyperprior_file), code()}) == 3


def test_every_run_is_counted_once_and_the_furthest_trusted_one_is_named():
    runs = pl.DataFrame(
        [
            {"method": "VI", "float_type": "x64", "number": i, "hyperprior": "box", "seed": 0, "outcome": outcome}
            | {"worst": "mu", "distance": float(i), "verdict": ""}
            for i, outcome in enumerate([*OUTCOMES, WRONG_TRUSTED, WRONG_NOT])
        ]
    )
    row = outcomes(runs).row(0, named=True)
    assert sum(row[outcome] for outcome in OUTCOMES) == row["runs"] == runs.height
    assert row["wasted"] == 1 / 2  # one right answer trusted, one not
    assert worst_cases(runs)["number"].item() == len(OUTCOMES)


@pytest.mark.parametrize(
    "method",
    [pytest.param("importance, conjugate", marks=pytest.mark.costly), "importance, marginal", "importance, aggregated"],
)
def test_no_wrong_answer_is_trusted(method):
    for number in range(4):  # six students, n up to 100: programs are already compiled for this shape of classroom A
        *_, k, n = hard_counts(np.random.default_rng(number), 6, 100)
        counts, hyperprior = Counts(k, n), mean_concentration()
        posterior = METHODS[method](hyperprior, counts, jax.random.key(number))
        found = judged(checks(posterior, truth_of(exact(hyperprior, counts), counts)), posterior.verdict)
        assert found["outcome"] != WRONG_TRUSTED, found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "number", "groups", "top", "rows", "hyperprior", "method"),
    [
        (0, 57, (71, 150, 300), 256, 304, "half-cauchy", "MALA"),
        (0, 57, (71, 150, 300), 256, 304, "half-cauchy", "MALA, marginal"),
        (0, 84, (5, 9, 16), 10**6, 16, "pareto", "importance, conjugate"),
        (0, 85, (5, 9, 16), 10**6, 16, "pareto", "importance, conjugate"),
        (1, 33, (5, 9, 16), 10**6, 16, "bda3", "importance, fitted"),
    ],
)
def test_what_was_once_wrong_and_trusted_is_so_no_more(seed, number, groups, top, rows, hyperprior, method):
    """Once E[theta] was off by 5.3 of its errors, the median of lam by 141 and by 13, and E[theta] by 19."""
    rng, of = np.random.default_rng((seed, number)), HYPERPRIORS[hyperprior]()
    counts = Case(number, *hard_counts(rng, int(rng.choice(groups)), top), rows, hyperprior).counts
    posterior = METHODS[method](of, counts, jax.random.fold_in(jax.random.key(seed), number))
    found = judged(checks(posterior, truth_of(exact(of, counts), counts)), posterior.verdict)
    assert found["outcome"] != WRONG_TRUSTED, found


@pytest.mark.slow
def test_a_run_leaves_its_files_and_is_not_made_again(run, tmp_path):
    assert run("trust-it", "--quick", "--output-dir", tmp_path) == 0
    folder = tmp_path / "trust-it"
    tables = {"outcomes.csv", "worst.csv", "runs.csv"}
    assert {path.name for path in folder.iterdir()} == {
        *("summary.json", "timing.json", "trust_it.png", "runs.jsonl"),
        *tables,
    }
    before = {name: (folder / name).read_bytes() for name in ("summary.json", "runs.jsonl", *tables)}
    assert len(before["runs.jsonl"].splitlines()) == 2  # one pair by one method, in both float types
    assert run("trust-it", "--quick", "--output-dir", tmp_path) == 0
    assert {name: (folder / name).read_bytes() for name in before} == before
