"""The built site: no link is broken, and a browser opens every page without a request, an error or a sideways scroll.

`.ci/run` builds it before the tests; `uv run --group docs python -m docs.website` does by hand.
"""

import re
import tomllib

import pytest

from docs.website.links import broken_links
from docs.website.notebooks import notebooks
from docs.website.pages import written_pages
from docs.website.places import DOCS, ROOT, SITE
from tests.browser import DESK, PHONE, needs_chromium, opened

pytestmark = pytest.mark.skipif(not (SITE / "index.html").is_file(), reason="the site is not built")

# The elements that end to the right of the window and are in nothing that scrolls by itself.
STICKING_OUT = """() => {
  const scrolls = (e) => e && e !== document.body
    && (["auto", "scroll", "hidden"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
  const right = document.documentElement.clientWidth + 1;
  const outside = (e) => e.getBoundingClientRect().width && e.getBoundingClientRect().right > right;
  return [...document.querySelectorAll(".md-content *")]
    .filter((e) => outside(e) && !scrolls(e.parentElement)).map((e) => e.outerHTML.slice(0, 80));
}"""

# The words of code in tables that are broken in their middle: parts of one are not on one line.
BROKEN_WORDS = """() => [...document.querySelectorAll("td code")].flatMap((code) => {
  const walker = document.createTreeWalker(code, NodeFilter.SHOW_TEXT), broken = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const word of node.data.matchAll(/\\w+/g)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) broken.push(word[0]);
    }
  return broken;
})"""


def in_navigation(entries: list | dict | str) -> set[str]:
    """The pages that the navigation of zensical.toml names."""
    if isinstance(entries, str):
        return {entries}
    inside = entries if isinstance(entries, list) else entries.values()
    return {page for entry in inside for page in in_navigation(entry)}


def test_no_link_is_broken():
    assert len(list(SITE.rglob("*.html"))) > 20
    assert broken_links(SITE) == []


def test_every_page_of_the_documentation_is_in_the_navigation():
    named = in_navigation(tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"])
    pages = {path.relative_to(DOCS).as_posix() for path in written_pages()}
    pages |= {f"notebooks/{path.stem}.md" for path in notebooks()}
    assert pages <= named
    for page in named:
        assert (SITE / page).with_suffix(".html").is_file(), page


def test_equations_are_equations():
    page = (SITE / "notebooks" / "chapter.html").read_text("utf-8")
    assert "<math" in page
    assert "arithmatex" not in page
    assert "$\\theta" not in page


def test_the_chapter_is_linked_to_its_code_and_to_its_experiments():
    page = (SITE / "course.html").read_text("utf-8")
    assert re.search(r'href="source/models/hyperpriors/box\.py\.html#__span-0-\d+"', page)
    assert 'href="experiments.html#wobble"' in page


def test_solutions_are_folded():
    page = (SITE / "notebooks" / "chapter.html").read_text("utf-8")
    assert page.count('<details class="success">') == page.count("<summary>Solution of exercise") == 6


@needs_chromium
def test_a_browser_opens_every_page():
    of_code = sorted((SITE / "source").rglob("*.html"))
    pages = [of_code[0], *sorted(set(SITE.rglob("*.html")) - {*of_code, SITE / "404.html"})]
    with opened(pages[0], PHONE) as seen:
        for path in pages:
            seen.page.goto(path.as_uri())
            for width in (DESK, PHONE):
                seen.page.set_viewport_size({"width": width, "height": 800})
                assert (path.name, width, seen.page.evaluate(STICKING_OUT)) == (path.name, width, [])
                assert (path.name, width, seen.page.evaluate(BROKEN_WORDS)) == (path.name, width, [])
            assert (path.name, seen.complaints, seen.requests) == (path.name, [], [])


@needs_chromium
def test_the_explorable_fills_its_frame_and_has_the_colours_that_the_reader_chose():
    with opened(SITE / "explorable.html", color_scheme="light") as seen:
        inside = seen.page.frames[1]
        inside.wait_for_function("sampling.runs.length > 0")
        for width in (PHONE, DESK):
            seen.page.set_viewport_size({"width": width, "height": 800})
            inside.wait_for_function("innerHeight - document.body.offsetHeight === 1")
        for background in ("rgb(17, 17, 17)", "rgb(255, 255, 255)"):
            seen.page.locator("[data-md-component=palette] label:visible").click()
            inside.wait_for_function(f"getComputedStyle(document.body).backgroundColor === '{background}'")
    assert seen.complaints == []


@needs_chromium
def test_the_search_finds_a_page_without_a_network():
    with opened(SITE / "index.html") as seen:
        seen.page.get_by_role("button", name="Search").first.click()
        seen.page.keyboard.type("farid")
        seen.page.get_by_text("results").first.wait_for()
    assert seen.complaints == []
    assert seen.requests == []
