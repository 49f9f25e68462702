"""The pages for readers with data of their own: commands and options are there, code runs, numbers are right."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import polars as pl
import pytest
import tyro

from experiments.catalogue import EXPERIMENTS
from experiments.data.classrooms import DATA
from experiments.own_counts.options import OwnCounts
from experiments.presentation.table_text import table_text

ROOT = Path(__file__).parent.parent
PAGES = {name: (ROOT / "docs" / name).read_text() for name in ("own_data.md", "hyperpriors_of_own_data.md")}
PAGE = PAGES["own_data.md"]
COMMAND = "uv run python -m experiments "
COMMANDS = re.findall(rf"^ +{re.escape(COMMAND)}(.*)$", PAGE, re.M)
BLOCKS = [block for page in PAGES.values() for block in re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)]
EXAMPLE = "own-counts --file experiments/data/hospitals.csv --threshold 0.1 --best lowest"


def options_of(words: str) -> OwnCounts:
    return tyro.extras.subcommand_cli_from_dict(dict(EXPERIMENTS), args=shlex.split(words))


def test_there_are_commands_and_code():
    assert len(COMMANDS) >= 5
    assert len(BLOCKS) >= 3
    assert EXAMPLE in COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_has_options_that_are_there_and_go_together(command):
    assert isinstance(options_of(command), OwnCounts)


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_every_option_that_is_named_is_one(page):
    known = {f"--{field.name.replace('_', '-')}" for experiment in EXPERIMENTS.values() for field in fields(experiment)}
    known |= {"--help", "--help-all"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", page))
    assert named - known == set()


def test_the_table_of_options_is_parsed():
    """Each option in the table "My file looks like this" with a file of its own."""
    rows = re.findall(r"^\| [^|]+ \| (`--.*) \|$", PAGE, re.M)
    asked = [words for row in rows for words in re.findall(r"`(--[^`]+)`", row)]
    assert len(asked) >= 10
    for words in asked:
        file = "" if words.startswith(("--file", "--data")) else "--file my.csv "
        assert isinstance(options_of(f"own-counts {file}{words}"), OwnCounts)


def test_what_is_called_a_file_of_the_report_is_one_that_the_program_writes():
    sources = "".join(path.read_text() for path in (ROOT / "experiments" / "own_counts").rglob("*.py"))
    for stem in re.findall(r"`(\w+)\.(?:csv|png|parquet|html)`", PAGE):
        assert re.search(rf"""["']{stem}\b|\b{stem}=|{stem}\.""", sources), stem


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_code_runs(block, tmp_path, monkeypatch):
    (tmp_path / "my.csv").write_text("name,k,n\nAlyssa,17,20\nEmi,2,20\nFarid,9,20\n")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "own_data.md", "exec"), {})


def test_the_part_for_everybody_has_no_words_of_statistics_or_of_programs():
    plain, rest = PAGE.split("*Here the part ends that needs no statistics.")
    assert "](#events-in-an-exposure)" in plain.split("\n## ")[0]  # the page begins by saying where the part ends
    assert rest.split("\n\n")[1] == "## Events in an exposure"
    words = r"E\[|\bmu\b|\blam\b|GenJAX|NUTS|`nuts`|float32|posterior\.|theta|Beta\(|Poisson|log Z|Monte Carlo"
    assert re.findall(words, plain) == []
    for match in re.finditer("hyperprior", plain):  # a section of the report is called so, and an option
        assert re.search(r"depends\s+on the hyperprior$|A hyperprior$|`hyperprior$", plain[: match.end()])


@pytest.mark.parametrize("word", ["hyperprior", "posterior", "evidence", "Bayes factor", "nat", "LOO"])
def test_the_page_of_hyperpriors_says_what_a_word_means_where_it_comes_first(word):
    text = PAGES["hyperpriors_of_own_data.md"].split("\n", 1)[1].replace("\n", " ")
    first = re.search(rf"\b{word}s?\b", text)
    assert first is not None
    assert text[first.start() - 1 : first.end() + 1] == f"*{word}*"


def rows_of(columns: str) -> list[list[str]]:
    """The rows of the table of the page that has these columns."""
    table = re.search(rf"^{re.escape(columns)}\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.M)
    assert table is not None
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table[1].splitlines()]


@pytest.mark.costly
def test_the_numbers_of_the_example_are_those_of_the_command(tmp_path, monkeypatch, capsys):
    from experiments.__main__ import main

    monkeypatch.chdir(ROOT)
    assert main([*shlex.split(EXAMPLE), "--output-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"^    (12 groups, .*)$", PAGE, re.M)[1] in said
    folder = tmp_path / "own-counts"
    for file, columns in (
        ("students", "| name | k | n | raw | mean | low | high | own_weight |"),
        ("ranking", "| name | k | n | best | loss | worst | rank | rank_low | rank_high |"),
    ):
        names = columns.strip("| ").split(" | ")
        shown = table_text("", pl.read_csv(folder / f"{file}.csv").select(names)).rows
        for row in rows_of(columns):
            assert tuple(row) in [tuple(cells) for cells in shown]
    above = dict(pl.read_csv(folder / "thresholds.csv").select("name", "probability").iter_rows())
    assert [f"{above[f'hospital {letter}']:.4f}" for letter in "HBK"] == re.findall(r"0\.8851|0\.5812|0\.5770", PAGE)
    assert sorted(above.values())[-4] < 0.2  # "all others are probably below"
    pairs = pl.read_csv(folder / "pairwise.csv").filter(name="hospital A", other="hospital E")
    assert f"probability {1 - pairs['probability'].item():.2f}" in PAGE.replace("\n", " ")
    ranking = pl.read_csv(folder / "ranking.csv").sort("loss")
    assert ranking["name"][:2].to_list() == ["hospital A", "hospital E"]
    assert re.search(r"^    SQL .*$", PAGE, re.M)[0].strip() in said
    p_values = pl.read_csv(folder / "checks.csv")["p_value"]
    assert f"between {p_values.min():.2f} and {p_values.max():.2f}" in PAGE
    assert f"at most {pl.read_csv(folder / 'sensitivity.csv')['range'].max():.3f}" in PAGE


def test_the_rats_have_the_published_means():
    from inference import exact
    from models import Counts, bda3

    counts = Counts.read(DATA / "rats.csv")
    mean = exact(bda3(), counts).learned_prior(counts).filter(choice="posterior mean")
    published = f"{mean['a'].item():.1f} and {mean['b'].item():.1f}"
    assert published == "2.4 and 14.3"
    assert all(published in page for page in PAGES.values())


def test_the_example_is_of_the_file_that_ships():
    assert options_of(EXAMPLE).path == Path("experiments/data/hospitals.csv")
    assert (DATA / "hospitals.csv").samefile(ROOT / options_of(EXAMPLE).path)
