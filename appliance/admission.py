"""The people's side of one portal: reads and readings in, one after the other."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, NamedTuple

from appliance import decision, sections, wording
from appliance.conclusion import Conclusion
from appliance.course import Course
from appliance.deadline import TimeUp
from appliance.link import Link
from appliance.outcome import Outcomes
from appliance.people import NOBODY, People
from appliance.portal import Portal
from appliance.readers.reader import CardRead, KeyRead, Read, Reader
from appliance.timetable import Timetable
from appliance.tries import Tries
from board.link.messages import FaceReading

WAITING: Final = 64
LOOK_S: Final = 0.5

log = logging.getLogger(__name__)


class LinkLost(NamedTuple):
    """The co-processor fell silent: no face will come."""


Happening = Read | FaceReading | TimeUp | LinkLost


class Admission:
    """One attempt at a time, one happening after the other. A fault anywhere is a refusal."""

    def __init__(
        self,
        portal: Portal,
        site: sections.Portal,
        people: People,
        link: Link,
        outcomes: Outcomes,
        numbers: Callable[[], int],
        tries: Tries,
        timetable: Timetable,
        *,
        learn: bool = False,
    ) -> None:
        """learn: the co-processor may count who passed by face and another factor as living."""
        self._name = portal.name
        self._people = people
        self._outcomes = outcomes
        self._happenings: asyncio.Queue[Happening] = asyncio.Queue()
        self._done_track = -1
        self.conclusion = Conclusion(portal, site, people, link, outcomes, tries, learn=learn)
        self.course = Course(
            portal,
            site,
            people,
            link,
            outcomes,
            numbers,
            tries,
            self.conclusion,
            timetable,
            self.happen,
        )

    def happen(self, happening: Happening) -> None:
        """Queue what happened. Of too many reads the newest are lost, and more will follow.

        That time is up, or the link gone, is said once: it is never lost.
        """
        once = isinstance(happening, TimeUp | LinkLost)
        if once or self._happenings.qsize() < WAITING:
            self._happenings.put_nowait(happening)

    async def listen(self, reader: Reader) -> None:
        """Queue what the reader reads, for ever."""
        async for read in reader.reads():
            self.happen(read)

    async def run(self, beat: Callable[[], None]) -> None:
        """Take happenings for ever; `beat` at least once a second."""
        while True:
            beat()
            self._rest()
            try:
                async with asyncio.timeout(LOOK_S):
                    happening = await self._happenings.get()
            except TimeoutError:
                continue
            beat()  # taking it may last as long as the vault's patience, more than once
            self._rest()
            await self._take(happening)

    def _rest(self) -> None:
        """Between two attempts: who waited too long for company goes; say who is wanted next."""
        if self.course.case is None:
            self.conclusion.forget()
        self._outcomes.rest(wording.idle(self.course.factors), self.conclusion.wanted)

    async def _take(self, happening: Happening) -> None:
        try:
            match happening:
                case CardRead(bits):
                    await self.course.card(bits)
                case KeyRead(key):
                    await self.course.key(key)
                case FaceReading():
                    if not await self.course.reading(happening):
                        await self._watch(happening)
                case TimeUp():
                    await self.course.time_up(happening)
                case LinkLost():
                    await self._link_lost()
        except Exception:  # promise 2: whatever goes wrong here is a refusal, and never silent
            log.exception("portal %s: an attempt failed", self._name)
            self._outcomes.fault(self.course.end())

    async def _watch(self, reading: FaceReading) -> None:
        """Nobody's attempt: an attack is told all the same; at a face door a face begins one."""
        face = self._people.compare(reading, NOBODY.templates)
        if decision.clear_attack(face, self._people.verifying):
            self._outcomes.attack_seen(reading.track)
        elif self.course.case or not self.course.by_face or reading.refusal:
            return  # whoever enters a PIN before the camera is not interrupted by their own face
        elif reading.track != self._done_track:
            self._done_track = reading.track
            await self.course.face()

    async def _link_lost(self) -> None:
        """No face will come now, and the next co-processor counts its tracks anew."""
        await self.course.link_lost()
        self._done_track = -1
        self._outcomes.forget_tracks()
