"""`cardea roster import` and `cardea export` beside a running terminal, and what the door makes."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from appliance import roster
from appliance.vault import journal
from board.link import admin, answers
from board.link.messages import ReadFace
from provisioning.__main__ import main
from provisioning.terminal import ask
from tests.appliance.bench import Scene, Vault
from tests.coprocessor.waiting import eventually
from tests.provisioning.conftest import Cardea

ROSTER = """\
key;name;cards;groups;valid_from;valid_until;extended;escort;visitor;status
1001;Änne Größe;H10301:7:31;staff;;;yes;may;no;active
1002;"Ben, B.";H10301:7:32 H10301:7:33;staff;2026-01-01;2999-12-31;no;;no;active
1003;Cleo;H10301:7:34;staff;;;no;;no;suspended
"""


async def staff(cardea: Cardea) -> None:
    await cardea("groups", "set", "staff", "--portal", "front")


def commands(vault: Vault) -> list[dict[str, object]]:
    return [vault.body(entry) for entry in vault.journal() if entry.kind == "command"]


def test_a_roster_counts_from_the_next_card_on(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROSTER)

    async def story(scene: Scene, cardea: Cardea) -> None:
        await staff(cardea)
        said = await cardea("roster", "import", str(file), "--dry-run")
        assert said.startswith("would be: 3 added, 0 changed, 0 as they were, 0 lost")
        assert said.endswith("Nothing was changed.\n")
        await scene.card(31)
        await scene.denied("unknown_credential")
        said = await cardea("roster", "import", str(file))
        assert said == "3 added, 0 changed, 0 as they were, 0 removed\n"
        for number in (31, 33):
            await granted(scene, number)
        await scene.card(34)
        await refused(scene, "suspended", 2)
        entries = len(vault.journal())
        again = await cardea("roster", "import", str(file))
        assert again == "3 holders are as the file says; nothing was changed\n"
        assert [e.kind for e in vault.journal()[entries:] if e.kind == "command"] == []

    told(story, factors="card")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    body = {"action": "import_roster", "file": digest, "added": 3, "changed": 0, "removed": 0}
    assert body.items() <= commands(vault)[-1].items()
    assert vault.do(journal.verify).fault == ""
    assert all(b"Gr" not in entry.body for entry in vault.journal())


async def granted(scene: Scene, number: int) -> None:
    before = scene.vault.kinds().count("granted")
    await scene.card(number)
    await eventually(lambda: scene.vault.kinds().count("granted") > before, str(number))


async def refused(scene: Scene, reason: str, count: int) -> None:
    await eventually(lambda: len(scene.vault.reasons()) >= count, reason)
    assert scene.vault.reasons()[count - 1 :] == [reason]


def test_two_holders_exchange_their_cards(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"

    async def story(_scene: Scene, cardea: Cardea) -> None:
        file.write_text("key,name,cards\na,Ada,H10301:7:31\nb,Ben,H10301:7:32\n")
        await cardea("roster", "import", str(file))
        listed = msgspec.json.decode(await cardea("cards", "--json"), type=list[answers.Card])
        (lost,) = (card for card in listed if card.number == 31)
        await cardea("cards", "lost", lost.id)
        file.write_text("key,name,cards\na,Ada,H10301:7:32\nb,Ben,H10301:7:31\n")
        assert "2 changed" in await cardea("roster", "import", str(file))
        listed = msgspec.json.decode(await cardea("cards", "--json"), type=list[answers.Card])
        worth = {(card.name, card.number): card.status for card in listed}
        assert worth == {("Ada", 32): "active", ("Ben", 31): "lost"}

    told(story, factors="card")


def test_one_bad_row_keeps_all_of_them_out_and_each_is_named(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    bad = "1004;;H10301:7:99999;nobody;;;no;;yes;active\n1005;Eve\n1001;Ada;;;;;;;;\n"
    file.write_text(ROSTER + bad)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        await staff(cardea)
        said = await cardea("roster", "import", str(file), code=1)
        head, *lines = said.splitlines()
        assert head.endswith("4 faults; nothing was changed")
        assert [line.split(": ")[:2] for line in lines] == [
            ["  line 5", "cards"],
            ["  line 5", "name"],
            ["  line 6", "status"],
            ["  line 7", "key"],
        ]
        assert (await cardea("holders", "--json")).strip() == "[]"
        many = "".join(f"{number};;;;;;;;;\n" for number in range(roster.TOLD + 5))
        file.write_text(ROSTER + many)
        said = await cardea("roster", "import", str(file), code=1)
        assert said.splitlines()[-1] == "  and 5 more"
        file.write_text("key;pin\n1;2580\n")
        assert "'pin' is no column" in await cardea("roster", "import", str(file), code=2)
        (tmp_path / "people.txt").write_text("")
        said = await cardea("roster", "import", str(tmp_path / "people.txt"), code=2)
        assert "say --format csv or json" in said

    told(story)
    assert [body["action"] for body in commands(vault)] == ["set_group"]


def test_who_is_missing_is_left_alone_or_forgotten_with_their_face(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    """An attempt that is open at that moment does not end in a grant."""
    holder, by_hand = vault.enrol(11, name="Dora"), vault.enrol(12)
    vault.do(lambda s: s.database.run("UPDATE holders SET key = 'd' WHERE id = ?", holder))
    file = tmp_path / "people.json"
    file.write_text('[{"key": "a", "name": "Ada"}]')

    async def story(scene: Scene, cardea: Cardea) -> None:
        peer = await scene.coprocessor()
        await cardea("roster", "import", str(file))
        words = ("roster", "import", str(file), "--remove-missing")
        said = await cardea(*words, "--dry-run")
        assert said.splitlines()[2].split() == [holder, "d", "Dora"]
        await scene.card(11)
        await peer.asked(ReadFace)
        assert "1 removed" in await cardea(*words)
        await peer.face(11)
        await scene.denied("unknown_credential")

    told(story, factor_ms=5_000)
    erased = [vault.body(entry) for entry in vault.journal() if entry.kind == "erased"]
    assert [(body["holder"], body["reason"]) for body in erased] == [([holder], "roster")]
    assert {line.holder.id for line in vault.do(lambda s: s.holders())} > {by_hand}
    assert vault.do(journal.verify).fault == ""


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_what_is_exported_changes_nothing_when_it_comes_back(
    suffix: str, vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    vault.enrol(11)
    file, out = tmp_path / "people.csv", tmp_path / f"out.{suffix}"
    formula = "=1+1;=cmd|x;;;2026-10-25T02:30+01:00;2027-01-01T10:00:30;no;needs;yes;active\n"
    file.write_text(ROSTER + formula)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        await staff(cardea)
        await cardea("roster", "import", str(file))
        await cardea("export", str(out))
        assert out.stat().st_mode & 0o777 == 0o600
        assert "4 holders are as the file says" in await cardea("roster", "import", str(out))
        printed = await cardea("export", "-", "--format", suffix)
        assert printed.encode() == out.read_bytes()
        assert "File exists" in await cardea("export", str(out), code=2)
        lines = (await cardea("export", "-", "--journal")).splitlines()
        entries = [msgspec.json.decode(line, type=answers.Entry) for line in lines[:-1]]
        assert msgspec.json.decode(lines[-1], type=answers.Checkpoint).entries == len(entries)
        assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
        assert "export_roster" in {entry.body.get("action") for entry in entries}

    told(story)
    pin = vault.do(lambda s: s.database.rows("SELECT pin_hash FROM credentials WHERE kind = 'pin'"))
    assert pin[0][0] not in out.read_text()


def test_pieces_of_an_import_that_was_replaced_are_refused(
    vault: Vault, told: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster, "MOST_ROWS", 2)
    monkeypatch.setattr(roster, "MOST_CHANGED", 1)
    row = admin.RosterRow(2, {"key": "a", "name": "Ada"})

    async def story(scene: Scene, cardea: Cardea) -> None:
        def answer(request: admin.Request) -> answers.Answer:
            return ask(tmp_path, request)

        for told_ in await in_thread(lambda: _replaced(answer, row)):
            assert isinstance(told_, answers.Refused)
        assert (await cardea("holders", "--json")).strip() == "[]"

    told(story)


def _replaced(
    answer: Callable[[admin.Request], answers.Answer], row: admin.RosterRow
) -> list[answers.Answer]:
    """Every answer that has to be a refusal."""
    found = [answer(admin.RosterBegin("x")), answer(admin.RosterRows("", (row,)))]
    first, second = (answer(admin.RosterBegin("0" * 64)) for _ in range(2))
    assert isinstance(first, answers.Done)
    assert isinstance(second, answers.Done)
    found += [answer(admin.RosterRows(first.id, (row,))), answer(admin.RosterCommit(first.id))]
    found += [answer(admin.RosterRows(second.id, (row, row, row)))]
    third = answer(admin.RosterBegin("0" * 64))
    assert isinstance(third, answers.Done)
    other = admin.RosterRow(3, {"key": "b", "name": "Ben"})
    assert answer(admin.RosterRows(third.id, (row, other))) == answers.Done()
    return [*found, answer(admin.RosterCommit(third.id)), answer(admin.RosterCommit(third.id))]


async def in_thread(work: Callable[[], list[answers.Answer]]) -> list[answers.Answer]:
    return await asyncio.to_thread(work)


def test_without_a_terminal_one_line_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "people.csv"
    file.write_text("key,name\n1,Ada\n")
    for words in (["roster", "import", str(file)], ["export", "-"]):
        assert main([*words, "--state", str(tmp_path)]) == 2
        assert capsys.readouterr().err.endswith("is the terminal running? (`cardea simulate`)\n")
