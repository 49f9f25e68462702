"""The page in the repository is what its sources give, is small, and asks for nothing."""

import importlib.util
import re

import pytest

from tests.explorable.core import PAGE

MOST_BYTES = 40_000
ADDRESSES_OF_NAMES = {"http://www.w3.org/"}  # names of XML's vocabularies, which nothing requests


@pytest.fixture(scope="module")
def assemble():
    spec = importlib.util.spec_from_file_location("assemble", PAGE.parent / "assemble.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_what_the_sources_give(assemble):
    assert PAGE.read_text(encoding="utf-8") == assemble.assembled()


def test_every_source_is_in_the_page(assemble):
    template = (assemble.SOURCES / "template.html").read_text(encoding="utf-8")
    marked = set(re.findall(r"\{\{([\w.]+)\}\}", template))
    assert marked | {"template.html"} == {path.name for path in assemble.SOURCES.iterdir()}


def test_page_is_small():
    assert PAGE.stat().st_size <= MOST_BYTES


def test_page_names_no_other_file():
    page = PAGE.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[\w.]+/", page)) == ADDRESSES_OF_NAMES
    assert not re.search(r"""\b(?:src|href)=|@import|url\(|\bimport\b|fetch\(""", page)


@pytest.mark.parametrize(
    ("code", "squeezed"),
    [
        ("const x = 1; // one\n", "const x=1;"),
        ('  f("a  =  b // no comment");', 'f("a  =  b // no comment");'),
        ("g(`a = ${ x + 1 } // b`);", "g(`a = ${ x + 1 } // b`);"),
        ("a - -b;", "a- -b;"),
        ("return x\n  + y;", "return x\n+y;"),
        ('f(0.5, 10.5, "0.5");', 'f(.5,10.5,"0.5");'),
        ("f = {\n  a,\n};\ng();", "f={a,};g();"),
        ("function f() {\n  g();\n}\nh();", "function f(){g()}\nh();"),
    ],
)
def test_squeezing_keeps_the_program(assemble, code, squeezed):
    assert assemble.squeezed_javascript(code) == squeezed


def test_squeezing_html_keeps_the_quotes_of_what_is_not_a_word(assemble):
    code = '<p id="a-b" class="two words" style="width: 1px">say "x" or k="y"</p>'
    assert assemble.squeezed_html(code) == '<p id=a-b class="two words" style="width: 1px">say "x" or k="y"</p>'
