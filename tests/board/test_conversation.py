"""A conversation believes what is numbered, in order, from the right side, and after a hello."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.link.conversation import Conversation, Envelope, Side
from board.link.messages import (
    TABLE,
    VERSION,
    AlertAcked,
    FaceReading,
    Heartbeat,
    Hello,
    Message,
    ReadFace,
    Row,
    Status,
)

HELLO = Hello(VERSION, "demo-1", "00112233aabbccdd")
INTEGERS = st.integers(-(2**63), 2**64 - 1)
"""All that MessagePack can carry; Python could hold more."""


def pair() -> tuple[Conversation, Conversation]:
    """An appliance that has heard a co-processor's hello, and that co-processor."""
    appliance, coprocessor = Conversation("appliance"), Conversation("coprocessor")
    assert appliance.decode(coprocessor.encode(HELLO)) == HELLO
    assert coprocessor.decode(appliance.encode(HELLO)) == HELLO
    return appliance, coprocessor


def messages_of(kind: type[Message]) -> st.SearchStrategy[Message]:
    """Any message of a kind; a hello is of our own version."""
    fields = msgspec.structs.fields(kind)
    numbers: dict[str, st.SearchStrategy[object]] = {
        field.name: INTEGERS for field in fields if field.type is int
    }
    numbers |= {
        field.name: st.dictionaries(st.text(), INTEGERS)
        for field in fields
        if field.type == dict[str, int]
    }
    if kind is Hello:
        numbers = {"version": st.just(VERSION)}
    return st.builds(kind, **numbers)


def enveloped(number: int, sequence: int, body: bytes) -> bytes:
    return msgspec.msgpack.encode(Envelope(number, sequence, msgspec.Raw(body)))


@settings(deadline=None, max_examples=30)
@given(st.data())
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.kind.__name__)
def test_every_message_arrives_as_it_was_sent(row: Row, data: st.DataObject) -> None:
    message = data.draw(messages_of(row.kind))
    appliance, coprocessor = pair()
    if row.direction != "to_appliance":
        assert coprocessor.decode(appliance.encode(message)) == message
    if row.direction != "to_coprocessor":
        assert appliance.decode(coprocessor.encode(message)) == message
    assert not appliance.ignored
    assert not coprocessor.ignored


def test_nothing_is_believed_before_a_hello() -> None:
    appliance, coprocessor = Conversation("appliance"), Conversation("coprocessor")
    assert appliance.decode(coprocessor.encode(Heartbeat())) is None
    assert appliance.ignored == {"before_hello": 1}
    assert appliance.decode(coprocessor.encode(HELLO)) == HELLO
    assert appliance.decode(coprocessor.encode(Heartbeat())) == Heartbeat()


def test_a_hello_of_another_version_is_no_hello() -> None:
    appliance, coprocessor = Conversation("appliance"), Conversation("coprocessor")
    other = msgspec.structs.replace(HELLO, version=VERSION + 1)
    assert appliance.decode(coprocessor.encode(other)) is None
    assert appliance.decode(coprocessor.encode(Heartbeat())) is None
    assert appliance.ignored == {"other_version": 1, "before_hello": 1}


def test_neither_side_can_say_what_is_the_others() -> None:
    appliance, coprocessor = pair()
    with pytest.raises(ValueError, match="FaceReading"):
        appliance.encode(FaceReading(1, "front", 1, 1, 1, "", 1, b"", 1, 1))
    with pytest.raises(ValueError, match="ReadFace"):
        coprocessor.encode(ReadFace(1, "front", 1))
    # One that says it all the same: the appliance's own messages, echoed back to it.
    assert appliance.decode(appliance.encode(ReadFace(1, "front", 1))) is None
    assert appliance.ignored == {"wrong_direction": 1}


def test_a_replay_is_ignored_and_a_gap_is_counted() -> None:
    appliance, coprocessor = pair()
    first, second, third = (coprocessor.encode(AlertAcked(number)) for number in (1, 2, 3))
    assert appliance.decode(first) == AlertAcked(1)
    assert appliance.decode(first) is None
    assert appliance.decode(third) == AlertAcked(3)
    assert appliance.decode(second) is None
    assert appliance.ignored == {"replayed": 2, "gap_before": 1}


@pytest.mark.parametrize("sequence", [-1, 0, 1])
def test_a_sequence_that_does_not_rise_is_a_replay(sequence: int) -> None:
    appliance, _ = pair()
    body = msgspec.msgpack.encode(AlertAcked(1))
    assert appliance.decode(enveloped(9, sequence, body)) is None
    assert appliance.ignored == {"replayed": 1}


@pytest.mark.parametrize("number", [-1, 0, 14, 2**63])
def test_an_unknown_number_is_ignored_and_counted(number: int) -> None:
    appliance, coprocessor = pair()
    assert appliance.decode(enveloped(number, 2, b"\xc0")) is None
    assert appliance.ignored == {"unknown_number": 1}
    coprocessor.encode(Heartbeat())
    assert appliance.decode(coprocessor.encode(Heartbeat())) == Heartbeat()


@pytest.mark.parametrize(
    ("number", "body"),
    [
        (9, b"\xc0"),
        (9, b"\x80"),
        (9, b"\x81\xa8sequence\xa11"),
        (9, b"\x81\xa8sequence\xcb\x3f\xf0\x00\x00\x00\x00\x00\x01"),
        (1, b"\x83\xa7version\x01\xa6serial\xa2\xff\xfe\xa6bundle\xa1b"),
        (10, msgspec.msgpack.encode({"broker_connected": 1})),
        (5, msgspec.msgpack.encode({"attempt": 1, "refusal": "ugly"})),
    ],
)
def test_a_malformed_body_is_ignored_and_counted(number: int, body: bytes) -> None:
    appliance, _ = pair()
    assert appliance.decode(enveloped(number, 2, body)) is None
    assert appliance.ignored == {"malformed": 1}


@given(st.binary(max_size=200), st.sampled_from(["appliance", "coprocessor"]))
def test_garbage_never_raises(raw: bytes, side: Side) -> None:
    assert Conversation(side).decode(raw) is None


@given(st.integers(0, 12), st.binary(max_size=120))
def test_garbage_in_an_envelope_never_raises(number: int, body: bytes) -> None:
    appliance, _ = pair()
    found = appliance.decode(enveloped(number, 2, body or b"\xc0"))
    assert found is None or isinstance(found, Hello | Heartbeat | AlertAcked)


@given(st.data())
def test_damage_never_raises(data: st.DataObject) -> None:
    """One true message with a few bytes changed: another message at most."""
    appliance, coprocessor = pair()
    message = Status(True, True, "litert", 3, 9_000, 12_000)
    raw = bytearray(coprocessor.encode(message))
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    found = appliance.decode(bytes(raw))
    assert found is not None or sum(appliance.ignored.values()) >= 1


def test_deep_nesting_is_only_malformed() -> None:
    appliance, _ = pair()
    deep = b"\x91" * 100_000 + b"\xc0"
    assert appliance.decode(deep) is None
    assert appliance.decode(enveloped(9, 2, deep)) is None
    assert sum(appliance.ignored.values()) == 2
