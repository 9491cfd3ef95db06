"""`cardea retention`: who is next."""

import time
from collections.abc import Callable

import msgspec

from board.link import answers
from tests.appliance.bench import Scene, Vault
from tests.provisioning.conftest import Cardea

DAY_MS = 86_400_000


def test_who_is_next_is_told_before_it_happens(vault: Vault, told: Callable[..., None]) -> None:
    now_ms = time.time_ns() // 1_000_000
    holder = vault.enrol(11, name="Vera", valid_until_ms=now_ms - 20 * DAY_MS, visitor=True)
    vault.enrol(12, name="Ben", valid_until_ms=now_ms + 20 * DAY_MS, visitor=True)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        head, columns, row = (await cardea("retention", "--dry-run")).splitlines()
        assert head.startswith("visitors 30 days after their end, other holders never")
        assert columns.split("  ")[0] == "erased from"
        assert row.split()[1:] == [holder, "Vera", "visitor"]
        said = await cardea("retention", "--json")
        assert msgspec.json.decode(said, type=answers.RetentionAnswer).due[0].id == holder
        await cardea("holders", "set", holder, "--until", "2999-01-01")
        assert "Nobody is due within 30 days." in await cardea("retention")

    told(story)
    assert "erased" not in vault.kinds()
