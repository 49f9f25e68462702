"""A release can be cited and installed: one version everywhere, and a wheel with all that runs and nothing else."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from datetime import date
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("experiments", "inference", "models")
UV = os.environ.get("UV") or shutil.which("uv")  # `uv run` says in UV where it is itself


def project() -> dict:
    """The table `project` of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def cited(field: str) -> str:
    """The value of a field at the top level of CITATION.cff, or "" if it has none."""
    found = re.search(rf'^{field}: *"?(.*?)"?$', (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.M)
    return found[1] if found else ""


def releases() -> list[tuple[str, str]]:
    """Version and date of each release in CHANGELOG.md, the newest first."""
    return re.findall(r"^## \[(\d.*?)\] - (.*)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)


def test_the_citation_and_the_changelog_have_the_projects_version():
    assert cited("version") == releases()[0][0] == project()["version"]


def test_no_module_has_a_version_of_its_own():
    for path in (path for package in PACKAGES for path in (ROOT / package).rglob("*.py")):
        assert "__version__" not in path.read_text(encoding="utf-8"), path


def test_the_citation_has_the_changelogs_date():
    assert cited("date-released") == releases()[0][1]


def test_releases_are_dated_newest_first():
    days = [date.fromisoformat(day) for _, day in releases()]
    assert days == sorted(days, reverse=True)


def test_the_citation_has_a_title_and_the_projects_licence():
    assert cited("title").strip()
    assert cited("license") == project()["license"]


@pytest.mark.parametrize("package", PACKAGES)
def test_type_checkers_read_an_installed_package(package):
    assert (ROOT / package / "py.typed").is_file()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from this checkout."""
    if UV is None:
        pytest.skip("no uv on the PATH")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.mark.slow
def test_the_wheel_has_every_module_and_data_file_and_nothing_else(wheel):
    needed = {"experiments/presentation/page.css", *(f"{package}/py.typed" for package in PACKAGES)}
    needed |= {f"experiments/data/{path.name}" for path in (ROOT / "experiments" / "data").glob("*.csv")}
    for package in PACKAGES:
        needed |= {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")}
    about = f"{project()['name'].replace('-', '_')}-{project()['version']}.dist-info"
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        assert archive.read(f"{about}/licenses/LICENSE") == (ROOT / "LICENSE").read_bytes()
    assert {name for name in names if not name.startswith(f"{about}/")} == needed


@pytest.mark.slow
def test_the_main_job_runs_from_the_installed_wheel(wheel, tmp_path):
    installed, elsewhere = tmp_path / "installed", tmp_path / "elsewhere"
    elsewhere.mkdir()
    install = [UV, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", installed, wheel]
    subprocess.run(install, check=True)
    # The checkout is on this process's path; PYTHONPATH comes before it, and the working folder has no packages.
    environment = os.environ | {"PYTHONPATH": str(installed)}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=elsewhere, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    for name in PACKAGES:
        where = python("-c", f"import {name}; print({name}.__file__)")
        assert where.strip() == str(installed / name / "__init__.py")
    python("-m", "experiments", "learning-the-prior", "--quick")
    summary = json.loads((elsewhere / "results" / "learning-the-prior" / "summary.json").read_text(encoding="utf-8"))
    assert set(summary) == {"methods", "students"}
