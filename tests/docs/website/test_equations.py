"""Equations of built pages become what a browser shows without JavaScript."""

import pytest

from docs.website.equations import EquationError, set_equations, set_equations_of, write_style_sheet
from docs.website.npm_packages import NpmError, NpmPackage, NpmUnreachableError


def fetched():
    """Skip a test where npm was never reached: the site's build says then what is missing."""
    from docs.website.equations import KATEX
    from docs.website.places import BUILD

    if not (BUILD / f"{KATEX.name}-{KATEX.version}").is_dir():
        pytest.skip("KaTeX is fetched by `uv run --group docs python -m docs.website`")


def test_pages_have_equations_in_place_of_tex(tmp_path):
    fetched()
    inline = '<p>The mean <span class="arithmatex">\\(a &lt; \\mu\\)</span> and code <code>\\(x\\)</code></p>'
    displayed = '<div class="arithmatex">\\[\n\\frac{a}{a + b}\n\\]</div>'
    (tmp_path / "page.html").write_text(inline + displayed)
    (tmp_path / "other.html").write_text("<p>nothing</p>")
    assert set_equations_of(tmp_path) == 2
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "arithmatex" not in page
    assert "<mi>a</mi><mo>&lt;</mo><mi>μ</mi>" in page
    assert "<mfrac>" in page
    assert page.count('class="katex-display"') == 1
    assert "<code>\\(x\\)</code>" in page
    assert (tmp_path / "other.html").read_text() == "<p>nothing</p>"


def test_what_is_not_an_equation_is_refused():
    fetched()
    with pytest.raises(EquationError, match=r"\\nosuch"):
        set_equations([(False, r"a + \nosuch")])


def test_the_style_sheet_names_only_fonts_that_are_there(tmp_path):
    fetched()
    write_style_sheet(tmp_path)
    style = (tmp_path / "katex.css").read_text("utf-8")
    named = {part.split(")")[0] for part in style.split("url(")[1:]}
    assert named == {f"fonts/{path.name}" for path in (tmp_path / "fonts").iterdir()}
    assert all(name.endswith(".woff2") for name in named)


def test_another_archive_than_the_pinned_one_is_refused(tmp_path, monkeypatch):
    def gives_another(arguments, *, cwd, **_):
        (cwd / "katex-0.0.0.tgz").write_bytes(b"another")
        return type("Done", (), {"returncode": 0, "stderr": ""})

    monkeypatch.setattr("docs.website.npm_packages.BUILD", tmp_path / "build")
    monkeypatch.setattr("docs.website.npm_packages.npm", gives_another)
    with pytest.raises(NpmError, match=r"another katex@0\.0\.0"):
        NpmPackage("katex", "0.0.0", "a checksum").folder()
    assert list((tmp_path / "build").iterdir()) == []


def test_npm_that_gives_nothing_is_said(tmp_path, monkeypatch):
    def gives_nothing(*_, **__):
        return type("Done", (), {"returncode": 1, "stderr": "no network\n"})

    monkeypatch.setattr("docs.website.npm_packages.BUILD", tmp_path / "build")
    monkeypatch.setattr("docs.website.npm_packages.npm", gives_nothing)
    with pytest.raises(NpmUnreachableError, match=r"npm does not give katex@0\.0\.0: no network$"):
        NpmPackage("katex", "0.0.0", "a checksum").folder()
