"""`cardea enrol` with days, escort and consent; `cardea holders set`, `show` and `unlock`."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from appliance import decision, sections
from appliance.vault.holders import consent_of
from appliance.vault.records import Template
from board.link import answers
from tests.appliance.bench import PIN, TEMPLATES, Scene, Vault, site, vector
from tests.coprocessor.waiting import eventually
from tests.provisioning.conftest import Cardea
from tests.provisioning.test_reenrol import answering, pictures

ENROL = ("enrol", "Vera", "--facility", "7", "--number", "21")


async def sheet(cardea: Cardea, holder: str) -> answers.HolderAnswer:
    said = await cardea("holders", "show", holder, "--json")
    return msgspec.json.decode(said, type=answers.HolderAnswer)


def commands(vault: Vault) -> list[dict[str, object]]:
    return [vault.body(entry) for entry in vault.journal() if entry.kind == "command"]


def test_a_visitor_comes_for_a_day_and_the_card_ends_by_itself(
    vault: Vault, told: Callable[..., None]
) -> None:
    async def story(scene: Scene, cardea: Cardea) -> None:
        said = await cardea(*ENROL, "--visitor", code=1)
        assert said == "cardea: valid_until: a visitor's days end; give the last one\n"
        more = ("--visitor", "--from", "2026-01-01", "--until", "2999-12-31", "--escort", "needs")
        said = await cardea(*ENROL, *more, "--extended", "--key", "v-7")
        holder = said.split()[-1]
        one = await sheet(cardea, holder)
        assert one.cells == {
            "key": "v-7",
            "name": "Vera",
            "cards": "H10301:7:21",
            "groups": "",
            "valid_from": "2026-01-01",
            "valid_until": "2999-12-31",
            "extended": "yes",
            "escort": "needs",
            "visitor": "yes",
            "status": "active",
        }
        assert (one.pin, one.faces, one.rights) == (False, (), (answers.Right("front", ""),))
        await cardea("holders", "set", holder, "--escort", "no")
        await scene.card(21)
        await scene.released()
        said = await cardea("holders", "set", holder, "--until", "2025-12-31", code=1)
        assert "give a later day" in said
        await cardea("holders", "set", holder, "--until", "2026-01-02")
        await scene.card(21)
        await eventually(lambda: scene.vault.reasons() == ["outside_validity"])
        again = (*ENROL[:-1], "22", "--key", "v-7")
        assert "another holder's" in await cardea(*again, code=1)

    told(story, factors="card")


def test_what_is_changed_is_in_the_journal_without_its_words(
    vault: Vault, told: Callable[..., None]
) -> None:
    holder, other = vault.enrol(11), vault.enrol(12)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        words = ("--name", "Ada Lovelace", "--no-extended", "--until", "2030-06-30T18:00")
        assert holder in await cardea("holders", "set", holder, *words)
        one = await sheet(cardea, holder)
        assert (one.cells["name"], one.cells["valid_until"]) == (words[1], words[-1])
        await cardea("holders", "set", holder, "--until", "")
        assert (await sheet(cardea, holder)).cells["valid_until"] == ""
        for wrong, sentence in (
            (("--name", ""), "name: give 1 to 100 printable characters"),
            (("--from", "1.1.2026"), "valid_from: no '1.1.2026'"),
            (("--visitor",), "a visitor's days end"),
            ((), "nothing to change is said"),
        ):
            assert sentence in await cardea("holders", "set", holder, *wrong, code=1)
        await cardea("holders", "set", holder, "--key", "a")
        assert "another holder's" in await cardea("holders", "set", other, "--key", "a", code=1)
        assert "no holder x" in await cardea("holders", "set", "x", "--name", "X", code=1)
        assert "no holder x" in await cardea("holders", "show", "x", code=1)
        shown = await cardea("holders", "show", holder)
        assert "Ada Lovelace" in shown
        assert "$argon2" not in shown

    told(story)
    changed = [body["changed"] for body in commands(vault)]
    assert changed == [["extended", "name", "valid_until_ms"], ["valid_until_ms"], ["key"]]
    assert all(b"Lovelace" not in entry.body for entry in vault.journal())


def test_consent_stands_beside_the_face_and_outlives_a_new_one(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    async def story(scene: Scene, cardea: Cardea) -> None:
        task = asyncio.create_task(answering(await scene.coprocessor()))
        said = await cardea(*ENROL, *pictures(tmp_path, "1"), "--consent", "Paper 17, signed")
        holder = said.split()[-1]
        (face,) = (await sheet(cardea, holder)).faces
        assert face.consent == "Paper 17, signed"
        assert face.consented[:4] == face.enrolled[:4]
        before = vault.do(lambda store: consent_of(store, holder))
        await cardea("reenrol", holder, *pictures(tmp_path, "1"))
        assert vault.do(lambda store: consent_of(store, holder)) == before
        await cardea("reenrol", holder, *pictures(tmp_path, "1"), "--consent", "Paper 18")
        (face,) = (await sheet(cardea, holder)).faces
        assert face.consent == "Paper 18"
        assert "Paper 18" in await cardea("holders", "show", holder)
        wrong = await cardea(
            "reenrol", holder, *pictures(tmp_path, "1"), "--consent", "a\nb", code=1
        )
        assert "printable characters" in wrong
        await cardea("erase", holder)
        task.cancel()

    told(story)
    assert vault.do(lambda s: s.database.rows("SELECT count(*) FROM templates")) == [(0,)]


def test_the_sites_words_are_kept_where_no_others_are_given(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    """Also for whose face was kept before there was any."""
    old = vault.enrol(11, templates=(Template(TEMPLATES, vector(1), 1),))

    async def story(scene: Scene, cardea: Cardea) -> None:
        task = asyncio.create_task(answering(await scene.coprocessor()))
        assert (await sheet(cardea, old)).faces[0].consent == ""
        await cardea("reenrol", old, *pictures(tmp_path, "1"))
        assert (await sheet(cardea, old)).faces[0].consent == sections.Consent().wording
        task.cancel()

    told(story)


@pytest.mark.parametrize("required", [True, False])
def test_without_a_wording_no_face_is_kept_unless_the_site_says_so(
    required: bool, vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    consent = sections.Consent(wording="", required=required)

    async def story(scene: Scene, cardea: Cardea) -> None:
        task = asyncio.create_task(answering(await scene.coprocessor()))
        words = (*ENROL, *pictures(tmp_path, "1"))
        if required:
            said = await cardea(*words, code=1)
            assert said.startswith("cardea: consent: no face is kept without it")
            assert (await cardea("holders", "--json")).strip() == "[]"
        else:
            holder = (await cardea(*words)).split()[-1]
            assert "none is kept" in await cardea("holders", "show", holder)
        task.cancel()

    told(story, whole=msgspec.structs.replace(site(), consent=consent))


def test_a_lock_out_is_lifted_and_stays_lifted(vault: Vault, told: Callable[..., None]) -> None:
    holder = vault.enrol(11)

    async def guess(scene: Scene, keys: str, count: int) -> None:
        await scene.card(11)
        await scene.shows("Enter your PIN, then #")
        await scene.keys(keys + "#")
        await eventually(lambda: len(vault.reasons()) >= count)

    async def locked(scene: Scene, cardea: Cardea) -> None:
        for count in range(1, 4):
            await guess(scene, "0000", count)
        await guess(scene, PIN, 4)
        assert vault.reasons() == ["wrong_pin"] * 3 + ["locked_out"]
        assert holder in await cardea("holders", "unlock", holder)
        assert "no holder x" in await cardea("holders", "unlock", "x", code=1)

    async def after_a_restart(scene: Scene, _cardea: Cardea) -> None:
        await scene.card(11)
        await scene.shows("Enter your PIN, then #")
        await scene.keys(PIN + "#")
        await scene.released()

    told(locked, factors="card+pin", factor_ms=5_000)
    told(after_a_restart, factors="card+pin", factor_ms=5_000)
    assert commands(vault)[-1]["action"] == "unlock_pin"


def test_a_lock_out_that_is_lifted_ends_at_once(vault: Vault, told: Callable[..., None]) -> None:
    holder = vault.enrol(11)

    async def story(scene: Scene, cardea: Cardea) -> None:
        for _ in range(3):
            scene.terminal._tries.pin(holder, decision.PIN_WRONG)
        await cardea("holders", "unlock", holder)
        await scene.card(11)
        await scene.shows("Enter your PIN, then #")
        await scene.keys(PIN + "#")
        await scene.released()

    told(story, factors="card+pin", factor_ms=5_000)
