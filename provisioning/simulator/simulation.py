"""Everything around the two real processes, run together: metal, camera, broker, cable, power."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from board.link import admin, answers
from provisioning.simulator import samples
from provisioning.simulator.broker import (
    HOST,
    Cable,
    answering,
    configure,
    find_mosquitto,
    free_port,
)
from provisioning.simulator.camera import Camera
from provisioning.simulator.metal import Metal
from provisioning.simulator.outside import Outside, Published
from provisioning.simulator.processes import Program
from provisioning.simulator.terminal import Terminal, TerminalGone, TerminalRefused
from provisioning.simulator.wiring import COPROCESSOR, SITE, derived, read_eyes, read_wiring

QUIET_S: Final = 0.04
"""Least time between two states told to a page: a burst of changes is told as one."""


Happening = answers.Entry | Published | None
"""An entry of the journal, a message at the broker, or a change of state."""

Teller = Callable[["Simulation", Happening], None]


class Simulation:
    """The parts, and how they are started. What they show is told in `view.py`."""

    def __init__(self, state: Path, bundle: Path | None, tell: Teller) -> None:
        """Read the site in `state`. Raises WiringError.

        bundle: a model bundle to use in place of the site's. tell: called after each happening.
        """
        state = state.resolve()
        own_bundle = {"bundle": {"directory": str(bundle.resolve())}} if bundle else {}
        site = state / SITE
        if bundle:
            site = derived(site, "site.simulated.toml", own_bundle)
        self.wiring = read_wiring(state / SITE)
        self._tell_all = tell
        self._changed = asyncio.Event()
        self.metal = Metal(self.wiring, state / "run" / "board.sock")
        eyes = read_eyes(state / COPROCESSOR)
        self.camera = Camera(state / "run" / "camera.sock", eyes.camera.name, eyes.infrared.name)
        self.terminal = Terminal(state / "run" / "admin.sock", self._changed.set, self._recorded)
        self.metal.changed = self._changed
        self.sample_said = ""
        """Why the sample holder is not enrolled, if so."""
        self._state = state
        self._prepare_broker()
        coprocessor = derived(
            state / COPROCESSOR,
            "coprocessor.simulated.toml",
            {**own_bundle, "broker": self._broker_keys()},
        )
        self.appliance = self._program(
            "appliance", "-m", "appliance", "--site", str(site), "--state", str(state)
        )
        self.coprocessor = self._program(
            "coprocessor", "-m", "coprocessor", "--config", str(coprocessor)
        )

    def _prepare_broker(self) -> None:
        """A private broker on a free port, if this machine has mosquitto."""
        self.broker: Program | None = None
        self.cable: Cable | None = None
        self.outside: Outside | None = None
        binary = find_mosquitto()
        self.broker_port = free_port() if binary else 0
        if binary:
            conf = configure(self._state / "broker", self.broker_port)
            log = self._state / "log" / "broker.log"
            self.broker = Program("broker", [binary, "-c", str(conf)], log, self._changed.set)
            self.cable = Cable(self.broker_port)

    def _broker_keys(self) -> dict[str, Any]:
        port = self.cable.port if self.cable else 0
        return {
            "host": HOST if port else "",
            "port": port,
            "keepalive_s": 5,
            "retry_s": 1,
            "tls": None,
        }

    def _program(self, name: str, *arguments: str) -> Program:
        log = self._state / "log" / f"{name}.log"
        return Program(name, [sys.executable, *arguments], log, self._changed.set)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Everything runs inside, and has stopped after."""
        works = [
            self.metal.run(),
            self.camera.run(),
            self.terminal.follow_status(),
            self.terminal.follow_journal(),
            self._enrol_sample(),
            self._tell(),
        ]
        programs = [self.coprocessor.run(), self.appliance.run()]
        if self.broker:
            works.append(self._connect_outside())
            programs.insert(0, self.broker.run())
        tasks = [asyncio.create_task(work) for work in (*programs, *works)]
        try:
            yield
        finally:
            # Each while those it would miss still run: nothing is lost, so nothing is alarmed.
            for task in (*reversed(tasks[: len(programs)]), *tasks[len(programs) :]):
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            if self.outside:
                self.outside.close()
            if self.cable:
                await self.cable.pull()

    async def _connect_outside(self) -> None:
        """The outside listens before the terminal can speak: its first alert is not missed."""
        await answering(self.broker_port)
        self.outside = Outside(self.broker_port, self._heard)
        await self.outside.subscribed.wait()
        await self.network(True)

    async def network(self, on: bool) -> None:
        """Plug the network cable in, or pull it out."""
        if self.cable:
            await (self.cable.plug() if on else self.cable.pull())
        self._changed.set()

    async def _enrol_sample(self) -> None:
        """On a fresh site, as soon as the co-processor can make a template."""
        while True:
            status = self.terminal.status
            if status and status.linked:
                try:
                    self.sample_said = await self._sample_ready(status.bundle)
                    self._changed.set()
                    return
                except TerminalRefused as refused:
                    self.sample_said = str(refused)
                    self._changed.set()
                except TerminalGone:
                    pass
            await asyncio.sleep(0.5)

    async def _sample_ready(self, bundle: str) -> str:
        """Enrol the sample holder if nobody is; return what is in its way, or nothing."""
        note = self._state / "sample.bundle"
        answer = await self.terminal.ask(admin.Holders(limit=1), answers.HoldersAnswer)
        if not answer.holders:
            await self.terminal.ask(samples.sample_holder(), answers.Done)
            note.write_text(bundle, encoding="ascii")
        await self.terminal.learn_names()
        if note.exists() and note.read_text(encoding="ascii") != bundle:
            return "its face was enrolled with other models; use its PIN, or a new --state"
        return ""

    async def _tell(self) -> None:
        """One state to every page after each change."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._tell_all(self, None)
            await asyncio.sleep(QUIET_S)

    def _recorded(self, entry: answers.Entry) -> None:
        self._tell_all(self, entry)

    def _heard(self, message: Published) -> None:
        self._tell_all(self, message)
        self._changed.set()
