"""One door with all that serves it: reader, people's side, magnet, and who goes through."""

from collections.abc import Callable, Coroutine, Iterator
from typing import NamedTuple

from appliance import door, sections, wording
from appliance.admin import Changes
from appliance.admission import Admission
from appliance.clerk import Clerk
from appliance.conclusion import Grant
from appliance.follower import Follower
from appliance.heartbeat import Heartbeat
from appliance.inputs import Inputs
from appliance.link import Link
from appliance.magnet import Magnet
from appliance.outcome import Outcomes
from appliance.people import People
from appliance.portal import Portal
from appliance.presence import Presence
from appliance.readers.wiegand import Wiegand
from appliance.timetable import Timetable
from appliance.tries import Tries
from appliance.watch import Watch
from board.link import answers
from board.link.answers import Feedback
from board.signals import UART, Board


class Shared(NamedTuple):
    """What the doors of one terminal have in common.

    bundle: the identity of the models. numbers: of the attempts. learn: as in Admission. looks: the
    portal that the camera looks at.
    """

    board: Board
    inputs: Inputs
    clerk: Clerk
    changes: Changes
    bundle: str
    people: People
    link: Link
    numbers: Callable[[], int]
    tries: Tries
    timetable: Timetable
    presence: Presence
    watch: Watch
    learn: bool
    looks: str


class Entrance:
    """Of one portal: its rooms, wired with each other."""

    def __init__(self, name: str, site: sections.Portal, shared: Shared) -> None:
        self._site = site
        self._shared = shared
        self._feedback = Feedback("off", "", buzzer=False)
        self._display = shared.board.uart(site.display)
        board, inputs, clerk = shared.board, shared.inputs, shared.clerk
        self.portal = Portal(name, site, board, inputs, clerk, shared.changes.bump)
        self.reader = Wiegand(board, site.reader)
        self.follower = Follower(self.portal, shared.people, clerk, self._sees, site.walk_away_ms)
        self.magnet = Magnet(self.portal, site.bond_ms / 1000, shared.watch.magnet)
        self.admission = self._admission(name)
        self._connect()

    def _admission(self, name: str) -> Admission:
        shared = self._shared
        idle_text = wording.idle(self._site.factors)
        outcomes = Outcomes(name, shared.bundle, idle_text, shared.clerk, self._show)
        return Admission(
            self.portal,
            self._site,
            shared.people,
            shared.link,
            outcomes,
            shared.numbers,
            shared.tries,
            shared.timetable,
            learn=shared.learn,
        )

    def _connect(self) -> None:
        """Who goes through this door is moved, and followed if the camera looks at it."""
        self.admission.conclusion.on_granted = self._granted
        self.follower.on_ended = lambda: self._shared.presence.ended(self.portal.name)
        self.portal.on_entered, self.portal.on_shut = self._entered, self.follower.shut

    def works(self, heartbeat: Heartbeat) -> Iterator[Coroutine[object, object, None]]:
        """What runs for this door for ever."""
        name = self.portal.name
        yield self.portal.run(heartbeat.task(f"{name}.portal"))
        yield self.admission.run(heartbeat.task(f"{name}.admission"))
        yield self.admission.listen(self.reader)
        yield self.follower.run(heartbeat.task(f"{name}.follower"))
        yield self.magnet.run(heartbeat.task(f"{name}.magnet"))

    def status(self, *, tamper: bool, fire: bool) -> answers.PortalStatus:
        """How this door is. tamper, fire: how those inputs of the terminal stand."""
        portal, state = self.portal, self.portal.state
        fault = self._shared.inputs.faulty(portal.name) or self.magnet.fails
        return answers.PortalStatus(
            lock=door.LOCK_WORDS[state.lock],
            leaf=door.LEAF_WORDS[state.leaf],
            mode=door.MODE_WORDS[state.mode],
            fire=state.fire == door.CALLING,
            released=door.released(state),
            alarm=door.alarm(state, tamper, fault, portal.breached),
            feedback=self._feedback,
            inputs={
                "contact": portal.contact.asserted,
                "rex": portal.rex.asserted,
                "tamper": tamper,
                "fire": fire,
            },
        )

    def _show(self, feedback: Feedback) -> None:
        if feedback.text != self._feedback.text:
            _write(self._display, feedback.text)
        self._feedback = feedback
        self.reader.show(feedback)
        self._shared.changes.bump()

    def _sees(self) -> bool:
        looked_at = self.portal.name == self._shared.looks
        return looked_at and self._shared.link.sees(self._site.camera)

    def _entered(self) -> None:
        self._shared.presence.entered(self.portal.name)
        self.follower.opened()

    def _granted(self, grant: Grant) -> None:
        """The strike is released; through a door that stands open they go at once."""
        presence, name = self._shared.presence, self.portal.name
        self.follower.granted(grant)
        for_ms = self._site.extended_ms if grant.extended else self._site.unlock_ms
        presence.granted(name, grant.number, grant.holders, for_ms)
        if self.portal.state.leaf != door.SHUT:
            presence.entered(name)


def _write(display: UART, text: str) -> None:
    display.write(text.encode() + b"\n")
