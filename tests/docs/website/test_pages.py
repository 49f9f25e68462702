"""Pages of docs/ on the site: their links lead to pages of the site, and code is left as it is."""

import re
from pathlib import PurePosixPath

import pytest

from docs.website.pages import MissingFileError, source_page, stage, with_links_of_the_site
from docs.website.places import DOCS, ROOT


@pytest.mark.parametrize(
    ("written", "on_the_site"),
    [
        ("[trust](trust.md)", "[trust](trust.md)"),
        ("[a place](trust.md#cases)", "[a place](trust.md#cases)"),
        ("[here](#here)", "[here](#here)"),
        ("[the README](../README.md)", "[the README](readme.md)"),
        ("[a place of it](../README.md#the-programs)", "[a place of it](readme.md#the-programs)"),
        ("[all](../README.md#the-questions)", "[all](experiments.md)"),
        ("![a figure](trust.png)", "![a figure](trust.png)"),
        ("[code](../models/__init__.py)", "[code](source/models/__init__.py.md)"),
        ("[`code`](../models/__init__.py#L3)", "[`code`](source/models/__init__.py.md#__span-0-3)"),
        ("see `models/__init__.py`", "see [`models/__init__.py`](source/models/__init__.py.md)"),
        ("run `two-classrooms`", "run [`two-classrooms`](experiments.md#two-classrooms)"),
        ("run `two-classrooms --quick`", "run `two-classrooms --quick`"),
        ("[run `wobble`](rqmc.md)", "[run `wobble`](rqmc.md)"),
        ("```\n`wobble`\n```", "```\n`wobble`\n```"),
        ("see `models/nothing.py`", "see `models/nothing.py`"),
        ("see `my_file.py`", "see `my_file.py`"),
        ("``see `models/__init__.py` ``", "``see `models/__init__.py` ``"),
        ("```\n# `models/__init__.py`\n```", "```\n# `models/__init__.py`\n```"),
        ("[a notebook](notebooks/chapter.py)", "[a notebook](notebooks/chapter.md)"),
        ("[the web](https://example.org/a.py)", "[the web](https://example.org/a.py)"),
        ('<img src="../docs/trust.png" alt="">', '<img src="trust.png" alt="">'),
        ("`[code](../README.md)`", "`[code](../README.md)`"),
        ("``a ` [code](../README.md)``", "``a ` [code](../README.md)``"),
        ("```\n[code](../README.md)\n```", "```\n[code](../README.md)\n```"),
        ("```\n`\n```\n[text](../README.md) `x`", "```\n`\n```\n[text](readme.md) `x`"),
    ],
)
def test_links_are_those_of_the_site(written, on_the_site):
    assert with_links_of_the_site(written, PurePosixPath("docs/page.md"), set()) == on_the_site


def test_links_of_a_page_in_another_folder_are_relative_to_it():
    written = "[trust](../docs/trust.md), [code](../models/__init__.py)"
    found = with_links_of_the_site(written, PurePosixPath("experiments/README.md"), set())
    assert found == "[trust](../../trust.md), [code](../models/__init__.py.md)"


def test_linked_files_of_the_repository_are_collected():
    linked = set()
    with_links_of_the_site("[a](../LICENSE) [b](trust.md)", PurePosixPath("docs/page.md"), linked)
    assert linked == {PurePosixPath("LICENSE"), PurePosixPath("docs/trust.md")}


def test_a_name_in_a_file_is_linked_to_its_line():
    file = "inference/algorithms/exact.py"
    lines = (ROOT / file).read_text("utf-8").splitlines()
    (line,) = (number for number, text in enumerate(lines, 1) if text.startswith("def exact("))
    assert any("exact" in text for text in lines[: line - 1])
    linked = set()
    found = with_links_of_the_site(f"`{file}::exact`", PurePosixPath("docs/page.md"), linked)
    assert found == f"[`{file}::exact`](source/{file}.md#__span-0-{line})"
    assert linked == {PurePosixPath(file)}


def test_a_link_to_no_file_is_refused():
    with pytest.raises(MissingFileError, match=r"docs/page\.md links to \.\./models/nothing\.py"):
        with_links_of_the_site("[a](../models/nothing.py)", PurePosixPath("docs/page.md"), set())


def test_the_page_of_a_file_holds_its_text_also_where_it_has_fences():
    path = PurePosixPath("docs/website/notebooks.py")
    text = (ROOT / path).read_text("utf-8").rstrip()
    assert "```" in text
    fence = "`" * 6  # one that no run of its backticks closes
    assert f"\n{fence}python\n{text}\n{fence}\n" in source_page(path)


def test_every_page_and_every_linked_file_is_written(tmp_path):
    stage(tmp_path, {PurePosixPath("made.md"): "[code](../models/__init__.py) [README](../README.md)"})
    assert (tmp_path / "made.md").read_text() == "[code](source/models/__init__.py.md) [README](readme.md)"
    assert (tmp_path / "source/models/__init__.py.md").is_file()
    for path in DOCS.glob("*.md"):
        text = path.read_text("utf-8")
        assert (tmp_path / path.name).is_file()
        assert all((tmp_path / picture).is_file() for picture in re.findall(r"!\[.*?\]\((.*?)\)", text))
    assert "](docs/trust.md)" in (ROOT / "README.md").read_text()
    assert "](trust.md)" in (tmp_path / "readme.md").read_text()
    assert list(tmp_path.rglob("*.py")) == []
