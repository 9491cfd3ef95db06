"""`cardea cards`, `cardea holders suspend`, and what the door makes of them."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from appliance.vault import journal
from board.link import answers
from board.link.messages import ReadFace
from provisioning.__main__ import main
from tests.appliance.bench import Scene, Vault, reading
from tests.coprocessor.waiting import eventually
from tests.provisioning.conftest import Cardea


async def cards(cardea: Cardea, *words: str) -> list[answers.Card]:
    return msgspec.json.decode(await cardea("cards", *words, "--json"), type=list[answers.Card])


def test_a_card_from_the_drawer_to_the_bin(vault: Vault, told: Callable[..., None]) -> None:
    """Added, suspended, counted again, lost, forgotten: the next swipe knows each time."""
    holder = vault.enrol(11, name="Ada")
    other = vault.enrol(12, name="Ben")

    async def story(scene: Scene, cardea: Cardea) -> None:
        words = ("--facility", "7", "--number")
        said = await cardea("cards", "add", holder, *words, "21")
        card = said.split()[1]
        assert said == f"card {card} is {holder}'s\n"
        taken = await cardea("cards", "add", other, *words, "21", code=1)
        assert taken.startswith("cardea: this card is somebody's already")
        assert "number" in await cardea("cards", "add", other, *words, "70000", code=1)
        assert "no holder x" in await cardea("cards", "add", "x", *words, "22", code=1)
        head, *rows = (await cardea("cards")).splitlines()
        assert head.split() == ["id", "name", "format", "facility", "number", "status", "holder"]
        assert rows[1].split() == [card, "Ada", "H10301", "7", "21", "active", holder]
        assert [one.number for one in await cards(cardea, "list", "--holder", other)] == [12]
        denied = 0
        for word, status in (("suspend", "suspended"), ("lost", "lost")):
            assert card in await cardea("cards", word, card)
            assert [c.status for c in await cards(cardea) if c.id == card] == [status]
            denied += 1
            await scene.card(21)
            await refused(scene, status, denied)
        await cardea("cards", "activate", card)
        await scene.card(21)
        await eventually(lambda: vault.kinds().count("granted") == 1)
        preview = await cardea("cards", "remove", card, "--dry-run")
        assert preview.startswith("would be lost:\n")
        assert "Ada" in preview
        assert "Nothing was changed." in preview
        assert [one.id for one in await cards(cardea, "remove", card, "--dry-run")] == [card]
        assert "no card x" in await cardea("cards", "remove", "x", "--dry-run", code=1)
        assert card in [one.id for one in await cards(cardea)]
        await cardea("cards", "remove", card)
        await scene.card(21)
        await refused(scene, "unknown_credential", denied + 1)
        for word in ("suspend", "lost", "activate", "remove"):
            assert "no card" in await cardea("cards", word, card, code=1)

    told(story, factors="card")
    bodies = [vault.body(entry) for entry in vault.journal() if entry.kind == "command"]
    assert [(body["action"], body.get("state")) for body in bodies] == [
        ("add_card", None),
        ("set_card", "suspended"),
        ("set_card", "lost"),
        ("set_card", "active"),
        ("remove_card", None),
    ]
    assert {body["holder"] for body in bodies} == {holder}
    assert all("uid" in body and "number" not in body for body in bodies)
    assert vault.do(journal.verify).fault == ""


async def refused(scene: Scene, reason: str, count: int) -> None:
    """Wait for this many refusals; scene.denied wants a strike that was never released."""
    await eventually(lambda: len(scene.vault.reasons()) >= count, reason)
    assert scene.vault.reasons()[count - 1 :] == [reason]


def test_a_holder_is_suspended_and_let_in_again(vault: Vault, told: Callable[..., None]) -> None:
    holder = vault.enrol(11, name="Ada")

    async def story(scene: Scene, cardea: Cardea) -> None:
        said = await cardea("holders", "suspend", holder)
        assert said == f"holder {holder} is suspended\n"
        assert (await cardea("holders")).splitlines()[1].split()[2] == "suspended"
        await scene.card(11)
        await scene.denied("suspended")
        await cardea("holders", "activate", holder)
        assert (await cardea("holders", "list")).splitlines()[1].split()[2] == "active"
        await scene.card(11)
        await scene.released()
        assert "no holder x" in await cardea("holders", "suspend", "x", code=1)

    told(story, factors="card")


@pytest.mark.parametrize("words", [("cards", "lost"), ("cards", "remove"), ("holders", "suspend")])
def test_an_attempt_that_is_open_then_does_not_end_in_a_grant(
    words: tuple[str, str], vault: Vault, told: Callable[..., None]
) -> None:
    holder = vault.enrol(11)
    reasons = {"remove": "unknown_credential", "lost": "lost"}

    async def story(scene: Scene, cardea: Cardea) -> None:
        (card,) = await cards(cardea)
        peer = await scene.coprocessor()
        await scene.card(11)
        await peer.asked(ReadFace)
        await cardea(*words, card.id if words[0] == "cards" else holder)
        await peer.face(11)
        await scene.denied(reasons.get(words[1], "suspended"))

    told(story, factor_ms=5_000)
    assert "granted" not in vault.kinds()


def test_a_face_that_was_found_before_its_holder_was_suspended_opens_nothing(
    vault: Vault, told: Callable[..., None]
) -> None:
    holder = vault.enrol(11)

    async def story(scene: Scene, cardea: Cardea) -> None:
        peer = await scene.coprocessor()
        await peer.say(reading(0, 11))
        await peer.asked(ReadFace)
        await cardea("holders", "suspend", holder)
        await peer.face(11)
        await scene.denied("suspended")

    told(story, factors="face", camera="rgb", factor_ms=2_000)


def test_without_a_terminal_one_line_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["cards"], ["cards", "lost", "x"], ["holders", "suspend", "x"]):
        assert main([*words, "--state", str(tmp_path)]) == 2
        assert capsys.readouterr().err.endswith("is the terminal running? (`cardea simulate`)\n")
