"""What is lost is told once, and its return once."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance import watch as room
from appliance.clerk import Clerk
from appliance.conditions import REST_S
from appliance.vault import entries
from appliance.vault.journal import Journal, Value, canonical
from appliance.vault.store import Store
from appliance.watch import DRIFTED_E3, ENOUGH, PATIENT, REFUSED_S, STEADY, SUSTAINED, Watch
from board.link import alerts
from board.link.messages import VERSION, Hello, Status
from tests.appliance.bench import BUNDLE, KEY, SERIAL, Vault, running
from tests.appliance.test_link import desk
from tests.coprocessor.waiting import eventually

WELL = Status(True, True, "litert", 2 * ENOUGH, 9_000, 20_000, infrared="working")


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.s = 1_000.0

    def __call__(self) -> float:
        return self.s


class Notes(Clerk):
    """Takes notes where a vault would, if it would; for stories too long for a disk."""

    def __init__(self) -> None:
        self.events: list[alerts.Event] = []
        self.bodies: list[dict[str, Value]] = []

    def note(self, kind, portal, body, *, attempt=0, alert=None):  # type: ignore[no-untyped-def]
        self.events.append(alert)
        self.bodies.append(dict(body))
        canonical(body)  # raises where the journal would refuse the entry and with it the alert

    @property
    def told(self) -> list[tuple[str, str, str]]:
        return [(event.kind, event.state, event.reason) for event in self.events]


class Told:
    """A watch, and what it tells of the reports that a test gives it, one a second."""

    def __init__(self) -> None:
        self.clock, self.notes = Clock(), Notes()
        self.watch = Watch(self.notes, self.clock)

    def report(self, times: int = 1, **more: object) -> None:
        for _ in range(times):
            self.clock.s += 1
            self.watch.status(msgspec.structs.replace(WELL, **more))


def tell(vault: Vault, story: Callable[[Watch], Awaitable[None]]) -> None:
    async def told() -> None:
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), SERIAL, "boot")
        await story(Watch(clerk))
        await clerk.ask(entries.head)  # what was noted before is written now
        clerk.close()

    asyncio.run(told())


def test_a_condition_is_told_when_it_begins_and_when_it_ends(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for linked in (True, True, False, False, True, True):
            watch.link(linked)
        for open_ in (False, True, True, False):
            watch.tamper(open_)

    tell(vault, story)
    assert vault.alerts() == [
        ("link_lost", "raised"),
        ("link_lost", "cleared"),
        ("tamper", "raised"),
        ("tamper", "cleared"),
    ]
    assert vault.kinds() == ["link_lost", "link_lost_over", "tamper", "tamper_over"]


def test_a_camera_is_lost_only_after_several_reports(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for _ in range(PATIENT - 1):
            watch.camera(False)
        watch.camera(True)
        for _ in range(PATIENT - 1):
            watch.camera(False)
        watch.link(True)  # a new co-processor opens its camera first
        for _ in range(PATIENT - 1):
            watch.camera(False)

    tell(vault, story)
    assert vault.alerts() == []


def test_a_camera_that_stays_away_is_told_once(vault: Vault) -> None:
    async def story(watch: Watch) -> None:
        for working in (False,) * (3 * PATIENT) + (True, True):
            watch.camera(working)

    tell(vault, story)
    assert vault.alerts() == [("camera_lost", "raised"), ("camera_lost", "cleared")]


def test_all_is_well_is_no_news() -> None:
    at = Told()
    at.report(500)
    assert at.notes.told == []


def test_the_two_cameras_are_told_apart() -> None:
    at = Told()
    at.report(PATIENT, infrared="lost")
    assert at.notes.told == [("camera_lost", "raised", "infrared")]
    at.report(PATIENT, infrared="lost", camera_working=False)
    assert at.notes.told[1:] == [("camera_lost", "raised", "")]
    at.report(1, infrared="lost")
    assert at.notes.told[2:] == [("camera_lost", "cleared", "")]
    at.report(1)
    assert at.notes.told[3:] == [("camera_lost", "cleared", "infrared")]
    at.report(PATIENT)
    assert len(at.notes.told) == 4


def test_an_infrared_camera_that_is_opening_is_not_lost() -> None:
    at = Told()
    for _ in range(5):
        at.report(PATIENT - 1, infrared="lost")
        at.watch.link(True)
    at.report(1, infrared="none")
    assert at.notes.told == []


def test_a_fallback_is_told_at_once_whatever_runs_instead() -> None:
    at = Told()
    at.report(40, fallback=True, backend="\0 no identifier " * 90)
    assert at.notes.told == [("accelerator_fallback", "raised", "")]
    at.report(40)
    assert at.notes.told[1:] == [("accelerator_fallback", "cleared", "")]


def test_what_flaps_is_told_once_a_minute_and_the_truth_in_the_end() -> None:
    at = Told()
    for second in range(600):
        at.report(1, fallback=second % 2 == 0)
    raised = [told for told in at.notes.told if told[1] == "raised"]
    assert 5 <= len(raised) <= 600 / REST_S + 1
    at.report(int(REST_S) + 1, fallback=True)
    assert at.notes.told[-1][1] == "raised"
    at.report(1)
    assert at.notes.told[-1][1] == "cleared"


def test_what_somebody_does_by_hand_is_told_each_time() -> None:
    at = Told()
    for _ in range(20):
        at.watch.tamper(True)
        at.watch.tamper(False)
    assert len(at.notes.told) == 40


@pytest.mark.parametrize(("p50_us", "p99_us"), [(14_001, 20_000), (9_000, 30_001)])
def test_slow_readings_are_told_when_they_last(p50_us: int, p99_us: int) -> None:
    at = Told()
    at.report(SUSTAINED - 1, p50_us=p50_us, p99_us=p99_us)
    at.report(1)
    at.report(SUSTAINED - 1, p50_us=p50_us, p99_us=p99_us)
    assert at.notes.told == []
    at.report(1, p50_us=p50_us, p99_us=p99_us)
    assert at.notes.told == [("slow_readings", "raised", "")]
    assert at.notes.bodies == [{"p50_us": p50_us, "p99_us": p99_us}]
    at.report(3 * SUSTAINED, p50_us=13_000, p99_us=28_000)  # better, not yet good
    at.report(3 * SUSTAINED, readings=ENOUGH - 1)  # good, but hardly anybody came
    assert len(at.notes.told) == 1
    at.report(SUSTAINED)
    assert at.notes.told[1:] == [("slow_readings", "cleared", "")]


def test_few_readings_are_not_slow() -> None:
    at = Told()
    at.report(3 * SUSTAINED, p50_us=90_000, p99_us=900_000, readings=ENOUGH - 1)
    assert at.notes.told == []


def test_drift_is_told_with_its_figure_and_ends_lower_than_it_began() -> None:
    at = Told()
    at.report(STEADY - 1, drift_e3=DRIFTED_E3, drift_of="attack")
    at.report(STEADY, drift_e3=DRIFTED_E3 - 1, drift_of="attack")
    assert at.notes.told == []
    at.report(STEADY, drift_e3=310, drift_of="sharpness")
    assert at.notes.told == [("model_drift", "raised", "sharpness")]
    assert at.notes.events[0].psi_e3 == 310
    assert at.notes.bodies == [{"reason": "sharpness", "psi_e3": 310}]
    at.report(5 * STEADY, drift_e3=151, drift_of="attack")
    at.report(STEADY - 1)
    assert len(at.notes.told) == 1
    at.report(1)  # cleared for the reason it was raised for
    assert at.notes.told[1:] == [("model_drift", "cleared", "sharpness")]
    assert at.notes.events[1].psi_e3 is msgspec.UNSET


def test_a_refused_bundle_is_told_until_it_is_not() -> None:
    at = Told()
    for reason in ("older", "older", "", "", ""):
        at.watch.model(reason)
    assert at.notes.told == [
        ("model_refused", "raised", "older"),
        ("model_refused", "cleared", "older"),
    ]


def test_a_co_processor_of_another_bundle_is_told_unless_it_is_soon_replaced() -> None:
    at = Told()
    at.watch.refused("other_bundle")
    at.clock.s += REFUSED_S - 1
    at.watch._conditions.settle()
    at.watch.link(True)
    at.clock.s += REST_S
    at.watch._conditions.settle()
    assert at.notes.told == []
    at.watch.refused("other_bundle")
    at.clock.s += REFUSED_S
    at.watch.refused("other_bundle")
    at.watch.link(True)
    assert at.notes.told == [
        ("model_refused", "raised", "other_bundle"),
        ("model_refused", "cleared", "other_bundle"),
    ]


@pytest.mark.parametrize(
    ("hello", "reason"),
    [
        (Hello(VERSION, SERIAL, "ffeeddccbbaa9988"), "other_bundle"),
        (Hello(VERSION, "demo-2", BUNDLE), "other_serial"),
    ],
)
def test_the_link_tells_of_a_hello_it_refuses(hello: Hello, reason: str, tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as at:
            refused: list[str] = []
            at.link.on_refused = refused.append
            await (await at.peer()).say(hello)
            await eventually(lambda: refused == [reason])
            await (await at.peer()).hello()
            await eventually(lambda: at.link.linked)
            assert refused == [reason]

    asyncio.run(story())


WILD = st.builds(
    Status,
    broker_connected=st.booleans(),
    camera_working=st.booleans(),
    backend=st.text(max_size=40),
    readings=st.integers(-1, 2**64 - 1),
    p50_us=st.integers(-(2**63), 2**64 - 1),
    p99_us=st.integers(-(2**63), 2**64 - 1),
    fallback=st.booleans(),
    infrared=st.sampled_from(["none", "working", "lost"]),
    drift_e3=st.integers(-(2**63), 2**64 - 1),
    drift_of=st.sampled_from(["", "similarity", "attack", "size"]),
)


@settings(deadline=None)
@given(st.lists(st.tuples(WILD, st.integers(1, 2 * SUSTAINED)), max_size=12))
def test_whatever_is_reported_each_beginning_has_one_end(told: list[tuple[Status, int]]) -> None:
    at = Told()
    for status, times in told:
        for _ in range(times):
            at.clock.s += 1
            at.watch.status(status)
    holding: set[tuple[str, str]] = set()
    for event in at.notes.events:
        what = (event.kind, event.reason)
        assert (event.state == "raised") == (what not in holding)
        holding ^= {what}
        if event.psi_e3 is not msgspec.UNSET:
            assert 0 <= event.psi_e3 <= alerts.PSI_MOST_E3


def test_an_orderly_end_is_no_loss(vault: Vault, tmp_path: Path) -> None:
    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await scene.coprocessor()

    asyncio.run(story())
    assert ("link_lost", "raised") not in vault.alerts()


def test_a_link_that_goes_and_comes_is_told(vault: Vault, tmp_path: Path) -> None:
    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            peer = await scene.coprocessor()
            peer.hang_up()
            await eventually(lambda: ("link_lost", "raised") in vault.alerts())
            await scene.coprocessor()
            await eventually(lambda: ("link_lost", "cleared") in vault.alerts())

    asyncio.run(story())


def test_what_a_co_processor_reports_is_told_and_shown(vault: Vault, tmp_path: Path) -> None:
    report = msgspec.structs.replace(
        WELL, fallback=True, infrared="lost", drift_e3=400, drift_of="exposure"
    )

    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            peer = await scene.coprocessor()
            await peer.say(*[report] * STEADY)
            await eventually(lambda: ("model_drift", "raised") in vault.alerts())
            shown = scene.terminal.status()
            assert (shown.fallback, shown.infrared) == (True, "lost")
            assert (shown.drift_e3, shown.drift_of) == (400, "exposure")

    asyncio.run(story())
    assert {("accelerator_fallback", "raised"), ("camera_lost", "raised")} <= set(vault.alerts())


def test_a_wrong_bundle_is_told_by_the_running_terminal(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "REFUSED_S", 0.1)

    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            await scene.coprocessor("ffeeddccbbaa9988")
            await eventually(lambda: ("model_refused", "raised") in vault.alerts())
            await scene.coprocessor()
            await eventually(lambda: ("model_refused", "cleared") in vault.alerts())

    asyncio.run(story())


def test_a_clock_that_jumps_to_and_fro_does_not_fill_the_journal() -> None:
    told = Told()
    for second in range(int(REST_S)):
        told.clock.s += 1
        told.watch.clock("jumped" if second % 2 else "")
    assert told.notes.told == [
        ("clock_fault", "raised", "jumped"),
        ("clock_fault", "cleared", "jumped"),
    ]
