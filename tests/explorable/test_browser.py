"""The page in Chromium: keyboard, buttons, a phone, and both colour schemes."""

import re

import pytest

from tests.browser import DESK, PHONE, needs_chromium, opened
from tests.explorable.core import PAGE

pytestmark = needs_chromium
SUMMARY = "document.getElementById('summary').textContent"
NUMBERS = "document.getElementById('numbers').textContent"
RUNS = "sampling.runs.length"
LOADED = "sampling.runs.length > 0"
DARK = "getComputedStyle(document.body).backgroundColor === 'rgb(17, 17, 17)'"
README = PAGE.with_name("README.md").read_text("utf-8")


@pytest.mark.parametrize(("width", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_page_opens_and_answers_to_keyboard_and_buttons(width, scheme):
    with opened(PAGE, width=width, color_scheme=scheme, reduced_motion="reduce") as seen:
        page = seen.page
        page.wait_for_function(LOADED)
        assert "41.7" in page.evaluate(NUMBERS)
        assert "Farid, 0 of 1" in page.evaluate(SUMMARY)
        assert page.evaluate(DARK) == (scheme == "dark")
        assert page.locator("#axis text").first.is_visible()

        page.get_by_role("slider", name="Farid: tonkatsu k").press("ArrowRight")
        page.wait_for_function(f"{SUMMARY}.includes('Farid, 1 of 1')")
        assert page.get_by_role("slider", name="Farid: tonkatsu k").get_attribute("aria-valuetext").startswith("1 of 1")
        page.get_by_role("slider", name="Alyssa: bentos n").press("Home")
        page.wait_for_function("state.students[0].n === 1 && state.students[0].k === 1")

        page.get_by_role("button", name="Remove Emi").click()
        added = "(byId('add').click(), state.rows.at(-1).k.input.value)"  # before a frame is drawn
        assert page.evaluate(added) == "4"
        page.keyboard.press("ArrowLeft")  # the new student's k has the focus
        page.wait_for_function("state.students.length === 6 && state.students[5].k === 3")

        page.get_by_role("button", name="B: habits").click()
        page.get_by_role("radio", name="a and b uniform").check()
        page.wait_for_function(f"{NUMBERS}.includes('21.809') && {RUNS} === 1")
        page.locator("#high").press("ArrowRight")
        page.wait_for_function("sampling.hyperprior.high === 30")

        page.get_by_role("button", name="Ten more runs").click()
        page.wait_for_function(f"{RUNS} === 11")
        page.wait_for_function("document.getElementById('wobble-text').textContent.includes('11 runs')")
        assert seen.overflow() == 0
        assert seen.complaints == []
        assert seen.requests == []


def test_a_rate_is_dragged_on_its_strip():
    with opened(PAGE) as seen:
        page = seen.page
        page.wait_for_function(LOADED)
        strip = page.locator(".student .strip").first.bounding_box()
        assert strip is not None
        middle = strip["y"] + strip["height"] / 2
        page.mouse.move(strip["x"] + 0.7 * strip["width"], middle)
        page.mouse.down()
        page.mouse.move(strip["x"] + 0.25 * strip["width"], middle, steps=5)
        page.mouse.up()
        assert page.evaluate("state.students[0].k") == 25


def test_rows_out_of_sight_are_drawn_at_rest():
    with opened(PAGE) as seen:
        seen.page.wait_for_function(LOADED)
        seen.page.evaluate(
            "setStudents(Array.from({ length: 71 }, (_, i) => ({ name: `group ${i}`, k: i % 21, n: 20 })))"
        )
        seen.page.wait_for_function("sampling.students.length === 71")
        shown = "state.rows.map((row) => row.numbers.bayes.textContent)"
        exact = "state.students.map((student) => fixed(shrink(state.learned, student).bayes))"
        assert seen.page.evaluate(shown) == seen.page.evaluate(exact)


@pytest.mark.parametrize("width", [1100, PHONE])
def test_readme_says_how_high_the_page_is(width):
    found = re.search(r"([\d,]+) pixels high.*?wide, and ([\d,]+) in one of 390", README, re.DOTALL)
    assert found is not None
    said = int(found[1 if width > PHONE else 2].replace(",", ""))
    with opened(PAGE, width=width) as seen:
        seen.page.wait_for_function(LOADED)
        # Another machine's letters break some lines elsewhere.
        assert seen.page.evaluate("document.body.offsetHeight") == pytest.approx(said, rel=0.03)


def test_page_fits_the_frame_and_has_the_colours_that_the_readme_tells_how_to_give(tmp_path):
    frame, script = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    frame = frame.replace('src="explorable/', f'src="{PAGE.parent.as_uri()}/').replace(' loading="lazy"', "")
    around = tmp_path / "around.html"
    around.write_text(f"<!doctype html><body>{frame}{script}</body>", encoding="utf-8")
    with opened(around, width=PHONE, color_scheme="light") as seen:
        inside = seen.page.frames[1]
        inside.wait_for_function(LOADED)
        # Its last line is in the frame, and it does not scroll, at each width.
        for width in (PHONE, DESK):
            seen.page.set_viewport_size({"width": width, "height": 800})
            inside.wait_for_function("innerHeight - document.body.offsetHeight === 1")
        for dark in (True, False):
            seen.page.evaluate(f"frame.contentWindow.postMessage({{ dark: {str(dark).lower()} }}, '*')")
            inside.wait_for_function(f"({DARK}) === {str(dark).lower()}")
        assert seen.complaints == []
