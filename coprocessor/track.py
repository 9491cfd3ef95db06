"""Frames to one person followed over time, and what that person's frames add up to."""

from collections import deque
from dataclasses import dataclass
from typing import Final

from coprocessor.attack import Evidence, attack_permille
from coprocessor.detect import Face, overlap
from coprocessor.motion import WINDOW_MS, MotionWatch
from coprocessor.template import similarity_e4

LOST_MS: Final = 700
"""Unseen for longer: whoever comes next is somebody new."""
FOLLOWED_OVERLAP: Final = 0.2
"""Less overlap from one frame to the next is a jump no head makes."""
KEPT_SHARE: Final = 0.5
"""The person followed stays the one read while at least this large beside the most prominent."""
SAME_PERSON_E4: Final = 4_000
"""Two frames of one track agree better than this, or the person was swapped. Among strangers one
pair in thousands agrees that well, and a false alarm only starts the count again."""


HELD_MS: Final = 5_000
HELD_PERMILLE: Final = 800
"""Once seen as an attack, an attack for this long: a sheet need not be waved all the time, and a
replayed person looks alive as soon as the hand that holds the telephone rests."""
RIPE_MS: Final = 1_200
"""What is held must rest on this much, or a first bad frame would shut out a person."""


@dataclass(frozen=True)
class Standing:
    """What a track holds at one moment, in the words of FaceReading."""

    track: int
    frames: int
    span_ms: int
    attack_permille: int


class Track:
    """One person: where last seen, as whom, and what the last WINDOW_MS showed."""

    def __init__(self, number: int, face: Face, at_ms: int) -> None:
        self.number = number
        self.box = face.box
        self.seen_ms = at_ms
        self.probe = b""
        self.motion = MotionWatch()
        self._times: deque[int] = deque()
        self._log_odds: deque[tuple[int, float]] = deque()
        self._held: tuple[int, int] = (0, 0)

    def add(self, face: Face, at_ms: int) -> None:
        """This person stood here at this moment."""
        self.box, self.seen_ms = face.box, at_ms
        self._times.append(at_ms)
        while self._times[0] < at_ms - WINDOW_MS:
            self._times.popleft()
        while self._log_odds and self._log_odds[0][0] < at_ms - WINDOW_MS:
            self._log_odds.popleft()

    def add_log_odds(self, log_odds: float) -> None:
        """The spoof net's word on the latest frame."""
        self._log_odds.append((self.seen_ms, log_odds))

    def continues(self, face: Face, at_ms: int) -> bool:
        """Can this face be the same person's, a moment later?"""
        near = overlap(self.box, face.box[None])[0] >= FOLLOWED_OVERLAP
        return bool(near) and at_ms - self.seen_ms <= LOST_MS

    def standing(self, fed: bool) -> Standing:
        """What the window adds up to; `fed`: the frames are not a sensor's."""
        span_ms = self._times[-1] - self._times[0] if self._times else 0
        values = [value for _, value in self._log_odds]
        evidence = Evidence(
            log_odds=sum(values) / len(values) if values else None,
            motion=self.motion.motion(),
            fed=fed,
            span_ms=span_ms,
        )
        return Standing(
            self.number,
            len(self._times),
            span_ms,
            self._holding(attack_permille(evidence), span_ms),
        )

    def _holding(self, permille: int, span_ms: int) -> int:
        """The number now, or the worst one still held."""
        if span_ms >= RIPE_MS and permille >= max(HELD_PERMILLE, self._worst()):
            self._held = (self.seen_ms, permille)
        return max(permille, self._worst())

    def _worst(self) -> int:
        held_ms, permille = self._held
        return permille if self.seen_ms - held_ms <= HELD_MS else 0


class Tracker:
    """The one person followed at a time."""

    def __init__(self) -> None:
        self._number = 0
        self._track: Track | None = None

    def choose(self, faces: list[Face]) -> Face:
        """Whom to read, of faces in order of prominence: the one followed, if still near the first.

        Raises IndexError on an empty list.
        """
        first, track = faces[0], self._track
        if track is None:
            return first
        for face in faces:
            large = face.size_px >= KEPT_SHARE * first.size_px
            if large and track.continues(face, track.seen_ms):
                return face
        return first

    def knows(self, face: Face, at_ms: int) -> bool:
        """Is this where the person followed should be?"""
        return self._track is not None and self._track.continues(face, at_ms)

    def follow(self, face: Face, at_ms: int) -> Track:
        """The track this face belongs to: the current one, or a new one."""
        track = self._track
        if track is None or not track.continues(face, at_ms):
            track = self._fresh(face, at_ms)
        track.add(face, at_ms)
        self._track = track
        return track

    def recognise(self, face: Face, at_ms: int, probe: bytes) -> Track:
        """The same, once it is known who it is: another person in the same place is a new track."""
        track = self.follow(face, at_ms) if self._track is None else self._track
        if track.probe and similarity_e4(track.probe, probe) < SAME_PERSON_E4:
            track = self._fresh(face, at_ms)
            track.add(face, at_ms)
        track.probe = probe
        self._track = track
        return track

    def _fresh(self, face: Face, at_ms: int) -> Track:
        self._number += 1
        return Track(self._number, face, at_ms)
