"""Whoever is erased is nowhere any more, and may not even end the attempt that is open."""

import asyncio
from pathlib import Path

import pytest

from appliance.vault import journal, search
from appliance.vault.store import Store
from board.link import admin, answers
from board.link.messages import ReadFace
from tests.appliance.bench import KEY, PIN, Scene, Vault, reading
from tests.appliance.test_admin import Installer, tell

NAME = "Zenobia Quarrington"


def traces(vault: Vault, marks: search.Marks) -> list[str]:
    """Every find in every table and page of a vault that rests."""

    def look(store: Store) -> list[str]:
        store.database.fold_log()
        places = [search.in_rows(store, table, 0, marks) for table in search.tables(store)]
        places.append(search.in_pages(store.database.pages, 1, marks))
        return [find for _, finds in places for find in finds]

    found: list[str] = vault.do(look)
    return found


def marks(vault: Vault, holder: str) -> search.Marks:
    made: search.Marks = vault.do(lambda store: search.marks_of(store, holder))
    return made  # the bench gives everybody the same PIN hash, which real salts never do


def test_who_is_erased_is_nowhere_and_the_chain_is_whole(vault: Vault, tmp_path: Path) -> None:
    holder, other = vault.enrol(11, name=NAME), vault.enrol(12, name=NAME, pin=None)
    before = marks(vault, holder)
    assert {"holders.id: the holder's id", "templates.sealed: a credential or template"} <= set(
        traces(vault, before)
    )
    assert "credentials: a card's number" in traces(vault, before)
    assert any("page" in find for find in traces(vault, before))

    async def story(scene: Scene, installer: Installer) -> None:
        answer = await installer.ask(admin.Erase(holder))
        assert answer.lost == answers.Lost(NAME, 1, True, 1, ("front",))
        assert answer.erased
        assert answer.found == ()
        named = {"rows of holders", "rows of journal", "pages decrypted", "bytes of vault.db"}
        assert named <= set(answer.searched)
        assert answer.searched["pages decrypted"] * 4096 == answer.searched["bytes of vault.db"]
        entry = await scene.recorded("erased")
        assert vault.body(entry) == {"holder": holder, "uid": vault.body(entry)["uid"]}
        (left,) = (await installer.ask(admin.Holders())).holders
        assert left.id == other
        await scene.card(11)
        await scene.denied("unknown_credential")

    tell(vault, tmp_path, story)
    assert traces(vault, before) == []
    assert vault.do(journal.verify).fault == ""
    assert all(b"Zenobia" not in entry.body for entry in vault.journal())


def test_a_dry_run_changes_nothing(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11, name=NAME)

    async def story(scene: Scene, installer: Installer) -> None:
        answer = await installer.ask(admin.Erase(holder, dry_run=True))
        assert answer == answers.EraseAnswer(answers.Lost(NAME, 1, True, 1, ("front",)))
        assert len((await installer.ask(admin.Holders())).holders) == 1
        refused = await installer.refused(admin.Erase("nobody"))
        assert (refused.reason, refused.sentence[:16]) == ("holder", "no holder nobody")

    tell(vault, tmp_path, story)
    assert "erased" not in vault.kinds()


def test_what_is_left_is_told(vault: Vault, tmp_path: Path) -> None:
    """A table that this build does not know, such as an older one's, is searched all the same."""
    holder = vault.enrol(11, name=NAME)
    vector = marks(vault, holder).secrets[-1]
    vault.do(lambda s: s.database.run("CREATE TABLE scraps (words TEXT, bytes BLOB, id TEXT)"))
    note = f"paper signed by {NAME}, 2026"
    vault.do(lambda s: s.database.run("INSERT INTO scraps VALUES (?, ?, 'x')", note, vector))
    vault.do(lambda s: s.database.run("INSERT INTO scraps VALUES (?, x'', ?)", "", holder))

    async def story(scene: Scene, installer: Installer) -> None:
        found = (await installer.ask(admin.Erase(holder))).found
        assert set(found[:3]) == {
            "scraps.words: the name",
            "scraps.bytes: a credential or template",
            "scraps.id: the holder's id",
        }
        assert found[3].startswith("page ")

    tell(vault, tmp_path, story)


def test_what_sqlite_has_freed_but_not_overwritten_would_be_found(
    vault: Vault, tmp_path: Path
) -> None:
    """The search sees free pages: without secure_delete a deleted template stays in one."""
    holder = vault.enrol(11, name=NAME)
    before = marks(vault, holder)

    def delete(store: Store) -> None:
        store.database.rows("PRAGMA secure_delete = OFF")
        store.erase(holder)

    vault.do(delete)
    found = traces(vault, before)
    assert found
    assert all(find.startswith("page ") for find in found)


def test_a_log_that_was_not_emptied_is_told(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11, name=NAME)

    async def story(scene: Scene, installer: Installer) -> None:
        reader = Store.open(vault.path, KEY, read_only=True)
        with reader.snapshot():
            reader.holders()
            found = (await installer.ask(admin.Erase(holder))).found
        reader.close()
        assert found[-1].startswith("the log: another program reads the vault")

    tell(vault, tmp_path, story)


def test_an_open_attempt_of_who_is_erased_is_refused(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11)

    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        await scene.card(11)
        await peer.asked(ReadFace)
        assert (await installer.ask(admin.Erase(holder))).erased
        await peer.face(11)
        await scene.denied("unknown_credential")

    tell(vault, tmp_path, story, factor_ms=5_000)
    assert "granted" not in vault.kinds()


def test_the_face_of_who_is_erased_matches_nobody(vault: Vault, tmp_path: Path) -> None:
    """At a door that looks for everybody's face; and an attempt that had found them ends."""
    holder = vault.enrol(11)

    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, 11))
        await peer.asked(ReadFace)
        assert (await installer.ask(admin.Erase(holder))).erased
        await peer.face(11)
        await scene.denied("no_match")

    tell(vault, tmp_path, story, factors="face", camera="rgb", factor_ms=2_000)
    assert "granted" not in vault.kinds()


def test_a_pin_of_who_is_erased_ends_nothing(vault: Vault, tmp_path: Path) -> None:
    holder = vault.enrol(11)

    async def story(scene: Scene, installer: Installer) -> None:
        await scene.card(11)
        await scene.shows("Enter your PIN, then #")
        assert (await installer.ask(admin.Erase(holder))).erased
        await scene.keys(PIN + "#")
        await asyncio.sleep(0.5)
        await scene.denied("wrong_pin")

    tell(vault, tmp_path, story, factors="card+pin", factor_ms=5_000)


@pytest.mark.parametrize("name", ["Al", "front", "x" * 100])
def test_a_name_that_is_also_a_word_is_told_and_harms_nobody(
    name: str, vault: Vault, tmp_path: Path
) -> None:
    """Short names are in any noise: they are looked for as words of their own."""
    holder = vault.enrol(11, name=name)
    vault.enrol(12, name="Alan Frontier", pin=None)
    vault.do(lambda store: store.set_mode("front", "normal"))

    async def story(scene: Scene, installer: Installer) -> None:
        found = (await installer.ask(admin.Erase(holder))).found
        assert bool(found) == (name == "front")
        assert set(found) <= {
            "modes.portal: the name",
            "rules.portal: the name",
            "journal.portal: the name",
            "journal.body: the name",
        }

    tell(vault, tmp_path, story)
