"""All templates are read anew after an enrolment, and nobody at the door waits for it."""

import asyncio
import time
from pathlib import Path

import pytest

from appliance.vault.templates import Sheet, Templates
from tests.appliance.bench import Vault, running

PIECES, PIECE_S = 20, 0.15


def test_a_card_does_not_wait_for_a_gallery_that_is_read_anew(
    vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.enrol(11)
    filled = []

    def fill(_templates: Templates, _sheet: Sheet) -> bool:
        time.sleep(PIECE_S)
        filled.append(1)
        return len(filled) < PIECES

    async def story() -> None:
        async with running(vault, tmp_path, factors="card") as scene:
            monkeypatch.setattr(Templates, "fill", fill)
            reading = asyncio.create_task(scene.terminal._people.reload())
            await scene.card(11)
            await scene.released()
            assert not reading.done()
            await reading
            assert len(filled) == PIECES

    asyncio.run(story())
