"""The page in a real browser: tap the card, show the face, see the door open."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.flows.conftest import inspect
from tests.flows.stage import Stage

pytestmark = [pytest.mark.flow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

CHROMIUM = "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def page_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """With the times of a real site: the picture in the README is of this one."""
    stage = Stage(tmp_path_factory.mktemp("page") / "state")
    yield stage
    stage.close()
    inspect(stage.crossed)


@pytest.fixture
def stage(page_stage: Stage) -> Stage:
    page_stage.calm()
    return page_stage


@pytest.fixture
def page(stage: Stage) -> Iterator[Page]:
    """The page as a visitor has it; whatever it logs as an error fails the story."""
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        page.on("pageerror", lambda fault: errors.append(str(fault)))
        page.on("request", lambda request: errors.extend(_foreign(stage, request.url)))
        page.goto(stage.url)
        expect(page.locator("#verdict-head")).to_have_text("Secured", timeout=15_000)
        yield page
        browser.close()
    assert not errors


def _foreign(stage: Stage, url: str) -> list[str]:
    """The page asks nobody but its own server."""
    ours = url.startswith((stage.url, "data:", "blob:"))
    return [] if ours else [f"asked {url}"]


def test_a_card_and_a_face_open_the_door(page: Page) -> None:
    verdict = page.locator("#verdict-head")
    page.get_by_role("button", name="Ada herself").click()
    page.get_by_role("button", name="Ada's card").click()
    expect(page.locator("#display")).to_have_text("Please come in", timeout=15_000)
    expect(page.locator("#journal li").filter(has_text="Ada")).not_to_have_count(1)
    expect(page.locator("#door [data-leaf], #door")).to_be_visible()
    page.locator("#nobody").click()
    page.locator("#scene").get_by_text("An empty hallway").wait_for()
    page.wait_for_timeout(700)  # the picture of the person has left the screen
    if picture := os.environ.get("CARDEA_PICTURE"):
        page.screenshot(path=Path(picture))
    expect(verdict).to_have_text("Secured", timeout=20_000)


def test_the_page_says_that_the_attack_score_is_of_no_site(page: Page) -> None:
    expect(page.locator("#calibration")).to_contain_text("not calibrated to this site")


def test_a_head_turns_at_a_click(page: Page, stage: Stage) -> None:
    expect(page.locator("#turns")).to_be_hidden()
    page.get_by_role("button", name="Ada herself").click()
    page.get_by_role("button", name="own left").click(timeout=10_000)
    page.get_by_role("button", name="own right").click()
    page.locator("#nobody").click()
    expect(page.locator("#turns")).to_be_hidden(timeout=10_000)


def test_a_print_stays_outside_and_is_told(page: Page) -> None:
    page.get_by_role("button", name="A print of Ada").click()
    page.get_by_role("button", name="Ada's card").click()
    expect(page.locator("#display")).to_contain_text("not a picture", timeout=15_000)
    expect(page.locator("#alerts")).to_contain_text("print", timeout=15_000)
    expect(page.locator("#verdict-text")).not_to_contain_text("released")


def test_a_card_from_the_street_is_refused_in_plain_words(page: Page) -> None:
    page.get_by_role("button", name="99 : 404").click()
    expect(page.locator("#display")).to_have_text("Card not known", timeout=10_000)
    expect(page.locator("#journal")).to_contain_text("not known", timeout=10_000)
