"""What happens when a part is gone: co-processor, network, appliance, vault."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from provisioning import journal_verify
from provisioning.simulator import samples
from tests.flows.stage import Stage, eventually

pytestmark = pytest.mark.flow


def unlinked(stage: Stage) -> bool:
    return not stage.read("state")["coprocessor"]["linked"]


def test_without_the_co_processor_card_and_pin_open(stage: Stage) -> None:
    before, alerted = stage.head(), stage.last_alert()
    stage.power("coprocessor", False)
    eventually("a lost link", lambda: unlinked(stage))
    assert not any(stage.strike_over(1)), "a lost co-processor opened the door"
    stage.tap()
    eventually("a prompt for the PIN", lambda: "PIN" in stage.portal["feedback"]["text"])
    stage.do("keys", portal="front", keys=f"{samples.PIN}#")
    assert stage.entry(before, "granted")["body"]["factors"] == "card+pin"
    stage.power("coprocessor", True)
    lost = stage.alert(alerted, "link_lost", "raised", 40)
    stage.alert(lost["sequence"], "link_lost", "cleared", 40)


def test_a_wrong_pin_is_refused(stage: Stage) -> None:
    stage.power("coprocessor", False)
    eventually("a lost link", lambda: unlinked(stage))
    before = stage.head()
    stage.tap()
    eventually("a prompt for the PIN", lambda: "PIN" in stage.portal["feedback"]["text"])
    stage.do("keys", portal="front", keys="0000#")
    assert stage.entry(before, "denied")["body"]["reason"] == "wrong_pin"
    assert not any(stage.strike_over(0.3))


def test_a_co_processor_lost_in_mid_attempt_asks_for_the_pin(stage: Stage) -> None:
    stage.tap()
    eventually("a prompt for the face", lambda: "camera" in stage.portal["feedback"]["text"])
    stage.power("coprocessor", False)
    eventually("a prompt for the PIN", lambda: "PIN" in stage.portal["feedback"]["text"])
    assert not any(stage.strike_over(0.3))


def test_alerts_wait_for_the_network_and_come_in_order_none_lost_none_twice(stage: Stage) -> None:
    before = stage.last_alert()
    stage.power("network", False)
    eventually("a lost broker", lambda: not stage.read("state")["broker"]["connected"])
    for _ in range(4):
        stage.assert_input("tamper", True)
        time.sleep(0.1)
        stage.assert_input("tamper", False)
        time.sleep(0.1)
    eventually("8 waiting alerts", lambda: stage.read("state")["broker"]["waiting"] >= 8)
    assert stage.last_alert() == before
    stage.power("network", True)
    eventually("an empty outbox", lambda: stage.read("state")["broker"]["waiting"] == 0, 40)
    eventually("the alerts", lambda: stage.last_alert() >= before + 8)
    came = [alert["sequence"] for alert in stage.alerts() if alert["sequence"] > before]
    assert came == list(range(before + 1, before + 1 + len(came)))


def test_rex_releases_with_everything_else_gone(own_stage: Stage) -> None:
    """In each mode; co-processor killed, broker killed, the vault locked by somebody else."""
    stage = own_stage
    stage.power("coprocessor", False)
    stage.broker_process().kill()
    for mode in ("normal", "free", "lockdown"):
        stage.do("mode", portal="front", mode=mode)
        with locked(stage.state):
            stage.assert_input("rex", True)
            eventually(f"a released strike in {mode}", lambda: stage.released, 1.5)
            stage.assert_input("rex", False)
    stage.do("mode", portal="front", mode="normal")
    eventually("a secured strike", lambda: not stage.released)


def test_a_locked_vault_refuses_and_recovers(own_stage: Stage) -> None:
    stage = own_stage
    stage.show("holder", "live", 8)
    with locked(stage.state):
        stage.tap()
        assert not any(stage.strike_over(5)), "a grant that no journal holds"
    before = stage.last_alert()
    stage.assert_input("tamper", True)
    stage.alert(before, "tamper", "raised")


@contextmanager
def locked(state: Path) -> Iterator[None]:
    """Hold the vault's write lock, as a hung backup would."""
    connection = dbapi2.connect(state / "vault.db", isolation_level=None)
    connection.execute(f"PRAGMA key = \"x'{(state / 'vault.key').read_text().strip()}'\"")
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_killed_while_released_the_terminal_comes_back_secured(own_stage: Stage) -> None:
    stage = own_stage
    stage.assert_input("rex", True)
    eventually("a released strike", lambda: stage.released)
    stage.assert_input("rex", False)
    acknowledged = stage.entries(0)
    appliance = stage.process("appliance")
    appliance.kill()
    eventually("a dead relay", lambda: not stage.released)
    eventually("a terminal at rest", stage.ready, 40)
    assert stage.process("appliance").pid != appliance.pid
    assert not stage.released
    assert stage.portal["lock"] == "secured"
    after = {entry["sequence"]: entry["hash"] for entry in stage.entries(0)}
    for entry in acknowledged:
        assert after[entry["sequence"]] == entry["hash"]
    verdict, _ = journal_verify.verified(stage.state)
    assert not verdict.fault, verdict.message


def test_killed_with_the_door_open_it_is_found_open_and_not_forced(own_stage: Stage) -> None:
    stage = own_stage
    stage.assert_input("rex", True)
    stage.assert_input("contact", True)
    stage.assert_input("rex", False)
    eventually("an open leaf", lambda: stage.portal["leaf"] == "open")
    before = stage.head()
    stage.process("appliance").kill()
    stage.entry(before, "started", 30)
    eventually("a terminal at rest", stage.ready, 40)
    assert stage.portal["leaf"] == "open"
    assert all(alert["kind"] != "door_forced" for alert in stage.alerts())


def test_a_restart_does_not_end_a_lockdown(own_stage: Stage) -> None:
    stage = own_stage
    stage.do("mode", portal="front", mode="lockdown")
    before, alerted = stage.head(), stage.last_alert()
    stage.process("appliance").kill()
    stage.entry(before, "started", 30)
    eventually("a terminal at rest", stage.ready, 40)
    assert stage.portal["mode"] == "lockdown"
    stage.alert(alerted, "lockdown", "raised")
