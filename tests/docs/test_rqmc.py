"""The page on scrambled Sobol points, rqmc.md: its file prints what the page says."""

import runpy

import pytest

from tests.pages import assert_prints, broken_links, examples, page

PAGE = page("rqmc.md")


@pytest.mark.costly
def test_the_file_prints_what_the_page_says(tmp_path, capsys):
    (example,) = examples(PAGE)
    path = tmp_path / "my_file.py"
    path.write_text(example.code)
    runpy.run_path(str(path))
    assert_prints(capsys.readouterr().out, example.said)


def test_links_lead_somewhere():
    assert broken_links("rqmc.md") == []
