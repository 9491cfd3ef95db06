"""No question that a card at the door asks of the vault grows with the number of holders."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.vault.cipher import Database, Row
from tests.appliance.bench import site
from tests.model.real import a_terminal, fill
from tests.model.reference_people import Person

NOON_MS = 1_803_988_800_000
WEEK = {0, 1, 2, 3, 4, 5, 6}


def test_every_question_of_a_card_is_answered_by_an_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EXPLAIN QUERY PLAN of all that is asked from the card to the strike: no table is scanned."""
    fill(tmp_path / "full.db", {1: Person(hours=[(WEEK, 0, 1440)])})
    asked: dict[str, tuple[object, ...]] = {}
    stream = Database.stream

    def listened(self: Database, sql: str, *values: object) -> Iterator[Row]:
        asked[sql] = values
        return stream(self, sql, *values)

    card_only = site(factors="card")
    with a_terminal(tmp_path / "full.db", tmp_path, card_only, NOON_MS) as real:
        monkeypatch.setattr(Database, "stream", listened)
        real.doors["front"].card(1)
        assert real.doors["front"].released
        monkeypatch.undo()
        database = real.store.database
        questions = {sql: values for sql, values in asked.items() if "SELECT" in sql}
        assert len(questions) >= 5
        for sql, values in questions.items():
            plan = database.rows("EXPLAIN QUERY PLAN " + sql, *values)
            assert not [step for *_, step in plan if step.startswith("SCAN")], sql
