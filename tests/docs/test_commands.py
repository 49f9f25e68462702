"""The commands of all pages: each is one that runs, and every piece of Python stands on a page whose tests run it."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import tyro

from experiments.catalogue import EXPERIMENTS
from experiments.options import Options
from experiments.own_counts.options import OwnCounts
from experiments.own_counts.reading import read_counts, strata_of
from models import Events
from tests.models.observations.files.workbooks import workbook
from tests.pages import ROOT

PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/*/*.md", "docs/*/*/*.md")
PATHS = sorted({path for pattern in PAGES for path in ROOT.glob(pattern)})
# Words that begin a command: variables of the environment, and then a program.
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:uv|pip|bash|git|pytest|python[\d.]*|\S+/bin/\w+) .+", re.S)
PROGRAMS = {"pytest", "python", "ruff"}  # that `uv run` is asked to run
PLAIN = {"docs/explorable/assemble.py", "-W"}  # what runs on a Python without any package, and a mention of an option
# The tests that execute the Python of each page.
EXECUTED = {
    "README.md": "tests/test_readme.py",
    "CONTRIBUTING.md": "tests/test_readme.py",
    "docs/extending.md": "tests/test_extending.py",
    "docs/genjax.md": "tests/docs/test_genjax.py",
    "docs/own_data.md": "tests/test_own_data_page.py",
    "docs/hyperpriors_of_own_data.md": "tests/test_own_data_page.py",
    "docs/rqmc.md": "tests/docs/test_rqmc.py",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def commands(text: str) -> list[str]:
    """The commands of a page, in its lines of code and in its sentences, without their comments."""
    text = re.sub(r"^ *```(?:python|text|html)\n.*?^ *```", "", text, flags=re.M | re.S)
    lines = re.findall(r"^    (\S.*)$", text, re.M)
    spans = [" ".join(span.split()) for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text)]
    parts = [part.split("  #")[0].strip() for line in (*lines, *spans) for part in line.split(" && ")]
    return [part for part in parts if COMMAND.fullmatch(part)]


FOUND = sorted({(name(path), command) for path in PATHS for command in commands(path.read_text("utf-8"))})
OF_EXPERIMENTS = sorted({command for _, command in FOUND if " -m experiments " in command})


def words_after(program: str, command: str) -> list[str]:
    """The words of a command behind the one that names its program."""
    words = shlex.split(command)
    return words[words.index(program) + 1 :]


def options_of(command: str) -> Options:
    """The options that a command of an experiment stands for; SystemExit if it has none of that name."""
    return tyro.extras.subcommand_cli_from_dict(dict(EXPERIMENTS), args=words_after("experiments", command))


def test_the_commands_of_the_pages_are_found():
    assert ("README.md", "uv run python -m experiments learning-the-prior") in FOUND
    assert ("docs/devices.md", "uv sync --extra cuda") in FOUND
    assert ("CONTRIBUTING.md", "uv run ruff check --fix") in FOUND
    assert len(OF_EXPERIMENTS) > 50
    assert {options_of(command).experiment for command in OF_EXPERIMENTS} == EXPERIMENTS.keys()


@pytest.mark.parametrize("command", OF_EXPERIMENTS)
def test_a_command_of_an_experiment_has_options_that_go_together(command):
    assert isinstance(options_of(command), Options)


def words_of(command: str) -> list[str]:
    """The words of a command behind its variables of the environment."""
    return [word for word in shlex.split(command) if not re.fullmatch(r"[A-Z_]+=\S*", word)]


def test_modules_that_are_run_are_there():
    for page, command in FOUND:
        for module in re.findall(r"python -m (\S+)", command):
            path = ROOT / module.replace(".", "/")
            is_there = path.with_suffix(".py").is_file() or (path / "__main__.py").is_file()
            assert is_there or module == "pytest", (page, command)


def test_files_that_commands_name_are_there():
    for page, command in FOUND:
        for word in words_of(command):
            assert not word.startswith(("docs/", "tests/", "experiments/", ".ci/")) or (ROOT / word).exists(), page


def test_groups_and_extras_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    known = {"group": project["dependency-groups"], "extra": project["project"]["optional-dependencies"]}
    found = {asked for _, command in FOUND for asked in re.findall(r"^uv (?:run|sync) --(group|extra) (\S+)", command)}
    assert found >= {("group", "docs"), ("group", "peers"), ("extra", "cuda")}
    assert [(option, name) for option, name in found if name not in known[option]] == []


def test_what_needs_the_environment_of_the_project_asks_for_it():
    """In a fresh clone no `python` has JAX, and there is no `pytest`; `uv run` makes an environment first."""
    for page, command in FOUND:
        words = words_of(command)
        assert words[0] not in PROGRAMS or words[1] in PLAIN, (page, command)
        assert words[:2] != ["uv", "run"] or PROGRAMS & set(words), (page, command)


def test_python_is_on_pages_whose_tests_run_it():
    with_code = {name(path) for path in PATHS if re.search(r"^ *```python", path.read_text("utf-8"), re.M)}
    assert with_code == EXECUTED.keys()
    for page, test in EXECUTED.items():
        assert Path(page).name in (ROOT / test).read_text("utf-8")


GROUPS = [(letter, k, n) for letter, k, n in zip("ABCDEF", (3, 0, 9, 1, 14, 2), (40, 12, 60, 9, 110, 2), strict=True)]
# Files such as the page on data of one's own speaks of.
TABLES = {
    "my.csv": "name,hits,AB\n" + "".join(f"{name},{k},{n}\n" for name, k, n in GROUPS),
    "trial.csv": "name,arm,k,n\n" + "".join(f"{name},{'old' if n > 50 else 'new'},{k},{n}\n" for name, k, n in GROUPS),
    "visits.csv": "page,bought\nA,\n"
    + "".join(f"{name},{'yes' if i < k else 'no'}\n" for name, k, n in GROUPS for i in range(n)),
}
WORKBOOKS = {
    "my.xlsx": workbook([["hospital", "deaths", "operations"], *GROUPS]),
    "season.xlsx": workbook([["team", "won", "lost"], *((name, k, n - k) for name, k, n in GROUPS)], first="2026"),
}
OF_EVENTS = "name,k,hours\n" + "".join(f"{name},{k},{n}\n" for name, k, n in GROUPS)
OF_OWN_FILES = [
    command
    for page, command in FOUND
    if page == "docs/own_data.md" and "own-counts --file" in command and "experiments/data" not in command
]


@pytest.mark.parametrize("command", OF_OWN_FILES)
def test_a_command_of_the_page_on_own_data_reads_such_a_file(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for file, content in WORKBOOKS.items():
        Path(file).write_bytes(content)
    for file, text in TABLES.items():
        Path(file).write_text(OF_EVENTS if "--exposure" in command and file == "my.csv" else text)
    options = options_of(command)
    assert isinstance(options, OwnCounts)
    counts = read_counts(options)
    assert counts.k.tolist() == [k for _, k, _ in GROUPS]
    assert list(counts.names) == [name for name, _, _ in GROUPS]
    design = counts.exposure if isinstance(counts, Events) else counts.n
    assert design.tolist() == [n for _, _, n in GROUPS]
    groups_of = strata_of(options, counts)
    assert groups_of is None or {name: len(groups) for name, groups in groups_of.items()} == {"new": 4, "old": 2}


def test_own_files_are_read():
    assert {str(options_of(command).path) for command in OF_OWN_FILES} == {*TABLES, *WORKBOOKS}
