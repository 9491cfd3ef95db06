"""The contract is one table: every message once, every number once, every answer in it."""

from typing import get_args

from board.link import messages
from board.link.messages import BY_NUMBER, BY_TYPE, TABLE, Hello


def test_numbers_are_unique_and_stay_as_they_are() -> None:
    assert len(BY_NUMBER) == len(TABLE)
    assert {row.number: row.kind.__name__ for row in TABLE} == {
        1: "Hello",
        2: "Heartbeat",
        3: "ReadFace",
        4: "StopReading",
        5: "FaceReading",
        6: "EnrolPicture",
        7: "EnrolReading",
        8: "AlertOut",
        9: "AlertAcked",
        10: "Status",
        11: "Passed",
        12: "Commission",
        13: "Commissioned",
    }


def test_every_message_is_in_the_table_exactly_once() -> None:
    kinds = [row.kind for row in TABLE]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) == set(get_args(messages.Message))
    assert len(BY_TYPE) == len(kinds)


def test_an_answer_comes_from_the_other_side_and_has_a_deadline() -> None:
    opposite = {
        "both": {"both"},
        "to_coprocessor": {"to_appliance", "both"},
        "to_appliance": {"to_coprocessor", "both"},
    }
    for row in TABLE:
        if row.answer:
            assert BY_TYPE[row.answer].direction in opposite[row.direction], row.kind
        else:
            assert row.deadline_ms == 0, row.kind


def test_nothing_but_measures_comes_from_the_co_processor() -> None:
    """No message of that side can ask for anything, least of all for a release."""
    theirs = {row.kind.__name__ for row in TABLE if row.direction != "to_coprocessor"}
    assert theirs == {
        "Hello",
        "Heartbeat",
        "FaceReading",
        "EnrolReading",
        "AlertAcked",
        "Status",
        "Commissioned",
    }


def test_heartbeats_come_more_often_than_silence_is_noticed() -> None:
    assert BY_TYPE[messages.Heartbeat].deadline_ms > 3 * messages.HEARTBEAT_EVERY_MS
    assert BY_TYPE[Hello].answer is Hello
