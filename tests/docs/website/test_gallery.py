"""The gallery has every experiment, with what it says of itself and its figure, also in a fresh clone."""

import inspect
import re

import pytest

from docs.website.figures import command, pictures
from docs.website.gallery import gallery
from docs.website.places import DOCS
from experiments.catalogue import EXPERIMENTS

SECTIONS = dict(part.split("\n", 1) for part in gallery().split("\n## ")[1:])  # the text below each heading


def test_every_experiment_is_there_in_the_order_of_the_catalogue():
    assert list(SECTIONS) == list(EXPERIMENTS)
    for name, text in SECTIONS.items():
        assert f"python -m experiments {command(name)}\n" in text
        assert f"(../experiments/{name.replace('-', '_')}/main.py)" in text
    assert "where does the population prior come from?" in SECTIONS["learning-the-prior"]
    assert "**Is a wrong answer ever trusted, or a right one not?" in SECTIONS["trust-it"]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_figure_is_shown_and_its_words_say_what_is_seen(name):
    shown = re.findall(r"^\[!\[(.+)\]\((\S+)\)\]\(\2\)$", SECTIONS[name], re.M)  # a click opens it
    assert [DOCS / file for _, file in shown] == [picture.path for picture in pictures(name)]
    sentence = " ".join((inspect.getdoc(EXPERIMENTS[name]) or "").partition("\n\n")[0].split())
    words = [said for said, _ in shown]
    assert all(said.endswith(sentence) for said in words)
    assert len(set(words)) == len(words)
    assert all((DOCS / file).is_file() for _, file in shown)


def test_the_command_of_a_file_of_the_readers_own_names_data_that_is_there():
    assert "    uv run python -m experiments own-counts --data rats\n" in SECTIONS["own-counts"]
