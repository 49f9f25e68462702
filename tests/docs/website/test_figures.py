"""The pictures of the gallery are small, are all shown, and look like the figures that they were made of."""

import numpy as np
import pytest
from PIL import Image, ImageColor

from docs.website import figures as module
from docs.website.figures import COLOURS, FIGURES, LARGEST_WIDTH, OF_PAGES, main, pictures, reduce
from experiments.catalogue import EXPERIMENTS
from experiments.presentation.axes import label, new_figure
from experiments.presentation.colours import (
    BLACK,
    BLUE,
    DARK,
    GREEN,
    GREY,
    LIGHT,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    YELLOW,
)
from experiments.presentation.results import png

LARGEST, LARGEST_TOGETHER = 80_000, 1_500_000  # bytes
PALETTE = (BLACK, BLUE, DARK, GREEN, GREY, LIGHT, ORANGE, PURPLE, SKY, VERMILION, YELLOW)
PICTURES = sorted(FIGURES.glob("*"))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_is_small(path):
    with Image.open(path) as image:
        assert (image.format, image.mode) == ("PNG", "P")
        assert 500 <= image.width <= LARGEST_WIDTH
    assert path.stat().st_size <= LARGEST


def test_all_pictures_are_shown_and_together_they_are_small():
    shown = {picture.path for name in EXPERIMENTS if name not in OF_PAGES for picture in pictures(name)}
    assert set(PICTURES) == shown
    assert sum(path.stat().st_size for path in PICTURES) <= LARGEST_TOGETHER
    assert OF_PAGES.keys() <= EXPERIMENTS.keys()
    assert all(len(pictures(name)) <= 2 for name in EXPERIMENTS)


def test_a_reduced_figure_has_the_colours_of_the_figure(tmp_path):
    figure, panels = new_figure(3)
    for ax in panels:
        for row, colour in enumerate(PALETTE):
            ax.fill_between([0, 1], [row, row], [row + 1, row + 1], color=colour, linewidth=0)
        label(ax, "All is filled", "x (units)", "y (units)")
    (tmp_path / "figure.png").write_bytes(png(figure))
    reduce(tmp_path / "figure.png", tmp_path / "picture.png")
    with Image.open(tmp_path / "figure.png") as whole, Image.open(tmp_path / "picture.png") as small:
        assert small.width == LARGEST_WIDTH < whole.width
        assert small.height == round(whole.height * LARGEST_WIDTH / whole.width)
        found = np.array([colour for _, colour in small.convert("RGB").getcolors() or ()])
    assert len(found) <= COLOURS
    for colour in (*PALETTE, "white"):
        rgb = np.array(ImageColor.getrgb(colour))
        assert np.abs(found - rgb).max(1).min() <= 1, colour  # of 255


def test_the_command_says_which_figure_is_not_there(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(module, "FIGURES", tmp_path)
    assert main(["own-counts", "trust-it", "wobbel"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"own-counts: {tmp_path}/own-counts/own_counts.png is not there: "
        "run `python -m experiments own-counts --data rats` first",
        "trust-it: its picture is not in docs/figures/",
        "wobbel: no experiment has this name",
    ]


def test_the_command_writes_the_picture_of_an_experiment(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(module, "FIGURES", tmp_path / "figures")
    (tmp_path / "wobble").mkdir()
    Image.new("RGB", (300, 100), GREY).save(tmp_path / "wobble" / "wobble.png")
    assert main(["wobble"]) == 0
    with Image.open(tmp_path / "figures" / "wobble.png") as picture:
        assert picture.size == (300, 100)
