"""A whole terminal on a simulated board, in this process, with a peer on its link socket."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from appliance import sections
from appliance.terminal import Terminal
from appliance.vault import entries
from appliance.vault.entries import Entry
from appliance.vault.pins import Pins
from appliance.vault.records import Card, Enrolment, PinHashes, Template
from appliance.vault.store import Store
from appliance.wallclock import Milliseconds, system_ms
from board import wiegand
from board.bundle import Entry as Model
from board.bundle import Manifest, Normalisation, Provenance, Tensor, Thresholds
from board.link import answers, stream
from board.link.alerts import Alert
from board.link.conversation import Conversation
from board.link.messages import (
    VERSION,
    Calibration,
    FaceReading,
    Heartbeat,
    Hello,
    Message,
    ReadFace,
    Status,
)
from board.simulated import SimulatedBoard
from board.stimulus import Hand, SwipeWiegand, reach
from board.table import read_table
from tests.coprocessor.waiting import eventually

KEY = bytes(range(32))
PINS = Pins(KEY)
SERIAL = "demo-1"
PIN, DURESS = "2580", "1379"
KEYS = "0123456789*#"

Kind = TypeVar("Kind", bound=Message)


def manifest(seed: str = "0") -> Manifest:
    """A manifest with round thresholds; of another `seed`, another bundle."""
    numbers = {
        "match_e4": 4000,
        "identify_e4": 5000,
        "margin_e4": 500,
        "attack_accept_permille": 300,
        "attack_refuse_permille": 700,
        "attack_frames": 3,
        "attack_span_ms": 200,
        "eye_distance_px": 24,
        "yaw_deg": 30,
        "sharpness": 30,
        "exposure_low": 40,
        "exposure_high": 220,
    }
    digest = hashlib.sha256(seed.encode()).hexdigest()
    tensor = Tensor(name="picture", shape=(1, 4, 4, 3), dtype="int8")
    model = Model(
        role="embedder",
        file="embedder.tflite",
        sha256=digest,
        bytes=1,
        input=tensor,
        outputs=(tensor,),
        normalisation=Normalisation(channels="RGB", subtract=0.0, divide=255.0),
        quantisation="none",
        provenance=Provenance("pypi", "a-package", "1.0", digest, "a/member", digest),
        licence="MIT",
        training_data="unknown",
    )
    limits = Thresholds(**numbers, basis=dict.fromkeys(numbers, "a test"))
    mesh = msgspec.structs.replace(model, role="landmarks", file="landmarks.tflite")
    return Manifest(2, 1, digest, (mesh, model), "none", {}, limits)


MANIFEST = manifest()
BUNDLE = MANIFEST.identity
TEMPLATES = MANIFEST.template_identity


def site(terminal: Any = None, roles: sections.Admin | None = None, **portal: Any) -> sections.Site:
    """One door with times as short as a site may have them; `portal` overrides its keys."""
    front = {
        "strike": "K1",
        "sounder": "K2",
        "display": "DISPLAY",
        "contact": {"pin": "IN1"},
        "rex": {"pin": "IN2", "asserted": "low"},
        "reader": {
            "kind": "wiegand",
            "d0": "D0",
            "d1": "D1",
            "led_green": "LED-G",
            "led_red": "LED-R",
            "buzzer": "BUZZ",
        },
        "unlock_ms": 300,
        "extended_ms": 900,
        "held_ms": 400,
        "prealarm_ms": 200,
        "factor_ms": 400,
    }
    whole = {
        "terminal": {"serial": SERIAL, "board": "simulated"} | (terminal or {}),
        "bundle": {"directory": "bundle", "public_key": "0" * 64},
        "tamper": {"pin": "IN3"},
        "fire": {"pin": "IN4"},
        "portals": {"front": front | portal},
    }
    return msgspec.structs.replace(
        msgspec.convert(whole, sections.Site), admin=roles or sections.Admin()
    )


class Watchdog:
    """Counts what a real one would be fed; a simulated one would kill the tests."""

    def __init__(self) -> None:
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1


class Board(SimulatedBoard):
    """The simulated board, its strike's every level kept, its watchdog without teeth."""

    def __init__(self, socket: Path, name: str = "simulated") -> None:
        super().__init__(read_table(name), socket)
        self.dog = Watchdog()
        self.strike: list[int] = []
        self.pin("K1").irq(lambda level, _at_us: self.strike.append(level))

    def wdt(self, timeout_ms: int) -> Watchdog:  # type: ignore[override]
        return self.dog


def vector(seed: int) -> bytes:
    """A template; of two seeds, two people who are not alike."""
    return np.random.default_rng(seed).integers(-60, 61, 512).astype(np.int8).tobytes()


class Vault:
    """The vault's file: people put in before the terminal runs, and read beside it."""

    def __init__(self, path: Path, pin: PinHashes) -> None:
        self.path = path
        self._pin = pin
        Store.open(path, KEY).close()

    def enrol(self, number: int, **more: Any) -> str:
        """A holder with this card, the PINs above and this number's face; `more` overrides."""
        new: dict[str, Any] = {
            "name": f"Holder {number}",
            "cards": (Card("H10301", 7, number),),
            "pin": self._pin,
            "templates": (Template(TEMPLATES, vector(number), 1),),
            "portals": ("front",),
        }
        holder: str = self.do(lambda store: store.enrol(Enrolment(**(new | more))))
        return holder

    def do(self, work: Callable[[Store], Any]) -> Any:
        store = Store.open(self.path, KEY)
        try:
            return work(store)
        finally:
            store.close()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Another connection holds the file to itself."""
        store = Store.open(self.path, KEY)
        try:
            store._database.run("BEGIN EXCLUSIVE")
            yield
            store._database.run("ROLLBACK")
        finally:
            store.close()

    def journal(self) -> list[Entry]:
        store = Store.open(self.path, KEY, read_only=True)
        try:
            return list(entries.read(store))
        finally:
            store.close()

    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.journal()]

    def reasons(self) -> list[str]:
        """Why people were refused, in order."""
        return [self.body(entry)["reason"] for entry in self.journal() if entry.kind == "denied"]

    def body(self, entry: Entry) -> dict[str, Any]:
        return msgspec.json.decode(entry.body, type=dict[str, Any])

    def alerts(self) -> list[tuple[str, str]]:
        """Kind and state of every alert in the outbox, oldest first."""
        store = Store.open(self.path, KEY, read_only=True)
        try:
            rows = store._database.rows("SELECT body FROM outbox ORDER BY sequence")
        finally:
            store.close()
        told = [msgspec.json.decode(row[0], type=Alert) for row in rows]
        return [(alert.kind, alert.state) for alert in told]


class Coprocessor:
    """A real peer on the link socket: it says what the test wants it to say."""

    def __init__(self, connection: stream.Stream) -> None:
        self.stream = connection
        self.conversation = Conversation("coprocessor")
        self.heard: list[Message] = []
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
        self.hung_up = False

    async def say(self, *messages: Message) -> None:
        for message in messages:
            await self.stream.send(self.conversation.encode(message))

    async def hello(
        self,
        bundle: str = BUNDLE,
        *,
        camera: bool = True,
        broker: bool = False,
        calibration: Calibration = "site",
    ) -> None:
        await self.say(Hello(VERSION, SERIAL, bundle))
        await self.say(Status(broker, camera, "test", 0, 0, 0, calibration))

    async def asked(self, kind: type[Kind], count: int = 1) -> Kind:
        """Return the newest message of a kind, once there are `count`."""
        await eventually(lambda: len(self.of(kind)) >= count, kind.__name__)
        return self.of(kind)[-1]

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [message for message in self.heard if isinstance(message, kind)]

    async def face(self, number: int, count: int = 1, **more: Any) -> FaceReading:
        """Answer the newest ReadFace with this number's face, alive and well; `more` overrides."""
        asked = await self.asked(ReadFace, count)
        seen = msgspec.structs.replace(reading(asked.attempt, number), **more)
        await self.say(seen)
        return seen

    def hang_up(self) -> None:
        for task in self._tasks:
            task.cancel()
        self.stream.close()

    def fall_silent(self) -> None:
        self._tasks[1].cancel()

    async def _listen(self) -> None:
        with suppress(stream.StreamClosed):
            while True:
                message = self.conversation.decode(await self.stream.receive())
                if message is not None and not isinstance(message, Heartbeat):
                    self.heard.append(message)
        self.hung_up = True

    async def _beat(self) -> None:
        with suppress(stream.StreamClosed):
            while True:
                await asyncio.sleep(0.2)
                if self.conversation.peer:
                    await self.say(Heartbeat())


def reading(attempt: int, number: int, **more: Any) -> FaceReading:
    """This number's face, good enough to match; `more` overrides."""
    seen = FaceReading(attempt, "front", number, 9, 900, "", 100, vector(number), 3, 9_000)
    return msgspec.structs.replace(seen, **more)


class Scene:
    """A running terminal, the hand at its board, and its vault."""

    def __init__(self, terminal: Terminal, board: Board, vault: Vault, hand: Hand, run: Path):
        self.terminal, self.board, self.vault, self.hand = terminal, board, vault, hand
        self.run = run
        self.peers: list[Coprocessor] = []

    @property
    def status(self) -> answers.PortalStatus:
        return self.terminal.status().portals["front"]

    async def coprocessor(
        self, bundle: str = BUNDLE, *, camera: bool = True, calibration: Calibration = "site"
    ) -> Coprocessor:
        """Connect one, and wait until faces can be asked for (or, without camera, linked)."""
        peer = Coprocessor(await stream.connect(self.run / "link.sock"))
        self.peers.append(peer)
        await peer.hello(bundle, camera=camera, calibration=calibration)
        if bundle == BUNDLE:
            link = self.terminal._link
            await eventually(lambda: link.linked and link.status is not None)
            assert link.face_available == camera
        return peer

    async def card(self, number: int, facility: int = 7, name: str = "H10301") -> None:
        await self.bits("".join(map(str, wiegand.encode(name, facility, number))))

    async def bits(self, bits: str) -> None:
        await self.hand.do(SwipeWiegand("D0", "D1", bits))

    async def keys(self, keys: str) -> None:
        for key in keys:
            await self.bits(f"{KEYS.index(key):04b}")

    async def shows(self, text: str) -> None:
        await eventually(lambda: self.status.feedback.text == text, text)

    async def released(self) -> None:
        await eventually(lambda: 1 in self.board.strike, "released")

    async def denied(self, reason: str, count: int = 1) -> None:
        """Wait for this refusal; the strike was never released on the way."""
        await eventually(lambda: len(self.vault.reasons()) >= count, reason)
        assert self.vault.reasons()[-1] == reason
        assert 1 not in self.board.strike

    async def recorded(self, kind: str) -> Entry:
        await eventually(lambda: kind in self.vault.kinds(), kind)
        return next(entry for entry in self.vault.journal() if entry.kind == kind)


@asynccontextmanager
async def running(
    vault: Vault,
    folder: Path,
    terminal: Any = None,
    bundle: Manifest = MANIFEST,
    wall_ms: Milliseconds = system_ms,
    whole: sections.Site | None = None,
    **portal: Any,
) -> AsyncIterator[Scene]:
    """A terminal over this vault, from its first tick to an orderly end.

    whole: a site in place of the one door.
    """
    run = folder / "run"
    whole = whole or site(terminal, **portal)
    board = Board(run / "board.sock", whole.terminal.board)
    store = Store.open(vault.path, KEY)
    served = Terminal(whole, board, bundle, store, "boot", run, wall_ms)
    stop = asyncio.Event()
    task = asyncio.create_task(served.run(stop))
    before = vault.kinds().count("started")
    await eventually(
        lambda: vault.kinds().count("started") > before or task.done(), "the terminal runs"
    )
    hand = await reach(run / "board.sock")
    scene = Scene(served, board, vault, hand, run)
    try:
        yield scene
        assert not task.done(), "the terminal ended by itself"
    finally:
        for peer in scene.peers:
            peer.hang_up()
        hand.close()
        stop.set()
        await task
        left = {other for other in asyncio.all_tasks() if other is not asyncio.current_task()}
        if left:
            await asyncio.wait(left, timeout=2)
        await asyncio.sleep(0)  # closed transports leave one turn later
