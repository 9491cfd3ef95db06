"""A machine without a broker: the door works, alerts wait, and both say how to get one."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from provisioning import site_new
from tests.broker import find_mosquitto
from tests.flows.stage import BUNDLE, Stage, eventually
from tests.flows.test_page import CHROMIUM, QUIET

pytestmark = pytest.mark.flow

# In a mount namespace of its own the broker's program is no program: nobody else notices.
HIDDEN = 'mount --bind /dev/null "$1" && shift && exec "$@"'


class Lonely(Stage):
    """A stage on which no mosquitto can be found."""

    def __init__(self, state: Path) -> None:
        self.state = state
        site_new.make(state, "simulated", BUNDLE, serial="flow-door")
        self.crossed = []
        self._start(("unshare", "-m", "sh", "-c", HIDDEN, "hide", str(find_mosquitto())))

    def _listen(self) -> None:
        """There is nothing to listen at."""

    def _hang_up(self) -> None:
        """And nothing to hang up."""

    def ready(self) -> bool:
        return self.face_ready()


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Stage]:
    if subprocess.run(("unshare", "-m", "true"), capture_output=True, check=False).returncode:
        pytest.skip("only root can hide a program from a process")
    stage = Lonely(tmp_path / "state")
    yield stage
    stage.close()


def test_the_door_works_and_the_alerts_wait(lonely: Stage) -> None:
    assert "apt-get install mosquitto" in lonely.said()
    assert lonely.read("state")["broker"]["present"] is False
    before = lonely.head()
    lonely.show("holder", "live")
    lonely.tap()
    lonely.entry(before, "granted")
    waiting = lonely.read("state")["broker"]["waiting"]
    lonely.assert_input("tamper", True)
    eventually("one more waiting", lambda: lonely.read("state")["broker"]["waiting"] == waiting + 1)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        page = browser.new_page()
        page.goto(lonely.url)
        expect(page.locator("#no-broker")).to_contain_text("apt-get install mosquitto")
        browser.close()
