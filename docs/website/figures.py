"""The pictures of the gallery: the figures of all experiments, reduced to what a page needs.

    uv run python -m docs.website.figures [NAMES]

takes the figures that these experiments, by default all, have written to `results/`; it writes to `docs/figures/`.
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from docs.website.places import DOCS, RESULTS
from experiments.catalogue import EXPERIMENTS

FIGURES = DOCS / "figures"
LARGEST_WIDTH = 1100  # pixels: a page is 700 to 800 wide, and screens have up to two pixels for one of a page
COLOURS = 128  # of a picture: the dozen of a figure, and what lies between two of them at the edges of its letters
STEPS = 3  # of k-means: without them greys become a little purple


class Picture(NamedTuple):
    """A figure of an experiment, as the gallery shows it."""

    path: Path  # in docs/
    part: str = ""  # what it shows, if an experiment has two


OF_PAGES = {
    "learning-the-prior": (Picture(DOCS / "learning_the_prior.png"),),
    "pmf-accuracy": (Picture(DOCS / "pmf_accuracy.png"),),
    "performance": (
        Picture(DOCS / "performance.png", part="Times next to other libraries"),
        Picture(DOCS / "growth.png", part="Seconds and memory as the problem grows"),
    ),
    "trust-it": (Picture(DOCS / "trust.png"),),
}  # shown on other pages too, in full size; `--write-docs` or a copy renews them
OPTIONS = {"own-counts": "--data rats"}  # of the command that draws a picture, if they are not the default ones


def command(name: str) -> str:
    """What is written after `python -m experiments` to draw the pictures of an experiment."""
    return f"{name} {OPTIONS[name]}" if name in OPTIONS else name


def pictures(name: str) -> tuple[Picture, ...]:
    """The pictures of an experiment, at most two.

    Args:
        name: of the experiment.

    Returns:
        Its pictures in docs/; those of other pages where these show its figure.
    """
    return OF_PAGES.get(name) or (Picture(FIGURES / f"{_stem(name)}.png"),)


def reduce(figure: Path, picture: Path) -> None:
    """Write a figure with at most COLOURS colours, and at most LARGEST_WIDTH wide.

    Args:
        figure: PNG of an experiment.
        picture: file to write; its folder must exist.
    """
    with Image.open(figure) as image:
        small = image.convert("RGB")
    if small.width > LARGEST_WIDTH:
        height = round(small.height * LARGEST_WIDTH / small.width)
        small = small.resize((LARGEST_WIDTH, height), Image.Resampling.LANCZOS)
    few = small.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=STEPS, dither=Image.Dither.NONE)
    few.save(picture, optimize=True)


def main(names: Sequence[str]) -> int:
    """Reduce the figures of some experiments, or of all.

    Args:
        names: of experiments; all that have pictures of their own, if there is none.

    Returns:
        Exit status: 1 if a name is none of an experiment in `docs/figures/`, or if its figure is not in results/, with
        a line on stderr for each.
    """
    known = [name for name in EXPERIMENTS if name not in OF_PAGES]
    status = 0
    FIGURES.mkdir(exist_ok=True)
    for name in names or known:
        figure = RESULTS / name / f"{_stem(name)}.png"
        if name not in known:
            problem = "its picture is not in docs/figures/" if name in EXPERIMENTS else "no experiment has this name"
        elif not figure.is_file():
            problem = f"{figure} is not there: run `python -m experiments {command(name)}` first"
        else:
            (picture,) = pictures(name)
            reduce(figure, picture.path)
            print(f"{picture.path}: {picture.path.stat().st_size / 1000:.0f} kB")
            continue
        print(f"{name}: {problem}", file=sys.stderr)
        status = 1
    return status


def _stem(name: str) -> str:
    return name.replace("-", "_")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
