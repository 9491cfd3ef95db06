"""Roster files as people and spreadsheets make them, and as nobody should."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from board.link.admin import ROSTER_COLUMNS, RosterRow
from provisioning.rosters.file import LONGEST_CELL, RosterFileError, parse, text

HEAD = "key,name\n"


def cells(raw: str | bytes, form: str = "csv") -> list[dict[str, str]]:
    parsed = parse(raw.encode() if isinstance(raw, str) else raw, form)
    assert parsed.faults == ()
    return [row.cells for row in parsed.rows]


@pytest.mark.parametrize(
    "raw",
    [
        "key,name\n1,Änne Größe\n",
        "\ufeffkey,name\r\n1,Änne Größe\r\n",
        "Key ; NAME\n1;Änne Größe\n",
        "key\tname\n1\tÄnne Größe",
        '"key","name"\n"1","Änne Größe"\n\n ,\n',
    ],
)
def test_the_same_roster_in_many_hands(raw: str) -> None:
    assert cells(raw) == [{"key": "1", "name": "Änne Größe"}]


def test_quotes_hold_delimiters_and_lines() -> None:
    assert cells('key,name\n1,"A, ""B""\nC"\n') == [{"key": "1", "name": 'A, "B"\nC'}]


def test_json_has_lists_and_flags() -> None:
    raw = '[{"key": 7, "name": "A", "cards": ["H10301:1:2", "H10301:1:3"], "visitor": true}]'
    wanted = {"key": "7", "name": "A", "cards": "H10301:1:2 H10301:1:3", "visitor": "yes"}
    assert cells(raw, "json") == [wanted]
    assert cells('[{"key": "7", "valid_until": null}]', "json") == [{"key": "7", "valid_until": ""}]


@pytest.mark.parametrize(
    ("raw", "form", "sentence"),
    [
        (b"key,name\n1,\xfc\n", "csv", "save the file as UTF-8"),
        ("key,name\n".encode("utf-16"), "csv", "save the file as UTF-8"),
        (b"", "csv", "no column key"),
        (b"name\nA\n", "csv", "no column key"),
        (b"key,pin\n1,2580\n", "csv", "'pin' is no column; there are key, name"),
        (b"key,key\n1,1\n", "csv", "named twice"),
        (b'key,name\n1,"A\n', "csv", "line 2: unexpected end of data; look for a quote"),
        (b"key,name\n1," + b"x" * (1 << 20), "csv", "a cell far too long"),
        (b"{}", "json", "write a list of objects"),
        (b"[" * 100_000, "json", "write a list of objects"),
        (b"[1]", "json", "write a list of objects"),
    ],
)
def test_what_is_no_roster_is_refused_with_the_remedy(raw: bytes, form: str, sentence: str) -> None:
    with pytest.raises(RosterFileError, match=sentence):
        parse(raw, form)


def test_every_bad_row_is_named_and_the_others_are_there() -> None:
    long = "x" * (LONGEST_CELL + 1)
    parsed = parse(f"{HEAD}1,A\n2\n3,B,C\n4,{long}\n5,E\n".encode(), "csv")
    assert [row.cells["key"] for row in parsed.rows] == ["1", "5"]
    assert [(fault.line, fault.column) for fault in parsed.faults] == [
        (3, "name"),
        (4, "name"),
        (5, "name"),
    ]
    parsed = parse(b'[{"key": "1"}, {"key": 1.5}, {"key": "3", "cards": [1]}]', "json")
    assert [(fault.line, fault.column) for fault in parsed.faults] == [(2, "key"), (3, "cards")]


def test_a_formula_is_written_so_that_no_spreadsheet_computes_it() -> None:
    plain = dict.fromkeys(ROSTER_COLUMNS, "") | {"key": "-1", "name": "=cmd|'/c calc'!A1"}
    made = text([RosterRow(1, plain)], "csv")
    assert "'=cmd" in made
    assert ",=" not in made
    assert made.splitlines()[1].startswith("'-1,")


WRITTEN = st.fixed_dictionaries(
    {name: st.text(max_size=12).filter(str.isprintable) for name in ROSTER_COLUMNS}
    | {"key": st.text("=+-@'a1\"", min_size=1, max_size=6)}
    | {name: st.sampled_from(("", "a", "a b")) for name in ("cards", "groups")}
    | {name: st.sampled_from(("yes", "no")) for name in ("extended", "visitor")}
)


@given(st.lists(WRITTEN, max_size=4), st.sampled_from(("csv", "json")))
def test_what_is_written_reads_as_it_was(rows: list[dict[str, str]], form: str) -> None:
    made = text([RosterRow(0, row) for row in rows], form)
    assert cells(made, form) == rows


@given(st.binary(max_size=300), st.sampled_from(("csv", "json")))
@example(b"key,name\n1,\x00\n", "csv")
@example(b"key\n\x00", "csv")
@example(b'[{"key": "\\ud800"}]', "json")
@example(b'[{"\\udcff": 1}]', "json")
def test_any_bytes_are_a_roster_or_refused(raw: bytes, form: str) -> None:
    for body in (raw, HEAD.encode() + raw):
        try:
            parsed = parse(body, form)
        except RosterFileError:
            continue
        assert all(fault.reason for fault in parsed.faults)
