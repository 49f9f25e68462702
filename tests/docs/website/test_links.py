"""Broken links of a site are found, and no others."""

import pytest

from docs.website.links import broken_links


@pytest.mark.parametrize(
    ("link", "broken"),
    [
        ("b.html", False),
        ("b.html#place", False),
        ("sub/c.html?x=1#there", False),
        ("#own", False),
        ("b.html#named%20so", False),
        ("https://example.org/nowhere", False),
        ("data:text/plain,x", False),
        ("sub", False),
        ("nothing.html", True),
        ("b.html#nothing", True),
        ("#nothing", True),
        ("sub/d.html", True),
    ],
)
def test_a_link_is_followed(link, broken, tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.html").write_text(f'<h1 id="own">A</h1><a href="{link}">x</a>')
    (tmp_path / "b.html").write_text('<h2 id="place">B</h2><a name="named so"></a><img src="sub/f.png">')
    (tmp_path / "sub" / "c.html").write_text('<p id="there">C</p><a href="../a.html#own">x</a>')
    (tmp_path / "sub" / "index.html").write_text("<p>index</p>")
    (tmp_path / "sub" / "f.png").write_bytes(b"")
    assert broken_links(tmp_path) == ([f"a.html: {link}"] if broken else [])


def test_a_picture_that_is_not_there_is_found(tmp_path):
    (tmp_path / "a.html").write_text('<img src="f.png">')
    assert broken_links(tmp_path) == ["a.html: f.png"]
