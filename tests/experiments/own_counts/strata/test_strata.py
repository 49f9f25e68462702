"""Strata: how a file is split, what is learned of each, and what the evidence says of one population or several."""

import jax
import numpy as np
import pytest
from scipy.special import ndtr

from experiments.own_counts.strata.difference import SCORES, distribution_of_difference
from experiments.own_counts.strata.learn import ALL, evidence_sentence, learn_strata
from experiments.own_counts.strata.shown import strata_sentences, strata_tables
from experiments.own_counts.strata.split import MOST_STRATA, by_stratum
from experiments.presentation.numbers import percent
from inference import exact
from inference.draws.rates import resample
from models import Counts, CountsError, fixed, mean_concentration

DRAWS = 20_000
ARM = ["treated", "control", "treated", "control", "treated", "control"]
GROUPS = Counts([3, 5, 7, 1, 4, 2], [10, 9, 10, 12, 8, 11], names=list("abcdef"), covariates={"arm": ARM})


@pytest.fixture(scope="module")
def learned():
    """Both arms learned apart and together, under the same hyperprior."""
    strata, hyperprior = by_stratum(GROUPS, "arm"), mean_concentration()
    return learn_strata("arm", strata, hyperprior, exact(hyperprior, GROUPS.only_counts()), interval=0.8)


def test_each_row_is_in_the_stratum_of_its_value_with_its_name():
    strata = by_stratum(GROUPS, "arm")
    assert list(strata) == ["control", "treated"]
    assert strata["control"].names == ("b", "d", "f")
    assert strata["treated"].k.tolist() == [3, 7, 4]
    assert not strata["treated"].covariates


def test_values_that_differ_in_any_sign_are_different_strata():
    hostile = ["..", "/etc", "A", "a", "=cmd|", "\x1b[31m"]
    counts = Counts(GROUPS.k, GROUPS.n, covariates={"arm": hostile})
    assert set(by_stratum(counts, "arm")) == set(hostile)
    of_numbers = Counts(GROUPS.k, GROUPS.n, covariates={"arm": [0, 10, 9, 0, 10, 9]})
    assert list(by_stratum(of_numbers, "arm")) == ["0", "9", "10"]


def test_one_stratum_or_very_many_are_refused():
    one = Counts([1, 2], [3, 3], covariates={"arm": ["x", "x"]})
    with pytest.raises(CountsError, match="--by arm: all 2 rows have the value 'x'"):
        by_stratum(one, "arm")
    rows = MOST_STRATA + 1
    many = Counts([1] * rows, [3] * rows, covariates={"arm": [f"page {i}" for i in range(rows)]})
    with pytest.raises(CountsError, match=f"--by arm: the column has {rows} values, such as 'page 0' and 'page 1'"):
        by_stratum(many, "arm")


def test_the_bayes_factor_is_that_of_the_evidences_and_each_group_is_shrunk_to_its_own_population(learned):
    hyperprior, strata = mean_concentration(), by_stratum(GROUPS, "arm")
    apart = {name: exact(hyperprior, groups) for name, groups in strata.items()}
    together = exact(hyperprior, GROUPS.only_counts())
    expected = sum(posterior.log_evidence for posterior in apart.values()) - together.log_evidence
    assert learned.separate.value == pytest.approx(expected, abs=1e-12)
    assert learned.strata["log Z"].to_list() == [
        *(posterior.log_evidence for posterior in apart.values()),
        together.log_evidence,
    ]
    assert learned.strata["stratum"].to_list() == ["control", "treated", ALL]
    assert learned.strata["groups"].to_list() == [3, 3, 6]
    assert learned.strata["n"].to_list() == [32, 28, 60]
    own = learned.strata_groups.filter(stratum="treated").drop("stratum")
    assert own.equals(apart["treated"].shrinkage(strata["treated"], interval=0.8))


def test_if_the_population_is_known_it_makes_no_difference_whether_it_is_shared():
    hyperprior = fixed(2.0, 3.0)
    together = exact(hyperprior, GROUPS.only_counts())
    three = {name: groups.taken([0, 1]) for name, groups in by_stratum(GROUPS, "arm").items()}
    three["others"] = GROUPS.only_counts().taken([4, 5])
    found = learn_strata("arm", three, hyperprior, together, interval=0.9)
    assert abs(found.separate.value) < 1e-12
    assert found.strata_difference is None
    assert "do not tell a population for each arm from one for all" in evidence_sentence(found)
    assert "others there are fewer than three groups" in strata_sentences(found, 0.9)[-1]


def test_the_sentence_says_for_which_the_counts_speak(learned):
    for value, said in (
        (np.log(20), "20 times as probable under a population for each arm as under one for all"),
        (-np.log(50), "50 times as probable under one for all as under a population for each arm"),
        (230.2585, "10^100 times as probable under a population for each arm"),
    ):
        sentence = evidence_sentence(learned._replace(separate=learned.separate._replace(value=value)))
        assert said in sentence


def test_of_normals_the_difference_is_normal():
    first, second = 0.3 + 0.05 * SCORES, 0.1 + 0.2 * SCORES
    below = distribution_of_difference(first, second, SCORES)
    for d in (-0.4, 0.0, 0.2, 0.5):
        # The quantiles end at 6.5 sds, beyond which 8e-11 lies.
        assert abs(below(d) - ndtr((d - 0.2) / np.hypot(0.05, 0.2))) < 2e-10


def test_the_difference_of_means_is_that_of_independent_draws(learned):
    control, treated = (learned.posteriors[name] for name in ("control", "treated"))
    row = learned.strata_difference.row(0, named=True)
    assert (row["name"], row["other"], row["of"]) == ("control", "treated", "mu")
    first, second = (
        resample(posterior, jax.random.key(i), DRAWS)["mu"] for i, posterior in enumerate((control, treated))
    )
    drawn = np.asarray(first) - np.asarray(second)
    for d, q in ((0.0, 1 - row["probability"]), (row["low"], 0.1), (row["median"], 0.5), (row["high"], 0.9)):
        assert abs(np.mean(drawn <= d) - q) < 4 * np.sqrt(q * (1 - q) / DRAWS)
    assert row["mean"] == pytest.approx(control.mean("mu") - treated.mean("mu"), abs=1e-12)
    assert row["sd"] == pytest.approx(drawn.std(), rel=4 / np.sqrt(DRAWS))
    assert max(row["interval_error"], row["probability_error"]) < 1e-3


@pytest.mark.costly
def test_a_run_by_strata_writes_its_tables_whatever_the_strata_are_called(run, tmp_path, capfd):
    file, values = tmp_path / "my.csv", ("../up", "a/b")
    rows = [f"g{i},{i % 4},{8 + i},{values[i % 2]}" for i in range(8)]
    file.write_text("\n".join(["name,k,n,arm", *rows]))
    assert run("own-counts", "--file", file, "--by", "arm", "--output-dir", tmp_path / "out") == 0
    assert "By arm\nWhether groups with another arm are of another kind." in capfd.readouterr().out
    folder = tmp_path / "out" / "own-counts"
    assert all(path.is_file() for path in folder.iterdir())
    assert {"strata.csv", "strata_groups.csv", "strata_difference.csv", "strata.png"} <= {
        path.name for path in folder.iterdir()
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["my.csv", "out"]
    for words, message in (
        (["--by", "arms"], "no column 'arms'; is it 'arm'?"),
        (["--by", "k"], "--by k: all 8 rows have the value '3'"),
    ):
        if words[1] == "k":
            file.write_text("\n".join(["name,k,n", *(f"g{i},3,9" for i in range(8))]))
        assert run("own-counts", "--file", file, *words, "--output-dir", tmp_path / "out") == 1
        error = capfd.readouterr().err
        assert message in error
        assert "Traceback" not in error


def test_the_caption_and_the_sentence_of_a_difference_name_the_percent_of_its_interval(learned):
    assert strata_tables(learned, 0.8)[1].caption.endswith(f"low and high: central {percent(0.8)} interval")
    assert f"] ({percent(0.8)} interval); it is above 0" in strata_sentences(learned, 0.8)[1]
