"""The admin socket: every request is answered, and a refused one leaves nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.link import admin, answers, stream
from board.link.messages import EnrolPicture, EnrolReading
from tests.appliance.bench import PIN, Scene, Vault, running, vector
from tests.coprocessor.waiting import eventually

NEW = admin.Enrol("Carla", "H10301", 7, 21, PIN)


class Installer:
    """A command of `cardea`, over the real socket."""

    def __init__(self, connection: stream.Stream) -> None:
        self.connection = connection

    async def ask(self, request: admin.Request | bytes) -> Any:
        raw = request if isinstance(request, bytes) else msgspec.msgpack.encode(request)
        await self.connection.send(raw)
        answer = await self.connection.receive()
        return msgspec.msgpack.decode(answer, type=answers.Answer)

    async def refused(self, request: admin.Request | bytes) -> answers.Refused:
        answer = await self.ask(request)
        assert isinstance(answer, answers.Refused)
        return answer


def tell(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene, Installer], Awaitable[None]],
    **portal: Any,
) -> None:
    async def told() -> None:
        async with running(vault, folder, **portal) as scene:
            installer = Installer(await stream.connect(folder / "run" / "admin.sock"))
            await story(scene, installer)
            installer.connection.close()

    asyncio.run(told())


MALFORMED = [
    b"",
    b"\xc1",
    b"\xc0",
    b"\x80",
    b"\x81\xa4type\xa6Statu\xff",
    b"\x91" * 100_000,
    msgspec.msgpack.encode({"type": "Open", "portal": "front"}),
    msgspec.msgpack.encode({"type": "Enrol", "name": "x"}),
    msgspec.msgpack.encode({"type": "SetMode", "portal": "front", "mode": "open"}),
    msgspec.msgpack.encode({"type": "Journal", "after": "1"}),
    msgspec.msgpack.encode({"type": "Golden", "pictures": "abc"}),
    msgspec.msgpack.encode({"type": "Golden", "consent": None}),
    msgspec.msgpack.encode({"type": "Reenrol", "holder": 1}),
]


def test_a_malformed_request_is_answered(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        for raw in MALFORMED:
            answer = await installer.refused(raw)
            assert answer.reason == "malformed", raw
            assert answer.sentence.endswith("is `cardea` of the same version?")
        assert isinstance(await installer.ask(admin.Status()), answers.StatusAnswer)
        assert scene.board.strike == []

    tell(vault, tmp_path, story)


def test_any_bytes_are_answered(vault: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, installer: Installer) -> None:
        loop = asyncio.get_running_loop()

        @settings(max_examples=60, deadline=None)
        @given(st.binary(max_size=80))
        def ask(raw: bytes) -> None:
            asking = asyncio.run_coroutine_threadsafe(installer.refused(raw), loop)
            assert asking.result(10).reason == "malformed"

        await asyncio.to_thread(ask)

    tell(vault, tmp_path, story)


def test_status_tells_the_whole_terminal_and_waits_for_news(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        answer = await installer.ask(admin.Status())
        assert answer.portals["front"].lock == "secured"
        assert not answer.portals["front"].released
        assert (answer.terminal, answer.linked, answer.p50_ms) == ("demo-1", False, None)
        await eventually(lambda: scene.terminal.status().journal_entries == len(vault.journal()))
        await asyncio.sleep(0.2)  # what the start has stirred up is told by now
        answer = await installer.ask(admin.Status())
        waiting = asyncio.create_task(installer.ask(admin.Status(answer.revision, 10_000)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        scene.board.pin("IN2").value(0)
        assert (await waiting).revision > answer.revision
        assert (await installer.ask(admin.Status())).portals["front"].released

    tell(vault, tmp_path, story)


def test_waiting_ends_with_its_time(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        revision = scene.terminal.status().revision
        assert (await installer.ask(admin.Status(revision, 30))).terminal == "demo-1"
        assert (await installer.ask(admin.Status(revision, -5))).terminal == "demo-1"
        assert await installer.ask(admin.Journal(10_000, 5, 30)) == answers.JournalAnswer(())

    tell(vault, tmp_path, story)


def test_the_journal_is_read_in_pieces_and_awaited(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        portal = scene.terminal._entrances["front"].portal
        for mode in ("lockdown", "normal"):
            portal.set_mode(mode)
        await scene.recorded("mode_normal")
        whole = (await installer.ask(admin.Journal())).entries
        assert [entry.kind for entry in whole] == vault.kinds()
        assert [entry.sequence for entry in whole] == list(range(1, len(whole) + 1))
        one = (await installer.ask(admin.Journal(after=1, limit=1))).entries
        assert one == whole[1:2]
        for limit in (0, -1):
            assert (await installer.ask(admin.Journal(limit=limit))).entries == ()
        waiting = asyncio.create_task(installer.ask(admin.Journal(len(whole), 5, 10_000)))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        portal.set_mode("lockdown")
        assert [entry.kind for entry in (await waiting).entries] == ["mode_lockdown"]

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("after", [-(2**63), -1, 2**63 - 1, 2**63, 2**64 - 1])
def test_no_number_is_too_strange_for_the_journal(after: int, vault: Vault, tmp_path: Path) -> None:
    async def story(_scene: Scene, installer: Installer) -> None:
        entries = (await installer.ask(admin.Journal(after, 2**63, 0))).entries
        assert bool(entries) == (after < 0)

    tell(vault, tmp_path, story)


def test_modes_are_set_and_journalled_with_who_did_it(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        for mode in ("lockdown", "free", "normal"):
            assert await installer.ask(admin.SetMode("front", mode)) == answers.Done()
            assert scene.status.mode == mode
            assert scene.status.released == (mode == "free")
        commands = [entry for entry in vault.journal() if entry.kind == "command"]
        assert [vault.body(entry)["mode"] for entry in commands] == ["lockdown", "free", "normal"]
        assert vault.body(commands[0])["action"] == "set_mode"
        assert "uid" in vault.body(commands[0])

    tell(vault, tmp_path, story)


@pytest.mark.parametrize("portal", ["back", "", "Front", "terminal", "front\x00"])
def test_an_unknown_portal_is_named_with_those_there_are(
    portal: str, vault: Vault, tmp_path: Path
) -> None:
    async def story(_scene: Scene, installer: Installer) -> None:
        for request in (
            admin.SetMode(portal, "free"),
            msgspec.structs.replace(NEW, portals=("front", portal)),
        ):
            answer = await installer.refused(request)
            assert answer.reason == "no_portal"
            assert answer.sentence.endswith("there is front")

    tell(vault, tmp_path, story)
    assert "enrolled" not in vault.kinds()


def test_a_door_is_not_freed_without_a_record(vault: Vault, tmp_path: Path) -> None:
    """But a lockdown does not wait for one."""

    async def story(scene: Scene, installer: Installer) -> None:
        with vault.locked():
            assert (await installer.refused(admin.SetMode("front", "free"))).reason == "vault"
            assert scene.status.mode == "normal"
            assert scene.board.strike == []
            shutting = asyncio.create_task(installer.ask(admin.SetMode("front", "lockdown")))
            await eventually(lambda: scene.status.mode == "lockdown")
        await shutting
        assert scene.status.mode == "lockdown"

    tell(vault, tmp_path, story)


def test_a_holder_is_enrolled_in_one_piece(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        request = msgspec.structs.replace(NEW, pictures=(b"jpeg",))
        asking = asyncio.create_task(installer.ask(request))
        asked = await peer.asked(EnrolPicture)
        assert asked.picture == b"jpeg"
        await peer.say(EnrolReading(asked.request, "", vector(21)))
        done = await asking
        assert isinstance(done, answers.Done)
        (holder,) = (await installer.ask(admin.Holders())).holders
        assert holder == answers.Holder(done.id, "Carla", "active", 1, True, 1, ("front",))
        entry = await scene.recorded("enrolled")
        assert vault.body(entry)["holder"] == done.id
        assert b"Carla" not in entry.body
        await scene.card(21)
        await peer.face(21)
        await scene.released()

    tell(vault, tmp_path, story)


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"format": "H99"}, "card", "format"),
    ({"facility": 256}, "card", "facility"),
    ({"number": 65_536}, "card", "number"),
    ({"number": -1}, "card", "number"),
    ({"number": 2**64 - 1}, "card", "number"),
    ({"name": ""}, "refused", "name"),
    ({"name": " x"}, "refused", "name"),
    ({"name": "a\nb"}, "refused", "name"),
    ({"name": "a" * 101}, "refused", "name"),
    ({"pin": "123"}, "refused", "pin"),
    ({"pin": "1" * 13}, "refused", "pin"),
    ({"pin": "12a4"}, "refused", "pin"),
    ({"pin": "١٢٣٤"}, "refused", "pin"),
    ({"duress_pin": PIN}, "refused", "duress_pin"),
    ({"duress_pin": "12"}, "refused", "duress_pin"),
    ({"pictures": (b"jpeg",)}, "no_answer", "photo"),
    ({"number": 11}, "refused", "card"),
]


def test_a_refused_enrolment_leaves_nothing_behind(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(11)

    async def story(_scene: Scene, installer: Installer) -> None:
        for more, reason, word in REFUSED:
            answer = await installer.refused(msgspec.structs.replace(NEW, **more))
            assert answer.reason == reason, more
            assert word in answer.sentence, more
        assert len((await installer.ask(admin.Holders())).holders) == 1

    tell(vault, tmp_path, story)
    assert "enrolled" not in vault.kinds()


@pytest.mark.parametrize(
    ("refusal", "template", "reason"),
    [
        ("no_face", b"", "no_face"),
        ("several_faces", b"", "several_faces"),
        ("not_a_picture", b"", "not_a_picture"),
        ("blurred", vector(1), "blurred"),
        ("", b"", "malformed"),
        ("", bytes(512), "malformed"),
        ("", b"\x01" * 511, "malformed"),
    ],
)
def test_a_picture_that_is_refused_leaves_nothing_behind(
    refusal: Any, template: bytes, reason: str, vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        request = msgspec.structs.replace(NEW, pictures=(b"jpeg",))
        asking = asyncio.create_task(installer.refused(request))
        asked = await peer.asked(EnrolPicture)
        await peer.say(EnrolReading(asked.request, refusal, template))
        assert (await asking).reason == reason
        assert (await installer.ask(admin.Holders())).holders == ()

    tell(vault, tmp_path, story)
    assert "enrolled" not in vault.kinds()
