"""`cardea enrol` and `cardea holders` at a running terminal, and at none."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from board.link import admin, answers
from provisioning.__main__ import main
from provisioning.holders import _table
from provisioning.terminal import NoTerminal, ask
from tests.appliance.bench import PIN, PINS, Vault, running


def test_without_a_terminal_one_line_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["holders"], ["enrol", "Anna", "--facility", "7", "--number", "11"]):
        assert main([*words, "--state", str(tmp_path)]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.endswith("is the terminal running? (`cardea simulate`)")
        assert "admin.sock" in line


def test_a_picture_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["enrol", "Anna", "--facility", "7", "--number", "11", "--face", "none.jpg"]
    assert main([*words, "--state", str(tmp_path)]) == 2
    assert "none.jpg" in capsys.readouterr().err


def test_a_holder_is_enrolled_and_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))
    state = ["--state", str(tmp_path)]

    async def story() -> None:
        async with running(vault, tmp_path):
            words = ["enrol", "Anna Example", "--facility", "7", "--number", "11", *state]
            assert await asyncio.to_thread(main, words) == 0
            assert capsys.readouterr().out.startswith("enrolled as ")
            assert await asyncio.to_thread(main, words) == 1  # the same card again
            assert capsys.readouterr().err.startswith("cardea: this card is somebody's already")
            assert await asyncio.to_thread(main, ["holders", *state]) == 0
            head, row = capsys.readouterr().out.splitlines()
            told = "id name status cards PIN faces portals groups"
            assert head.split() == told.split()
            assert row.split()[1:] == ["Anna", "Example", "active", "1", "no", "0", "front"]
            assert await asyncio.to_thread(main, ["holders", "--json", *state]) == 0
            (holder,) = msgspec.json.decode(capsys.readouterr().out, type=list[answers.Holder])
            assert holder.name == "Anna Example"

    asyncio.run(story())


def test_a_terminal_that_talks_nonsense_is_told(tmp_path: Path) -> None:
    async def story() -> None:
        async def rave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(garbled.pop())
            writer.close()

        (tmp_path / "run").mkdir()
        path = tmp_path / "run" / "admin.sock"
        garbled = [b"", b"\xff" * 8, b"\0\0\0\1\xc1", b"\0\0\0\10\x81\xa4type\xa1\xff"]
        server = await asyncio.start_unix_server(rave, path)
        while garbled:
            with pytest.raises(NoTerminal):
                await asyncio.to_thread(ask, tmp_path, admin.Holders())
        server.close()
        await asyncio.sleep(0.05)

    asyncio.run(story())


def test_a_table_of_nobody_has_its_head() -> None:
    assert _table(answers.HoldersAnswer(())).startswith("id  name  status")
