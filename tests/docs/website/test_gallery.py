"""The gallery has every experiment, with what it says of itself, and its figure where there is one."""

import pytest

from docs.website import gallery as module
from docs.website.gallery import gallery
from experiments.catalogue import EXPERIMENTS


def sections(page: str) -> dict[str, str]:
    """The text below each heading."""
    return dict(part.split("\n", 1) for part in page.split("\n## ")[1:])


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """No results, and a folder for the pages."""
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    monkeypatch.setattr(module, "PAGES", tmp_path / "pages")
    return tmp_path


def test_every_experiment_is_there_in_the_order_of_the_catalogue(folders):
    found = sections(gallery())
    assert list(found) == list(EXPERIMENTS)
    for name, text in found.items():
        assert f"python -m experiments {name}\n" in text
        assert f"(../experiments/{name.replace('-', '_')}/main.py)" in text
    assert "where does the population prior come from?" in found["learning-the-prior"]
    assert "**Is a wrong answer ever trusted, or a right one not?" in found["trust-it"]


def test_without_results_the_figures_are_those_of_the_documentation(folders):
    found = sections(gallery())
    shown = {name for name, text in found.items() if "![" in text or "<img" in text}
    assert shown == {"learning-the-prior", "pmf-accuracy", "performance", "trust-it"}
    assert "(trust.png)" in found["trust-it"]
    assert not (folders / "pages").exists()


def test_the_figure_of_an_experiment_that_was_run_is_shown(folders):
    written = folders / "results" / "wobble" / "wobble.png"
    written.parent.mkdir(parents=True)
    written.write_bytes(b"a picture")
    assert '<img src="figures/wobble/wobble.png" alt="' in sections(gallery())["wobble"]
    assert (folders / "pages" / "figures" / "wobble" / "wobble.png").read_bytes() == b"a picture"
