"""One portal's eye on whoever was granted: what is not theirs any more is ended, or told."""

import asyncio
from collections.abc import Callable
from typing import Final

import numpy as np

from appliance import door, matcher, passage
from appliance.clerk import Clerk
from appliance.conclusion import Grant
from appliance.passage import NOBODY, SWAPPED, TAILGATED, WALKED_AWAY, Sight
from appliance.people import NOBODY as NO_PERSON
from appliance.people import People
from appliance.portal import Portal
from appliance.wallclock import monotonic_ms
from board.link import alerts
from board.link.messages import FaceReading

TICK_S: Final = 0.25
CAUSES: Final = {SWAPPED: "swapped", WALKED_AWAY: "walked_away"}


class Follower:
    """Follows one grant at a time, where its face was compared and the camera still looks.

    It can end a grant and tell; nothing here begins or prolongs one. on_ended: called when a grant
    is ended before the door was opened.
    """

    def __init__(
        self,
        portal: Portal,
        people: People,
        clerk: Clerk,
        sees: Callable[[], bool],
        walk_away_ms: int,
    ) -> None:
        """sees: whether the camera of this portal gives readings. walk_away_ms: 0 for never."""
        self.portal = portal
        self._people = people
        self._clerk = clerk
        self._sees = sees
        self._walk_away_ms = walk_away_ms
        self._passage = NOBODY
        self._templates = NO_PERSON.templates
        self._number = 0
        self._last = Sight(-1, 0, False, 0)
        self.on_ended: Callable[[], None] = lambda: None

    async def run(self, beat: Callable[[], None]) -> None:
        """Look at the time for ever."""
        while True:
            beat()
            self._tick()
            await asyncio.sleep(TICK_S)

    def granted(self, grant: Grant) -> None:
        """Follow them; beside somebody who is being followed, each of them is right."""
        alone = self._passage.stage == passage.IDLE
        if grant.track < 0 or not len(grant.templates):
            self._passage = NOBODY
            return
        known = [] if alone else [self._templates]
        self._templates = np.vstack([*known, grant.templates])
        self._number = grant.number
        self._passage = passage.granted(
            self._last.eyes_px if self._last.track == grant.track else 0,
            0 if grant.extended or not alone else self._walk_away_ms,
            self.portal.state.leaf != door.SHUT,
            monotonic_ms(),
        )

    def seen(self, reading: FaceReading) -> None:
        """Take a reading of this portal's camera, whatever else it is for."""
        self._last = self._sight(reading)
        match_e4 = self._people.verifying.similarity
        self._passage = passage.seen(self._passage, self._last, match_e4, monotonic_ms())
        self._tick()

    def _sight(self, reading: FaceReading) -> Sight:
        """Whoever is just showing who they are, for an attempt of their own, is not accused."""
        own = reading.attempt in (0, self._number)
        if not own or reading.refusal or not reading.probe:
            return Sight(reading.track, reading.eyes_px, False, 0)
        likeness_e4 = matcher.verify(reading.probe, self._templates)
        return Sight(reading.track, reading.eyes_px, True, likeness_e4)

    def opened(self) -> None:
        """The door has opened on the grant."""
        self._passage = passage.opened(self._passage)

    def shut(self) -> None:
        """The leaf is shut again."""
        self._close()

    def _tick(self) -> None:
        state = self.portal.state
        if self._passage.stage == passage.IDLE:
            return
        if door.open_to_all(state) or not self._sees():
            self._passage = NOBODY  # anybody may pass, or nothing can be seen: nothing is claimed
        elif self._passage.stage == passage.WAITING and state.lock != door.GRANTED:
            self._passage = NOBODY  # its time is over, or somebody asked for exit
        elif state.leaf == door.HELD:
            self._close()
        else:
            self._end(passage.follows(self._passage, monotonic_ms()))

    def _end(self, found: int) -> None:
        if found == passage.NOTHING:
            return
        self._passage = NOBODY
        self.portal.end_grant()
        self.on_ended()
        told = alerts.raised("tailgating", self.portal.name) if found == SWAPPED else None
        self._tell("grant_ended", {"cause": CAUSES[found]}, told)

    def _close(self) -> None:
        found, self._passage = passage.closes(self._passage), NOBODY
        if found == TAILGATED:
            self._tell("tailgating", {}, alerts.raised("tailgating", self.portal.name))

    def _tell(self, kind: str, body: dict[str, str], alert: alerts.Event | None) -> None:
        self._clerk.note(kind, self.portal.name, body, attempt=self._number, alert=alert)
