"""A terminal with two doors, as `cardea site new` writes it and the page shows it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.flows.stage import CARD, Stage, eventually
from tests.flows.test_page import CHROMIUM, QUIET

pytestmark = [pytest.mark.flow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    state = tmp_path_factory.mktemp("double") / "state"
    stage = Stage(state, board="simulated-double", unlock_ms="1000", factor_ms="2000")
    yield stage
    stage.close()


def released(stage: Stage) -> list[str]:
    portals = stage.read("state")["portals"]
    return [name for name, portal in portals.items() if portal["strike_released"]]


def only(stage: Stage, *names: str) -> None:
    eventually(f"released: {names}", lambda: released(stage) == list(names))


def rest(stage: Stage) -> None:
    """Nobody before the camera, and both doors secured."""
    stage.http.delete("/api/camera")
    only(stage)


def test_each_reader_works_its_own_door(stage: Stage) -> None:
    rest(stage)
    before = stage.head()
    stage.do("card", **CARD | {"portal": "outer"})
    only(stage, "outer")
    assert stage.entry(before, "granted")["portal"] == "outer"
    rest(stage)
    before = stage.head()
    stage.do("card", **CARD | {"portal": "inner"})  # nobody is before its camera
    refused = stage.entry(before, "denied")
    assert (refused["portal"], refused["body"]["reason"]) == ("inner", "no_face_reading")
    assert released(stage) == []


def test_the_way_through_the_mantrap(stage: Stage) -> None:
    rest(stage)
    before = stage.head()
    stage.do("card", **CARD | {"portal": "outer"})
    only(stage, "outer")
    stage.do("input", name="contact", portal="outer", asserted=True)
    rest(stage)
    stage.do("card", **CARD | {"portal": "inner"})
    assert stage.entry(before, "denied")["body"]["reason"] == "interlock"
    stage.do("input", name="contact", portal="outer", asserted=False)
    stage.entry(before, "closed")
    stage.show("holder", "live")
    stage.do("card", **CARD | {"portal": "inner"})
    only(stage, "inner")


def test_each_rex_opens_its_own_door_and_fire_both(stage: Stage) -> None:
    rest(stage)
    for name in ("outer", "inner"):
        stage.do("input", name="rex", portal=name, asserted=True)
        only(stage, name)
        stage.do("input", name="rex", portal=name, asserted=False)
        rest(stage)
    stage.assert_input("fire", True)
    only(stage, "outer", "inner")
    stage.assert_input("fire", False)
    rest(stage)


def test_the_page_works_the_door_that_is_chosen(stage: Stage) -> None:
    rest(stage)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(stage.url)
        doors = page.locator("#doors")
        expect(doors).to_have_value("outer", timeout=15_000)
        page.locator("#walk").uncheck()
        doors.select_option("inner")
        page.get_by_role("button", name="Exit button").click()
        expect(page.locator("#verdict-head")).to_have_text("Exit", timeout=10_000)
        expect(page.locator("#journal li").first).to_contain_text("inner: ", timeout=10_000)
        rest(stage)  # the page has let go of the button
        doors.select_option("outer")
        expect(page.locator("#verdict-head")).to_have_text("Secured", timeout=10_000)
        page.get_by_role("button", name="Ada's card").click()
        expect(page.locator("#display")).to_have_text("Please come in", timeout=10_000)
        browser.close()
