"""Plates with covariates: closed forms of a regression, and the sentences that the experiment prints."""

import json

import jax
import numpy as np
import pytest
from genjax import gen, normal

from experiments.covariates.plates import KINDS, seeds, without_extract
from experiments.covariates.regression import FULL, IGNORING, LAM, PROGRAMS, SD, regression
from inference import exact
from models import Counts, Hyperprior, log_uniform


def one_population(sd: float) -> Hyperprior:
    """One population of all plates, whose mean has log-odds ~ Normal(0, sd)."""

    @gen
    def program():
        log_odds, lam = normal(0.0, sd) @ "log_odds", log_uniform(*LAM) @ "lam"
        return lam * jax.nn.sigmoid(log_odds), lam * jax.nn.sigmoid(-log_odds)

    return Hyperprior(program, {"log_odds": (-np.inf, np.inf), "lam": LAM})


def test_the_plates_are_those_of_table_3():
    counts = seeds()
    assert (len(counts), counts.k.sum(), counts.n.sum()) == (21, 424, 831)
    covariates = list(zip(*(counts.covariates[name].tolist() for name in ("seed", "extract")), strict=True))
    # The table has 5, 6, 5 and 5 plates; first of beans, then of cucumbers, for each kind of seeds.
    assert [covariates.count((kind.seed, kind.extract)) for kind in KINDS] == [5, 6, 5, 5]
    assert covariates == sorted(covariates)


@pytest.mark.costly
@pytest.mark.parametrize("value", [0, 1])
def test_plates_with_the_same_covariates_have_one_population(value):
    # At extract = 0 the slope does not matter; at 1, alpha0 + alpha2 ~ Normal(0, sqrt(2) SD) is one number.
    counts = seeds()
    same = Counts(counts.k, counts.n, covariates={"seed": [0] * 21, "extract": [value] * 21})
    found = exact(regression(PROGRAMS["extract"]), same)
    closed = exact(one_population(np.sqrt(1 + value) * SD), Counts(counts.k, counts.n))
    rounding = 1e-9  # ten digits of each log Z, near -68
    assert found.log_evidence == pytest.approx(closed.log_evidence, abs=rounding)
    assert found.mean("lam") == pytest.approx(closed.mean("lam"), rel=1e-7)
    # Given their sum, alpha2 is half of it if both count, and keeps its prior if it does not.
    expected = closed.mean("log_odds") / 2 if value else 0.0
    assert found.mean("alpha2") == pytest.approx(expected, abs=1e-7)


def test_the_extract_is_taken_off_every_plate():
    counts, bean = seeds(), without_extract(seeds())
    assert not np.any(bean.covariates["extract"])
    np.testing.assert_array_equal(bean.covariates["seed"], counts.covariates["seed"])
    np.testing.assert_array_equal(bean.k, counts.k)


@pytest.fixture(scope="module")
def found(run, tmp_path_factory):
    """The summary of a run of the default sizes, with few particles."""
    folder = tmp_path_factory.mktemp("covariates")
    assert run("covariates", "--n-particles", 2_000, "--output-dir", folder) == 0
    return json.loads((folder / "covariates" / "summary.json").read_text())


@pytest.mark.long
def test_the_counts_ask_for_the_extract_and_not_for_the_seed_alone(found):
    by = {row["hyperprior"]: row for row in found["programs"]}
    assert set(by) == set(PROGRAMS)
    assert all(row["problem"] is None for row in by.values())
    gains = {name: row["elpd_loo"] - by[IGNORING]["elpd_loo"] for name, row in by.items()}
    assert gains["extract"] > 5
    assert abs(gains["seed"]) < 1
    assert gains[FULL] > gains["extract"]
    # The evidence pays for each further slope, and asks for the extract alone by a little.
    assert max(by, key=lambda name: by[name]["log_evidence"]) == "extract"


@pytest.mark.long
def test_ignoring_the_covariates_makes_plates_less_alike_and_their_intervals_wider(found):
    ignoring, full = (next(row for row in found["programs"] if row["hyperprior"] == name) for name in (IGNORING, FULL))
    assert ignoring["lam_q95"] < full["lam_q50"]
    assert ignoring["width"] > 1.2 * full["width"]
    assert found["without_extract"] == pytest.approx(0, abs=1e-9)


@pytest.mark.long
def test_a_small_plate_moves_most_and_lies_between_its_own_rate_and_its_kind(found):
    moved = sorted(found["plates"], key=lambda row: -abs(row["full_mean"] - row["raw"]))
    assert {(row["k"], row["n"]) for row in moved[:3]} == {(0, 4), (3, 12), (5, 6)}
    rate_of = {row["kind"]: row["rate"] for row in found["new_plates"]}
    for row in found["plates"]:
        low, high = sorted((row["raw"], rate_of[row["kind"]]))
        # The kind's mean is learned from this plate too, so that a plate next to it may lie a little beyond.
        assert low - 0.005 < row["full_mean"] < high + 0.005


@pytest.mark.long
def test_coefficients_are_those_of_bugs_under_its_prior(found):
    rows = {(row["coefficient"], row["source"]): row for row in found["coefficients"]}
    for name in ("alpha0", "alpha1", "alpha2", "alpha12"):
        bugs, here = rows[name, "logit-normal, BUGS"], rows[name, "beta, prior sd 1000"]
        assert abs(here["mean"] - bugs["mean"]) < 0.15 * bugs["sd"]
        assert here["sd"] == pytest.approx(bugs["sd"], rel=0.1)
        assert abs(rows[name, "beta, prior sd 1.5"]["mean"]) < abs(here["mean"])


@pytest.mark.long
def test_every_method_that_is_to_be_trusted_is_within_its_errors_of_rqmc(found):
    for method, of_method in found["methods"].items():
        if of_method["verdict"].startswith("trust") and method != "rqmc":
            assert max(map(abs, of_method["distance_from_rqmc_in_se"].values())) < 4
