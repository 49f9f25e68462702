"""The cases of every family and population that `trust-it` tries: their data, their references and their judgement."""

from typing import get_args

import jax
import numpy as np
import polars as pl
import pytest

from experiments.trust_it import references
from experiments.trust_it.families import GROUPS, OWN, POPULATIONS, ROWS, Population, case_of, padded
from experiments.trust_it.judge import LOG_MARGINAL_ERROR, checks, truth_of
from experiments.trust_it.methods import METHODS, methods_of
from experiments.trust_it.options import BETA, FamilyName, TrustIt
from experiments.trust_it.references import POINTS, by_rqmc
from experiments.trust_it.runs import RIGHT_TRUSTED, WRONG_NOT, WRONG_TRUSTED, Task, judged, run_tasks
from experiments.trust_it.shown import blocks_of_page
from experiments.trust_it.tables import OUTCOMES_OF_FAMILY, listed, outcomes, outcomes_of, worst_cases
from inference import Posterior, importance, population_weights, prior_predictive
from models import Hyperprior, Observations, beta_binomials, dirichlet_multinomials, gamma_poissons, marginal, mixture

EVERY = tuple(POPULATIONS)
N_PARTICLES = 8_000


def test_every_family_of_the_command_line_has_cases():
    assert get_args(FamilyName) == (BETA, *EVERY)


@pytest.mark.parametrize("family", EVERY)
def test_a_case_depends_on_family_seed_and_number_and_has_the_kind_of_its_number(family):
    kinds = POPULATIONS[family].kinds.names
    assert [case_of(family, number, seed=1).kind for number in range(2 * len(kinds))] == 2 * list(kinds)
    one, again, other = (case_of(family, 0, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.counts.k, again.counts.k)
    assert not np.array_equal(one.counts.k, other.counts.k)
    assert {len(case_of(family, number, seed=1).columns["k"]) for number in range(60)} == set(GROUPS)


@pytest.mark.parametrize("family", EVERY)
def test_all_cases_of_a_family_have_the_same_shapes(family):
    """Of the groups, of the different rows, which algorithms join, and of the two groups that are asked about."""
    found = set()
    for number in range(30):
        counts = case_of(family, number, seed=2).counts
        least = int(np.argmin(np.where(counts.design_values > 0, counts.design_values, np.inf)))
        two = counts.taken([least, int(np.argmax(counts.design_values))])
        of_rows = counts.trials, counts.rows.trials_of_rows, two.rows.trials_of_rows if least else None
        shapes, tree = jax.tree.flatten(jax.tree.map(np.shape, of_rows))
        found.add((least > 0, str(tree), tuple(shapes)))
        assert len(counts) == len(counts.rows) == ROWS
    assert len(found) == 2  # one for each value of `least > 0`: the two groups may be one, where there is one group


def small(family: str, groups: int = 6) -> tuple[Population, dict[str, np.ndarray]]:
    """A population, and data of it from which its hyperprior's draws can learn: few trials, without extremes."""
    k, n = np.array([7, 5, 6, 1, 2, 0]), np.array([10, 8, 12, 5, 2, 1])
    columns = {
        "gamma-poissons": {"k": k, "exposure": n / 2.0},
        "dirichlet-multinomials": {"k": np.column_stack([k, n - k, k[::-1]])},
        "mixture": {"k": k, "n": n},
        "regression": {"k": k, "n": n, "x": np.linspace(-1, 1, 6)},
        "school": {"k": k, "n": n, "classroom": np.array([0, 1, 2, 0, 1, 2])},
    }
    return POPULATIONS[family], {name: values[:groups] for name, values in columns[family].items()}


@pytest.mark.costly
@pytest.mark.parametrize("family", EVERY)
def test_padding_changes_no_weight(family):
    """The log likelihood is a sum of up to six terms of one sign, and of zeros."""
    population, columns = small(family)
    few, many = padded(population, columns, 6), padded(population, columns, ROWS)
    with jax.enable_x64(True):
        drawn = prior_predictive(population.hyperprior, few, key=jax.random.key(0), n_draws=50)
        own = {address: drawn[address] for address in population.hyperprior.addresses}
        of_few, of_many = (
            population_weights(marginal(population.hyperprior), counts, own, key=jax.random.key(1))
            for counts in (few, many)
        )
    assert len(of_few) == 50
    assert np.ptp(of_few) > 1
    np.testing.assert_allclose(of_many, of_few, rtol=len(few) * 2 * np.finfo(np.float64).eps)


class WrongBetas(type(beta_binomials)):
    """It forgets to take the successes from the trials."""

    def given(self, parameters, k, design):
        a, b = parameters
        return a + k, b + design


class WrongGammas(type(gamma_poissons)):
    """It forgets the exposure."""

    def given(self, parameters, k, design):
        shape, rate = parameters
        return shape + k, rate


class WrongDirichlets(type(dirichlet_multinomials)):
    """It forgets the counts of the second category."""

    def given(self, parameters, k, design):
        (alpha,) = parameters
        return (alpha + k.at[1].set(0.0),)


WRONG = {
    "gamma-poissons": WrongGammas(),
    "dirichlet-multinomials": WrongDirichlets(),
    "mixture": mixture(WrongBetas(), 2),
    "regression": WrongBetas(),
    "school": WrongBetas(),
}


def learned(hyperprior: Hyperprior, counts: Observations, key: int) -> Posterior:
    return importance(marginal(hyperprior), counts, key=jax.random.key(key), n_particles=N_PARTICLES)


@pytest.mark.costly
@pytest.mark.parametrize("family", EVERY)
def test_the_judge_finds_a_wrong_conjugate_update_and_wrong_data_and_nothing_else(family):
    population, columns = small(family)
    counts = padded(population, columns, 6)
    hyperprior = population.hyperprior
    truth = truth_of(learned(hyperprior, counts, 0), counts, population.means, population.medians)

    def outcome(posterior: Posterior) -> dict:
        return judged(checks(posterior, truth), posterior.verdict)

    right = outcome(learned(hyperprior, counts, 1))
    assert right["outcome"] == RIGHT_TRUSTED, right
    names = {*population.means, *(f"median {name}" for name in population.medians), "log Z"}
    assert {name for name in right["numbers"] if not name.startswith("theta")} == names
    wrong = outcome(learned(Hyperprior(hyperprior.program, hyperprior.support, WRONG[family]), counts, 1))
    assert wrong["outcome"] == WRONG_TRUSTED, wrong
    assert wrong["worst"].startswith("theta")
    same = {name: numbers for name, numbers in wrong["numbers"].items() if not name.startswith("theta")}
    assert max(numbers[-1] for numbers in same.values()) < 5  # the population is learned from the marginal likelihood
    others = np.roll(counts.k, 1, axis=1) if counts.k.ndim == 2 else np.zeros_like(counts.k)
    of_others = outcome(learned(hyperprior, counts.with_counts(others), 1))
    assert of_others["outcome"] in (WRONG_TRUSTED, WRONG_NOT), of_others


@pytest.mark.costly
def test_a_reference_counts_only_if_a_second_run_agrees_and_both_are_trusted(monkeypatch):
    population, columns = small("mixture")
    counts = padded(population, columns, 6)
    hyperprior, judged_numbers = population.hyperprior, (population.means, population.medians)
    keys = jax.random.split(jax.random.key(0))

    def answered(second: Observations, particles: int = N_PARTICLES) -> references.Reference:
        def instead(hyperprior, counts, *, key, n_points):
            data = counts if n_points == POINTS else second
            return importance(marginal(hyperprior), data, key=key, n_particles=particles)

        monkeypatch.setattr(references, "rqmc", instead)
        return by_rqmc(hyperprior, counts, judged_numbers, keys)

    assert answered(counts).by == "rqmc"
    of_other_data = answered(counts.with_counts(0 * counts.k))
    assert of_other_data.by == ""
    assert str(of_other_data.truth).startswith("two runs of rqmc differ by ")
    of_few = answered(counts, particles=20)
    assert of_few.by == ""
    assert "do not trust" in str(of_few.truth) or "differ" in str(of_few.truth)


def test_what_log_densities_are_promised_to_grows_with_the_groups():
    population, columns = small("gamma-poissons")
    posterior = Posterior.from_weights(
        population.hyperprior, {"log_mean": np.zeros(2), "shape": np.ones(2)}, np.zeros(2), status=np.zeros(2, int)
    )
    for rows in (6, ROWS):
        error = truth_of(posterior, padded(population, columns, rows), (), ()).density_error
        assert error == {kind: rows * each for kind, each in LOG_MARGINAL_ERROR.items()}


def test_the_methods_of_a_family_are_those_that_it_has():
    assert methods_of(POPULATIONS["mixture"].hyperprior) == tuple(METHODS)
    assert set(METHODS) - set(methods_of(POPULATIONS["school"].hyperprior)) == {
        "importance, aggregated",  # refused with a TypeError
        "MALA, marginal",  # the same as "MALA", which takes marginal where there is no aggregated
    }


def test_a_family_has_a_folder_and_a_hyperprior_of_its_own(tmp_path):
    assert TrustIt(output_dir=tmp_path).folder == tmp_path / "trust-it"
    assert TrustIt(output_dir=tmp_path, family="school").folder == tmp_path / "trust-it" / "school"
    with pytest.raises(ValueError, match="school has one of its own"):
        TrustIt(family="school", hyperprior="box")
    with pytest.raises(ValueError, match="at least 1"):
        TrustIt(side_by_side=0)


def test_every_outcome_of_a_family_is_counted_and_has_its_own_place_in_the_page():
    runs = listed(
        {"method": "VI", "float_type": "x64", "number": i, "hyperprior": OWN, "seed": 0, "outcome": outcome}
        | {"worst": "lam", "distance": float(i), "verdict": ""}
        for i, outcome in enumerate(OUTCOMES_OF_FAMILY)
    )
    table, worst = outcomes(runs, "school"), worst_cases(runs, "school")
    row = table.row(0, named=True)
    assert [row[outcome] for outcome in outcomes_of("school")] == [1] * row["runs"]
    assert worst["command"].item() == (
        'uv run python -m experiments trust-it --family school --seed 0 --only 1 --method "VI"'  # trusted and wrong
    )
    never = listed([runs.row(0, named=True) | {"method": "MH", "outcome": WRONG_NOT}])  # no run of it is trusted
    both = pl.concat([runs, never])
    blocks = blocks_of_page("school", both, outcomes(both, "school"), worst_cases(both, "school"))
    assert set(blocks) == {"found, school", "outcomes, school"}
    assert [line.split(" | ")[0] for line in blocks["outcomes, school"].splitlines()[2:]] == ["| VI", "| MH"]
    assert "1 wrong of 7 are TRUSTED: VI on 1" in blocks["found, school"]
    assert set(blocks_of_page(BETA, runs, outcomes(runs), worst_cases(runs))) == {"found", "outcomes", "worst"}


@pytest.mark.slow
@pytest.mark.parametrize("family", EVERY)
def test_a_case_of_each_family_runs_and_is_right_where_it_is_trusted(family):
    (found,) = run_tasks([Task(0, OWN, "importance, marginal", 4, family)])
    assert found["reference"] in ("exact", "rqmc")
    assert found["outcome"] not in (WRONG_TRUSTED, "raised"), found
    assert found["kind"] == "model"
