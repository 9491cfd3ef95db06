"""A door whose cards have a format of the site's own: given by command and roster, and let in."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from appliance import cardformats, sections
from board import wiegand
from tests.appliance.bench import Scene, Vault, site
from tests.provisioning.conftest import Cardea

CAMPUS = sections.CardFormat(32, (14, 31), (2, 13), ((1, 2, 16),), ((32, 17, 31),))
PLAIN = msgspec.structs.replace(CAMPUS, facility=None, number=(2, 31))
WHOLE = msgspec.structs.replace(
    site(factors="card"), wiegand={"campus-32": CAMPUS, "plain-32": PLAIN}
)
FORMATS = cardformats.known(WHOLE.wiegand)


def bits(facility: int, number: int, flipped: int | None = None) -> str:
    """What the reader sends; one bit may be read wrongly."""
    sent = wiegand.encode("campus-32", facility, number, FORMATS)
    return "".join(str(bit ^ (place == flipped)) for place, bit in enumerate(sent))


def test_a_card_of_the_sites_own_format_opens_the_door(
    vault: Vault, told: Callable[..., None]
) -> None:
    holder = vault.enrol(11, cards=())
    given = ("cards", "add", holder, "--format", "campus-32", "--facility", "3000")

    async def story(scene: Scene, cardea: Cardea) -> None:
        assert "number: 262144 is outside" in await cardea(*given, "--number", "262144", code=1)
        await cardea(*given, "--number", "200000")
        assert "somebody's already" in await cardea(*given, "--number", "200000", code=1)
        alias = ("--format", "plain-32", "--number", str(3000 << 18 | 200_000))
        assert "somebody's already" in await cardea("cards", "add", holder, *alias, code=1)
        assert "campus-32" in await cardea("cards")
        await scene.bits(bits(3000, 200_000, flipped=20))
        await scene.denied("unknown_credential")
        await scene.bits(bits(3000, 200_000))
        await scene.released()
        other = await cardea("cards", "add", holder, "--format", "campus", "--number", "1", code=1)
        assert "'campus' is not one of H10301" in other
        assert "campus-32" in other

    told(story, whole=WHOLE)


def test_a_roster_and_an_enrolment_know_it_too(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"

    async def story(scene: Scene, cardea: Cardea) -> None:
        roster.write_text("key,name,cards\na,Ada,campus-32:3000:262144\n")
        assert "number: 262144 is outside" in await cardea("roster", "import", str(roster), code=1)
        roster.write_text("key,name,cards\na,Ada,campus-32:3000:7\n")
        await cardea("roster", "import", str(roster))
        words = ("enrol", "Ben", "--format", "campus-32", "--facility", "3000", "--number")
        assert "somebody's already" in await cardea(*words, "7", code=1)
        await cardea(*words, "8")
        await scene.bits(bits(3000, 8))
        await scene.released()

    told(story, whole=WHOLE)
