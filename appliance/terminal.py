"""The whole terminal, wired: every room made once, and told of the others it serves."""

import asyncio
import itertools
from collections.abc import Coroutine, Iterator
from pathlib import Path

from appliance import cardformats, policy, sections
from appliance.admin import Admin, Changes, Handler
from appliance.admission import LinkLost
from appliance.amnesty import Amnesty
from appliance.anchoring import Anchoring
from appliance.bundles import Bundles
from appliance.clerk import Clerk
from appliance.commissioning import Commissioning
from appliance.enrolment import Enroller
from appliance.entrance import Entrance, Shared
from appliance.erasure import Eraser
from appliance.golden import GoldenSet
from appliance.heartbeat import Heartbeat
from appliance.holders import Holders
from appliance.inputs import Inputs
from appliance.link import Link
from appliance.opening import Opening
from appliance.outbox import Outbox
from appliance.people import People
from appliance.permits import Permits
from appliance.portal import Portal
from appliance.post import Post
from appliance.presence import Presence
from appliance.retention import Retention
from appliance.roles import Roles
from appliance.roster import Roster
from appliance.routine import Routine
from appliance.sections import TERMINAL
from appliance.standing import Standing
from appliance.storage import Storage
from appliance.timekeeper import Timekeeper
from appliance.timetable import Timetable
from appliance.tries import Tries
from appliance.vault import calendar
from appliance.vault.journal import Journal
from appliance.vault.outbox import Waiting
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds, Wallclock, system_ms, zone_of
from appliance.watch import Watch
from board.bundle import Manifest
from board.link import admin, alerts, answers
from board.link.messages import FaceReading, Status
from board.signals import Board


class Terminal:
    """Knows everybody; nobody but `__main__` knows it."""

    def __init__(
        self,
        site: sections.Site,
        board: Board,
        manifest: Manifest,
        store: Store,
        boot: str,
        run: Path,
        wall_ms: Milliseconds = system_ms,
    ) -> None:
        serial = site.terminal.serial
        self._site = site
        self._board = board
        self._manifest = manifest
        self._changes = Changes()
        self._numbers = itertools.count(1)
        store.formats = cardformats.known(site.wiegand)
        self._clerk = Clerk(store, Journal(store, boot), serial, boot)
        account = site.terminal.coprocessor_account
        self._link = Link(run / "link.sock", serial, manifest.identity, account)
        clock = Wallclock(
            zone_of(site.terminal.time_zone),
            calendar.newest_ms(store),
            doubted=calendar.clock_doubted(store),
            wall_ms=wall_ms,
        )
        self._presence = Presence(self._clerk, site, boot, wall_ms)
        routine = Routine(policy.asking(site))
        self._people = People(self._clerk, manifest, clock, self._presence, routine)
        self._people.take_gallery(store)
        self._post = Post(self._clerk, self._link, Outbox(Waiting(store)))
        self._watch = Watch(self._clerk)
        self._timekeeper = Timekeeper(
            self._clerk, clock, site.terminal.time_zone, self._watch.clock
        )
        self._storage = Storage(store.database.folder, self._watch.storage)
        self._amnesty = Amnesty(self._clerk, site, clock)
        self._anchoring = Anchoring(self._clerk, serial)
        self._timetable = Timetable(self._clerk, clock, policy.switching(site))
        self._timetable.read(store)
        self._tries = Tries()
        self._tries.recall(store, doubted=clock.doubt == "jumped")
        self._inputs = Inputs(board, site.supervision, self._line)
        self._watched = next(
            (name for name, portal in site.portals.items() if policy.wants_face(portal)), ""
        )
        shared = Shared(
            board,
            self._inputs,
            self._clerk,
            self._changes,
            manifest.identity,
            self._people,
            self._link,
            lambda: next(self._numbers),
            self._tries,
            self._timetable,
            self._presence,
            self._watch,
            learn=site.terminal.learn_from_passes,
            looks=self._watched,
        )
        self._entrances = {
            name: Entrance(name, portal, shared) for name, portal in site.portals.items()
        }
        self._last_reading_ms: float | None = None
        self._tamper = self._inputs.make(TERMINAL, "tamper", site.tamper, self._watch.tamper)
        self._fire = self._inputs.make(TERMINAL, "fire", site.fire, self._call_fire)
        portals = {name: entrance.portal for name, entrance in self._entrances.items()}
        for names in site.interlocks:
            _interlock([portals[name] for name in names])
        free_schedules = {
            name: portal.free_schedule
            for name, portal in site.portals.items()
            if portal.free_schedule
        }
        resting = policy.schedules(site)
        self._opening = Opening(self._clerk, clock, portals, free_schedules)
        eraser = Eraser(self._clerk, self._people.reload)
        zone = zone_of(site.terminal.time_zone)
        roster = Roster(self._clerk, zone, boot, eraser.settle)
        newest_ms = calendar.newest_ms(store)
        self._retention = Retention(self._clerk, clock, site.retention, eraser, newest_ms)
        enroller = Enroller(
            self._clerk, self._link, manifest, portals, self._people.reload, zone, site.consent
        )
        golden = GoldenSet(self._clerk, self._link.enrol, manifest)
        self._bundles = Bundles(self._clerk, golden, manifest, self._watch.model, self._trust)
        self._bundles.begin(store)
        self._commissioning = Commissioning(self._clerk, self._link)
        handlers: dict[type[admin.Request], Handler] = {
            admin.Enrol: enroller.enrol,
            admin.Reenrol: enroller.reenrol,
            admin.Golden: self._bundles.answer,
            admin.Commission: self._commissioning.commission,
            admin.Erase: eraser.erase,
            admin.Clock: self._timekeeper.answer,
            **Standing(self._clerk).handlers(),
            **roster.handlers(),
            **Holders(self._clerk, zone, self._tries).handlers(),
            admin.Retention: self._retention.answer,
            **self._amnesty.handlers(),
            **self._anchoring.handlers(),
            **Permits(self._clerk, portals, site.terminal.time_zone, resting).handlers(),
        }
        self._admin = Admin(
            run / "admin.sock",
            self._clerk,
            handlers,
            portals,
            self._changes,
            self.status,
            Roles(site.admin),
        )
        self._modes = store.modes()
        self._connect()

    def _connect(self) -> None:
        """Tell each room whom to call."""
        self._clerk.on_recorded = self._recorded
        self._link.on_up = self._link_up
        self._link.on_down = self._link_down
        self._link.on_status = self._status
        self._link.on_refused = self._watch.refused
        self._link.on_acked = self._post.acked
        self._link.on_reading = self._reading

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; then secure every strike and close the vault."""
        await self._board.start()
        await self._link.start()
        await self._admin.start()
        started = alerts.raised("restarted", TERMINAL)
        self._clerk.note("started", TERMINAL, {"bundle": self._manifest.identity}, alert=started)
        for name, mode in self._modes.items():
            if name in self._entrances:
                self._entrances[name].portal.set_mode(mode)
        self._bundles.start()
        self._watch.tamper(self._tamper.asserted)
        self._call_fire(self._fire.asserted)
        tasks = [asyncio.create_task(work) for work in self._works()]
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # a task that ended by itself did so by an exception: die of it
        finally:
            for task in tasks:
                task.cancel()
            await self._stop()

    def _works(self) -> Iterator[Coroutine[object, object, None]]:
        heartbeat = Heartbeat(self._board.wdt(self._site.terminal.watchdog_ms))
        for entrance in self._entrances.values():
            yield from entrance.works(heartbeat)
        yield self._inputs.run(heartbeat.task("inputs"))
        yield self._post.run(self._changes.bump, heartbeat.task("post"))
        yield self._watch.run(lambda: self._link.linked, heartbeat.task("watch"))
        yield self._timekeeper.run(heartbeat.task("clock"))
        yield self._storage.run(heartbeat.task("storage"))
        yield self._amnesty.run(heartbeat.task("amnesty"))
        yield self._anchoring.run(heartbeat.task("anchoring"))
        yield self._opening.run(heartbeat.task("opening"))
        yield self._retention.run(heartbeat.task("retention"))
        yield self._timetable.run(heartbeat.task("timetable"))
        yield heartbeat.run()

    async def _stop(self) -> None:
        self._secure()
        self._bundles.link_down()
        self._link.close()
        self._admin.close()
        await asyncio.to_thread(self._clerk.close)
        self._secure()  # until here a REX still released
        await self._board.close()

    def _secure(self) -> None:
        for entrance in self._entrances.values():
            entrance.portal.secure()

    def _call_fire(self, calling: bool) -> None:
        for entrance in self._entrances.values():
            entrance.portal.fire(calling)

    def _line(self, portal: str, name: str, fault: str) -> None:
        self._watch.line(portal, name, fault)
        self._changes.bump()

    def _recorded(self) -> None:
        self._post.nudge()
        self._changes.bump()

    def _link_up(self) -> None:
        self._watch.link(True)
        self._bundles.link_up()
        self._changes.bump()

    def _link_down(self) -> None:
        self._watch.link(False)
        self._bundles.link_down()
        self._post.lost()
        self._no_faces()

    def _trust(self, bundle: bool) -> None:
        """The model bundle counts from now on, or does not."""
        self._link.bundle_counts = bundle
        if not bundle:
            self._no_faces()

    def _no_faces(self) -> None:
        for entrance in self._entrances.values():
            entrance.admission.happen(LinkLost())
        self._changes.bump()

    def _status(self, status: Status) -> None:
        self._post.status(status)
        self._watch.status(status)
        self._commissioning.status(status.calibration)
        self._changes.bump()

    def _reading(self, reading: FaceReading) -> None:
        """A reading that answers no attempt belongs to the portal that the camera looks at."""
        self._last_reading_ms = reading.took_us / 1000
        name = reading.portal if reading.attempt else self._watched
        if name in self._entrances:
            self._entrances[name].follower.seen(reading)
            self._entrances[name].admission.happen(reading)

    def status(self) -> answers.StatusAnswer:
        """How the terminal is, for whoever asks on the admin socket."""
        measured = self._link.status
        return answers.StatusAnswer(
            revision=self._changes.revision,
            terminal=self._site.terminal.serial,
            bundle=self._manifest.identity,
            portals={
                name: entrance.status(tamper=self._tamper.asserted, fire=self._fire.asserted)
                for name, entrance in self._entrances.items()
            },
            linked=self._link.linked,
            camera_working=bool(measured and measured.camera_working),
            backend=measured.backend if measured else "",
            p50_ms=measured.p50_us / 1000 if measured and measured.readings else None,
            p99_ms=measured.p99_us / 1000 if measured and measured.readings else None,
            last_reading_ms=self._last_reading_ms,
            broker_connected=bool(measured and measured.broker_connected),
            alerts_waiting=self._post.waiting,
            journal_entries=self._clerk.entries,
            journal_head=self._clerk.head,
            vault_open=self._clerk.healthy,
            calibration=measured.calibration if measured else "none",
            fallback=bool(measured and measured.fallback),
            infrared=measured.infrared if measured else "none",
            drift_e3=measured.drift_e3 if measured else 0,
            drift_of=measured.drift_of if measured else "",
            model=self._bundles.state,
            golden=self._bundles.pictures,
        )


def _interlock(portals: list[Portal]) -> None:
    """Each knows the others; a door may be in several locks."""
    for portal in portals:
        portal.neighbours += tuple(other for other in portals if other is not portal)
