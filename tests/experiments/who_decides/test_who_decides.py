"""Who decides what a class learns: the course's two claims, and the absences that test them."""

import numpy as np
import polars as pl
import pytest
from scipy.special import logsumexp

from experiments.who_decides.absences import (
    ALL_BUT_HEAVY,
    CLASSROOMS,
    EVERYBODY,
    HYPERPRIORS,
    absence_table,
    absences,
    emptied,
    without,
)
from experiments.who_decides.result import Result
from experiments.who_decides.tables import print_concentration, print_rate
from inference import closed_form, exact
from models import mean_concentration

HEAVY, LIGHT = "Alyssa and Ben", "Emi and Farid"


@pytest.fixture(scope="module")
def result():
    return Result(absence_table(), {}, {})


def test_alyssa_and_ben_carry_the_rate(result):
    rates = [result.answer("A", "box", absent)["rate"] for absent in (EVERYBODY, HEAVY, ALL_BUT_HEAVY)]
    assert [round(rate, 3) for rate in rates] == [0.642, 0.564, 0.659]
    moved = {name: abs(result.answer("A", "box", name)["moved_rate"]) for name in CLASSROOMS["A"].names}
    assert sorted(moved, key=lambda name: -moved[name])[:2] == ["Alyssa", "Ben"]
    rate = result.answer("A", "box", "Alyssa")
    assert rate["moved_rate"] == pytest.approx(rate["rate"] - rates[0], abs=1e-12)


def test_the_concentrations_come_from_the_heavy_bringers(result):
    def lam(classroom, absent):
        return result.answer(classroom, "mean_concentration", absent)["lam"]

    assert [round(lam("A", EVERYBODY), 1), round(lam("A", LIGHT), 1)] == [41.7, 41.9]
    assert [round(lam("B", EVERYBODY), 2), round(lam("B", LIGHT), 2)] == [0.55, 0.58]


def test_the_probability_that_lam_is_below_1(result):
    below = {name: result.answer(name, "mean_concentration", EVERYBODY)["below_1"] for name in CLASSROOMS}
    assert (round(below["A"], 4), round(below["B"], 3)) == (0.0018, 0.896)
    assert result.answer("A", "box", EVERYBODY)["below_1"] is None


def test_the_probability_that_lam_is_below_1_is_a_ratio_of_evidences(result):
    for name, counts in CLASSROOMS.items():
        # Given lam < 1, lam is log-uniform in (0.1, 1), a third of the prior in logs.
        given = exact(mean_concentration(lam=(0.1, 1.0)), counts).log_evidence
        whole = exact(mean_concentration(), counts).log_evidence
        found = result.answer(name, "mean_concentration", EVERYBODY)["below_1"]
        assert found == pytest.approx(np.exp(given - whole) / 3, abs=2e-6)  # a quantile is right to 1e-6


def test_every_exact_answer_has_a_small_error(result):
    assert result.answers["largest_error"].max() < 1e-8


def test_an_absence_divides_by_the_likelihood_of_the_absent():
    counts = CLASSROOMS["A"]
    everybody = exact(HYPERPRIORS["box"], counts)
    a, b = everybody.draws["a"], everybody.draws["b"]
    absent = without(counts, [name for name in counts.names if name not in ("Carmen", "Diego")])
    assert list(absent.names) == ["Carmen", "Diego"]
    log_weights = np.log(everybody.weights) - closed_form(absent, a, b)
    weights = np.exp(log_weights - logsumexp(log_weights))
    left = exact(HYPERPRIORS["box"], without(counts, ("Carmen", "Diego")))
    assert weights @ a == pytest.approx(left.mean("a"), rel=1e-6)


@pytest.mark.parametrize("hyperprior", HYPERPRIORS)
def test_whoever_has_brought_nothing_says_nothing(hyperprior):
    counts, absent = CLASSROOMS["B"], ("Alyssa", "Diego")
    left, empty = (
        exact(HYPERPRIORS[hyperprior], chosen) for chosen in (without(counts, absent), emptied(counts, absent))
    )
    assert len(without(counts, absent)) == 4
    assert empty.mean("mu") == pytest.approx(left.mean("mu"), abs=1e-9)
    assert empty.log_evidence == pytest.approx(left.log_evidence, abs=1e-9)


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="no student is called Greta; names: Alyssa"):
        without(CLASSROOMS["A"], ("Greta",))


def test_all_but_the_heavy_are_the_other_four():
    assert absences(CLASSROOMS["A"])[ALL_BUT_HEAVY] == ("Carmen", "Diego", "Emi", "Farid")


def test_the_sentences_follow_the_numbers(result, capfd):
    def said(of):
        print_rate(of)
        print_concentration(of)
        return capfd.readouterr().out

    assert said(result).count(": true.") == 2
    nobody = pl.col("absent") == EVERYBODY
    moved = result.answers.with_columns(rate=1 - pl.col("rate"), lam=pl.when(nobody).then(2.0).otherwise(pl.col("lam")))
    assert said(Result(moved, {}, {})).count(": not true.") == 2
