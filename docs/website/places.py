"""Where the site's parts are read and written."""

from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
WEBSITE = DOCS / "website"
RESULTS = ROOT / "results"  # what the experiments and notebooks have written, if they were run
BUILD = ROOT / "build"  # which git ignores
PAGES = BUILD / "pages"  # what zensical reads: the pages of docs/, and those that are made
SITE = BUILD / "site"  # what it writes
GALLERY = PurePosixPath("experiments.md")  # the page of all experiments
