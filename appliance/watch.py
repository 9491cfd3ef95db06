"""What the terminal leans on, housing, camera, co-processor: a fault told once, its end once."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from appliance.clerk import Clerk
from appliance.conditions import REST_S, Condition, Conditions
from appliance.sections import TERMINAL
from appliance.vault.journal import Value
from appliance.wallclock import Doubt
from board.link import alerts
from board.link.messages import Status

GRACE_S: Final = 20.0
"""A co-processor that was never there since the start is missed only after its models can be up."""
EVERY_S: Final = 1.0
FAULTS: Final = ("cut", "short")
REFUSED_S: Final = 5.0
"""A hello of another bundle may be that of an update half done."""

PATIENT: Final = 3
"""Reports in a row, one a second, before a camera counts as lost; it may only be opening."""
STEADY: Final = 10
"""Reports in a row before drift is believed, or its end."""
SUSTAINED: Final = 90
"""Reports in a row before readings count as slow, or as fast again. Each is about the last minute:
one hiccup is in sixty of them."""

SLOW_P50_US, SLOW_P99_US = 14_000, 30_000
"""What is promised. Above either, people wait."""
FAST_P50_US, FAST_P99_US = 12_000, 25_000
"""Both below: it is over."""
ENOUGH: Final = 100
"""Readings in the minute for a p99 to be more than the one slowest."""
DRIFTED_E3, SETTLED_E3 = 250, 150
"""Population stability index at which a shift is told, and below which it is over; how often that
is a false alarm stands in docs/drift.md."""


class Steady:
    """A yes or no that changes only after so many reports in a row that say otherwise."""

    def __init__(self, begins: int, ends: int) -> None:
        self._needed = {True: begins, False: ends}
        self._against = 0
        self.holds = False

    def report(self, holds: bool) -> bool:
        """Take one report; return what is believed after it."""
        self._against = self._against + 1 if holds != self.holds else 0
        if self._against and self._against >= self._needed[holds]:
            self.holds, self._against = holds, 0
        return self.holds

    def forget(self) -> None:
        """What reports said so far came from somebody else."""
        self._against = 0


class Watch:
    """Turns reports into conditions, and these into raised and cleared alerts."""

    def __init__(self, clerk: Clerk, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._conditions = Conditions(clerk, clock_s)
        self._blind = Steady(PATIENT, 1)
        self._infrared_blind = Steady(PATIENT, 1)
        self._slow = Steady(SUSTAINED, SUSTAINED)
        self._drifted = Steady(STEADY, STEADY)

    async def run(self, linked: Callable[[], bool], beat: Callable[[], None]) -> None:
        """Miss a co-processor that never came, and tell what becomes due, for ever."""
        missed_s = self._clock_s() + GRACE_S
        while True:
            beat()
            if self._clock_s() >= missed_s and not linked():
                self.link(False)
            self._conditions.settle()
            await asyncio.sleep(EVERY_S)

    def tamper(self, asserted: bool) -> None:
        """The housing's contact."""
        self._tell("tamper", asserted, alerts.raised("tamper", TERMINAL), rest_s=0)

    def line(self, portal: str, name: str, fault: str) -> None:
        """An input's line: "cut", "short", or "" when it is whole."""
        for one in FAULTS:
            event = alerts.raised("input_fault", portal, f"{name}_{one}")
            self._tell(f"{portal}.{name}_{one}", fault == one, event)

    def magnet(self, portal: str, fails: bool) -> None:
        """A magnet that ought to hold its door, and whether it does not."""
        self._tell(f"{portal}.magnet", fails, alerts.raised("lock_fault", portal))

    def link(self, linked: bool) -> None:
        """The co-processor is there, or not."""
        for steady in (self._blind, self._infrared_blind, self._slow, self._drifted):
            steady.forget()
        self._tell("link_lost", not linked, alerts.raised("link_lost", TERMINAL), rest_s=0)
        if linked:
            self._conditions.end("hello_refused")

    def refused(self, reason: str) -> None:
        """A co-processor said a hello that is not ours: `other_bundle` or `other_serial`."""
        event = alerts.raised("model_refused", TERMINAL, reason)
        self._tell("hello_refused", True, event, after_s=REFUSED_S)

    def model(self, refused: str) -> None:
        """The bundle of this terminal is refused, for this reason code; "": it is not."""
        event = alerts.raised("model_refused", TERMINAL, refused)
        self._tell("model_refused", bool(refused), event)

    def clock(self, doubt: Doubt) -> None:
        """Why the wall clock is not believed; "": it is."""
        self._tell("clock", bool(doubt), alerts.raised("clock_fault", TERMINAL, doubt))

    def storage(self, low: bool) -> None:
        """Whether the room for the vault runs short."""
        self._tell("storage_low", low, alerts.raised("storage_low", TERMINAL))

    def camera(self, working: bool) -> None:
        """One report of the co-processor about its camera."""
        lost = self._blind.report(not working)
        self._tell("camera_lost", lost, alerts.raised("camera_lost", TERMINAL), rest_s=0)

    def status(self, status: Status) -> None:
        """One report of the co-processor about all that it knows of itself."""
        self.camera(status.camera_working)
        self._infrared(status)
        self._fallback(status)
        self._pace(status)
        self._drift(status)

    def _infrared(self, status: Status) -> None:
        lost = self._infrared_blind.report(status.infrared == "lost")
        event = alerts.raised("camera_lost", TERMINAL, "infrared")
        self._tell("infrared_lost", lost, event)

    def _fallback(self, status: Status) -> None:
        event = alerts.raised("accelerator_fallback", TERMINAL)
        self._tell("fallback", status.fallback, event)

    def _pace(self, status: Status) -> None:
        """Between slow and fast, and when nobody came, it stays as it was."""
        if status.readings < ENOUGH:
            return
        slow = status.p50_us > SLOW_P50_US or status.p99_us > SLOW_P99_US
        fast = status.p50_us < FAST_P50_US and status.p99_us < FAST_P99_US
        self._slow.report(slow or (self._slow.holds and not fast))
        body: dict[str, Value] = {"p50_us": status.p50_us, "p99_us": status.p99_us}
        event = alerts.raised("slow_readings", TERMINAL)
        self._tell("slow_readings", self._slow.holds, event, body)

    def _drift(self, status: Status) -> None:
        psi_e3 = max(0, min(status.drift_e3, alerts.PSI_MOST_E3))
        limit_e3 = SETTLED_E3 if self._drifted.holds else DRIFTED_E3
        drifted = self._drifted.report(psi_e3 >= limit_e3)
        event = msgspec.structs.replace(
            alerts.raised("model_drift", TERMINAL, status.drift_of), psi_e3=psi_e3
        )
        self._tell("drift", drifted, event, {"psi_e3": psi_e3})

    def _tell(
        self,
        name: str,
        holds: bool,
        event: alerts.Event,
        body: Mapping[str, Value] | None = None,
        *,
        after_s: float = 0.0,
        rest_s: float = REST_S,
    ) -> None:
        if holds:
            self._conditions.begin(name, Condition(event, body or {}, after_s, rest_s))
        else:
            self._conditions.end(name)
