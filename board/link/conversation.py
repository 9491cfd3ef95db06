"""Typed messages out of frames: numbered, in order, hello first; all else is counted."""

from collections import Counter
from typing import Final, Literal

import msgspec

from board.link import messages
from board.link.messages import BY_NUMBER, BY_TYPE, Hello, Message

Side = Literal["appliance", "coprocessor"]
MAY_SEND: Final[dict[Side, frozenset[str]]] = {
    "appliance": frozenset({"both", "to_coprocessor"}),
    "coprocessor": frozenset({"both", "to_appliance"}),
}

GARBAGE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""All that msgspec raises over bytes it cannot make sense of."""


class Envelope(msgspec.Struct, array_like=True, frozen=True):
    """What is inside a frame: the message's number in the table, its sequence number, its body."""

    number: int
    sequence: int
    body: msgspec.Raw


class Conversation:
    """One side's view of one connection; no I/O.

    Garbage never raises: it is counted in `ignored` under a word that says what was wrong.
    """

    def __init__(self, side: Side) -> None:
        self._mine = MAY_SEND[side]
        self._theirs = MAY_SEND["coprocessor" if side == "appliance" else "appliance"]
        self._sent = 0
        self._received = 0
        self._encoder = msgspec.msgpack.Encoder()
        self._envelopes = msgspec.msgpack.Decoder(Envelope)
        self._bodies = {row.number: msgspec.msgpack.Decoder(row.kind) for row in messages.TABLE}
        self.peer: Hello | None = None
        self.ignored: Counter[str] = Counter()

    def encode(self, message: Message) -> bytes:
        """Return the frame body of a message this side may send."""
        row = BY_TYPE[type(message)]
        if row.direction not in self._mine:
            raise ValueError(f"{row.kind.__name__} does not travel {row.direction} from this side")
        self._sent += 1
        body = msgspec.Raw(self._encoder.encode(message))
        return self._encoder.encode(Envelope(row.number, self._sent, body))

    def decode(self, frame: bytes) -> Message | None:
        """Return the message in a frame, or None when it is to be ignored (and is counted)."""
        try:
            envelope = self._envelopes.decode(frame)
        except GARBAGE:
            return self._ignore("not_an_envelope")
        if envelope.sequence <= self._received:
            return self._ignore("replayed")
        if envelope.sequence > self._received + 1:
            self.ignored["gap_before"] += 1
        self._received = envelope.sequence
        row = BY_NUMBER.get(envelope.number)
        if row is None:
            return self._ignore("unknown_number")
        if row.direction not in self._theirs:
            return self._ignore("wrong_direction")
        try:
            message: Message = self._bodies[row.number].decode(envelope.body)
        except GARBAGE:
            return self._ignore("malformed")
        return self._admit(message)

    def _admit(self, message: Message) -> Message | None:
        """Nothing is believed before a hello of our own version."""
        if isinstance(message, Hello):
            if message.version != messages.VERSION:
                return self._ignore("other_version")
            self.peer = message
        elif self.peer is None:
            return self._ignore("before_hello")
        return message

    def _ignore(self, why: str) -> Message | None:
        self.ignored[why] += 1
        return None
