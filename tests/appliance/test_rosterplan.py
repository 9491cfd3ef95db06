"""Rows beside what the vault holds: what would change, and everything that stands against it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import rosterline, rosterplan
from appliance.rosterline import Fault, Said
from appliance.rosterplan import Known
from appliance.vault.roster import Changes, Kept, Line
from appliance.wallclock import zone_of
from board.link.admin import ROSTER_COLUMNS, RosterRow
from board.wiegand import Card

ZONE = zone_of("Europe/Berlin")
FIRST, SECOND = Card("H10301", 7, 1), Card("H10301", 7, 2)
ADA = Kept("ada", Line("a", "Ada", (FIRST,), ("staff",)), ("lost",))
BEN = Kept("ben", Line("b", "Ben", (SECOND,)), ("active",))
KNOWN = Known({"a": ADA, "b": BEN}, [("cat", Card("H10302", 0, 5))], frozenset({"staff"}))


def said(line: int = 2, /, **cells: str) -> Said:
    read = rosterline.read(RosterRow(line, cells), ZONE)
    assert isinstance(read, Said), read
    return read


def planned(*rows: Said, remove_missing: bool = False) -> Changes:
    made = rosterplan.plan(KNOWN, list(rows), remove_missing=remove_missing)
    assert isinstance(made, Changes), made
    return made


def faults(*rows: Said) -> list[tuple[int, str]]:
    made = rosterplan.plan(KNOWN, list(rows), remove_missing=False)
    assert isinstance(made, list), made
    return [(fault.line, fault.column) for fault in made]


def test_what_is_there_already_changes_nothing() -> None:
    row = rosterline.cells(ADA.line, ZONE)
    assert set(row) == set(ROSTER_COLUMNS)
    assert planned(said(**row)) == Changes()
    assert planned(said(key="a")) == Changes()
    assert planned() == Changes()


def test_a_column_that_is_not_there_says_nothing() -> None:
    changes = planned(said(key="a", name="Ada L."))
    (one,) = changes.changed
    assert one == ("ada", ADA.line, ADA.line._replace(name="Ada L."))
    assert changes.given == ()


def test_an_empty_cell_takes_away() -> None:
    ((_, _, after),) = planned(said(key="a", cards="", groups="", status="")).changed
    assert (after.cards, after.groups) == ((), ())


def test_who_is_new_has_a_new_id_and_the_cards() -> None:
    changes = planned(said(key="z", name="Zoe", cards="H10301:7:3"))
    ((holder, line),) = changes.added
    assert line == Line("z", "Zoe", (Card("H10301", 7, 3),))
    assert changes.given == ((holder, Card("H10301", 7, 3), "active"),)
    assert len(holder) == 16


def test_two_holders_change_cards_and_a_lost_one_stays_lost() -> None:
    changes = planned(said(2, key="a", cards="H10301:7:2"), said(3, key="b", cards="H10301:7:1"))
    assert changes.given == (("ada", SECOND, "active"), ("ben", FIRST, "lost"))


def test_only_who_is_asked_for_is_removed() -> None:
    assert planned(said(key="a")).removed == ()
    assert planned(said(key="a"), remove_missing=True).removed == ("ben",)
    freed = planned(said(key="a", cards="H10301:7:2"), remove_missing=True)
    assert freed.given == (("ada", SECOND, "active"),)


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([said(2, key="z")], [(2, "name")]),
        ([said(2, key="a"), said(3, key="a")], [(3, "key")]),
        ([said(2, key="a", groups="none staff")], [(2, "groups")]),
        ([said(2, key="a", visitor="yes")], [(2, "valid_until")]),
        (
            [said(2, key="a", valid_from="2026-02-01", valid_until="2026-01-31")],
            [(2, "valid_until")],
        ),
        ([said(2, key="a", cards="H10301:7:2")], [(2, "cards")]),
        ([said(2, key="a", cards="H10302:0:5")], [(2, "cards")]),
        ([said(2, key="a", cards="H10304:0:5")], [(2, "cards")]),
        (
            [said(2, key="z", name="Z", cards="H10301:9:9"), said(3, key="a", cards="H10301:9:9")],
            [(3, "cards")],
        ),
        ([said(9, key="z"), said(2, key="y")], [(2, "name"), (9, "name")]),
    ],
)
def test_what_cannot_be_is_named_by_line_and_column(
    rows: list[Said], wanted: list[tuple[int, str]]
) -> None:
    assert faults(*rows) == wanted


def test_a_single_day_is_a_day() -> None:
    assert planned(said(key="a", valid_from="2026-02-01", valid_until="2026-02-01")).changed


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "A\x00"),
        ("key", "x" * 65),
        ("cards", "1816"),
        ("cards", "H10301:17:70000"),
        ("cards", "H10301:17:-1"),
        ("cards", "X:1:1"),
        ("cards", "H10301:1:" + "9" * 5_000),
        ("cards", " ".join(f"H10301:1:{number}" for number in range(21))),
        ("groups", "Staff!"),
        ("groups", " ".join(f"g{number}" for number in range(51))),
        ("valid_from", "1.2.2026"),
        ("valid_until", "2026-13-01"),
        ("extended", "maybe"),
        ("visitor", "2"),
        ("escort", "yes"),
        ("status", "lost"),
        ("pin", "2580"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named_with_the_remedy(column: str, cell: str) -> None:
    read = rosterline.read(RosterRow(7, {"key": "a", column: cell}), ZONE)
    assert isinstance(read, list)
    assert [(fault.line, fault.column) for fault in read] == [(7, column)]
    assert (
        "write" in read[0].reason
        or "give" in read[0].reason
        or "there are" in read[0].reason
        or "at most" in read[0].reason
    )


def test_every_fault_of_a_row_is_told() -> None:
    read = rosterline.read(RosterRow(7, {"name": "", "escort": "x"}), ZONE)
    assert isinstance(read, list)
    assert [fault.column for fault in read] == ["name", "escort", "key"]


def test_flags_are_read_in_any_case() -> None:
    assert [said(key="a", extended=cell).values["extended"] for cell in ("YES", "true", "1")] == [
        True
    ] * 3
    assert not any(
        said(key="a", extended=cell).values["extended"] for cell in ("No", "false", "0", "")
    )


@given(st.dictionaries(st.sampled_from((*ROSTER_COLUMNS, "x")), st.text(max_size=30)))
def test_any_cells_are_read_or_named(row: dict[str, str]) -> None:
    read = rosterline.read(RosterRow(1, row), ZONE)
    if isinstance(read, list):
        assert all(isinstance(fault, Fault) for fault in read)
    else:
        rosterplan.plan(KNOWN, [read], remove_missing=True)
        assert msgspec.json.encode(read.values["key"])
