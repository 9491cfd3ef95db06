"""`cardea enrol` with several faces, and `cardea reenrol`, at a running terminal."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from appliance.vault import models
from appliance.vault.records import Template
from board.link.messages import EnrolPicture, EnrolReading
from provisioning.__main__ import main
from provisioning.enrol import ROOM_BYTES
from tests.appliance.bench import PIN, PINS, TEMPLATES, Coprocessor, Scene, Vault, running
from tests.appliance.test_golden import vector

Cardea = Callable[..., Awaitable[int]]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault.db", PINS.hashes(PIN))


def tell(vault: Vault, folder: Path, story: Callable[[Scene, Cardea], Awaitable[None]]) -> None:
    async def told() -> None:
        async with running(vault, folder) as scene:

            async def cardea(*words: str) -> int:
                return await asyncio.to_thread(main, [*words, "--state", str(folder)])

            await story(scene, cardea)

    asyncio.run(told())


async def answering(peer: Coprocessor) -> None:
    """A picture file holds a person's number and a dot for each further picture of theirs."""
    done = 0
    while True:
        asked = await peer.asked(EnrolPicture, done + 1)
        text = asked.picture.decode()
        template = vector(int(text.strip(".")), 0.3 * text.count("."))
        await peer.say(EnrolReading(asked.request, "", template))
        done += 1


def pictures(folder: Path, *texts: str) -> list[str]:
    words = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.jpg"
        path.write_text(text)
        words += ["--face", str(path)]
    return words


def test_several_faces_become_one_template(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story(scene: Scene, cardea: Cardea) -> None:
        peer = await scene.coprocessor()
        task = asyncio.create_task(answering(peer))
        words = ["enrol", "Ada", "--facility", "7", "--number", "11"]
        assert await cardea(*words, *pictures(tmp_path, "1", "1.", "2")) == 1
        told = capsys.readouterr().err
        assert told == "cardea: photos 1 and 3 do not look like one person; leave one out\n"
        assert vault.do(lambda store: store.holders()) == []
        assert await cardea(*words, *pictures(tmp_path, "1", "1.", "1..")) == 0
        (line,) = vault.do(lambda store: store.holders())
        assert line.templates == 1
        task.cancel()

    tell(vault, tmp_path, story)


def test_files_that_are_too_large_together_are_named_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "large.jpg").write_bytes(b"x" * (ROOM_BYTES - 10))
    (tmp_path / "small.jpg").write_bytes(b"x" * 11)
    words = ["enrol", "Ada", "--facility", "7", "--number", "11"]
    faces = [w for n in ("small", "large") for w in ("--face", str(tmp_path / f"{n}.jpg"))]
    assert main([*words, *faces, "--state", str(tmp_path)]) == 2
    told = capsys.readouterr().err
    assert "large.jpg: the pictures have 7.9 MiB and the terminal takes 7.9" in told


def outdated(vault: Vault) -> tuple[str, str]:
    """Somebody whose face was made by other networks, and somebody whose face counts."""
    old = vault.enrol(11, name="Ada", templates=(Template("aaaabbbbccccdddd", vector(1), 1),))
    new = vault.enrol(12, name="Ben")
    vault.enrol(13, name="No face", templates=())
    return old, new


def test_the_plan_lists_who_must_come_again(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = outdated(vault)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        for words in (["reenrol"], ["reenrol", "--plan"]):
            assert await cardea(*words) == 0
            head, _, columns, row, *remedy = capsys.readouterr().out.splitlines()
            wanted = f"A plan; nothing was changed. Networks {TEMPLATES}: 1 must come again."
            assert head == wanted
            assert columns.split("  ")[0] == "id"
            assert row.split() == [old, "Ada", "aaaabbbbccccdddd"]
            assert "cardea reenrol ID --face" in remedy[-1]
        assert await cardea("reenrol", "--json") == 0
        plan = msgspec.json.decode(capsys.readouterr().out)
        wanted = {"id": old, "name": "Ada", "bundle": "aaaabbbbccccdddd"}
        assert plan == {"bundle": TEMPLATES, "holders": [wanted]}

    tell(vault, tmp_path, story)
    assert "reenrolled" not in vault.kinds()


def test_who_comes_again_has_one_new_face_and_nobody_is_left(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = outdated(vault)

    async def story(scene: Scene, cardea: Cardea) -> None:
        peer = await scene.coprocessor()
        task = asyncio.create_task(answering(peer))
        assert await cardea("reenrol", old, *pictures(tmp_path, "1", "1.")) == 0
        assert old in capsys.readouterr().out
        assert await cardea("reenrol", "--plan") == 0
        assert "nobody must come again" in capsys.readouterr().out
        assert vault.do(lambda store: models.outdated(store, TEMPLATES)) == ()
        assert vault.do(lambda s: s.templates.of(old, "aaaabbbbccccdddd")).shape[0] == 0
        entry = await scene.recorded("reenrolled")
        assert vault.body(entry)["holder"] == old
        task.cancel()

    tell(vault, tmp_path, story)


def test_a_new_face_that_fails_leaves_the_old_one(
    vault: Vault, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, _ = outdated(vault)

    async def story(scene: Scene, cardea: Cardea) -> None:
        peer = await scene.coprocessor()
        task = asyncio.create_task(answering(peer))
        assert await cardea("reenrol", old, *pictures(tmp_path, "1", "2")) == 1
        assert await cardea("reenrol", "nobody", *pictures(tmp_path, "1")) == 1
        assert "no holder nobody" in capsys.readouterr().err
        task.cancel()

    tell(vault, tmp_path, story)
    assert vault.do(lambda s: s.templates.of(old, "aaaabbbbccccdddd")).shape[0] == 1
    assert "reenrolled" not in vault.kinds()


@pytest.mark.parametrize("words", [["someid"], ["--face", "x.jpg"], ["x", "--plan", "--face", "y"]])
def test_half_a_command_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reenrol", *words]) == 2
    assert "wants the holder's id and --face" in capsys.readouterr().err


def test_faces_of_other_networks_are_compared_with_nothing(vault: Vault, tmp_path: Path) -> None:
    """In the vault, in the gallery, and at the door: as if no face were enrolled."""
    outdated(vault)

    async def story(scene: Scene, _cardea: Cardea) -> None:
        await scene.coprocessor()
        assert len(scene.terminal._people._gallery) == 1
        await scene.card(11)
        await scene.shows("Enter your PIN, then #")

    tell(vault, tmp_path, story)
