"""Frames to one person followed over time, and what that person's frames add up to."""

from dataclasses import dataclass
from typing import Final

from board.link.messages import Sign
from coprocessor.attack import FirstConstants, Judge, Scores, liveness
from coprocessor.cues import Cues, CueWindow, Measured, by_crop
from coprocessor.detect import Face, overlap
from coprocessor.motion import MotionWatch
from coprocessor.spoof import LogOdds
from coprocessor.suspicion import SAME_PERSON_E4, Suspicion
from coprocessor.template import Blend, similarity_e4

LOST_MS: Final = 700
"""Unseen for longer: whoever comes next is somebody new."""
FOLLOWED_OVERLAP: Final = 0.2
"""Less overlap from one frame to the next is a jump no head makes."""
ALIVE: Final = 1.0
"""What the spoof net must be worth (attack.liveness) to clear a suspicion."""
UNFITTED: Final = FirstConstants()
TURNED_PERSON_E4: Final = 1_500
"""What a head turned away still agrees with its own face from the front: 0.73 and more at 30 to 36
degrees (v03); two people's agree to about nought."""
KEPT_SHARE: Final = 0.5
"""The person followed stays the one read while at least this large beside the most prominent."""


@dataclass(frozen=True)
class Standing:
    """What a track holds at one moment, in the words of FaceReading."""

    track: int
    frames: int
    span_ms: int
    scores: Scores

    @property
    def attack_permille(self) -> int:
        """The largest of the scores."""
        return self.scores.attack_permille


class Track:
    """One person: where last seen, as whom, and what the last WINDOW_MS showed.

    probe: of the latest frame that was good enough; blended: of all such frames, which is nearer to
    the person than any one of them and is what the appliance compares.
    """

    def __init__(
        self, number: int, face: Face, at_ms: int, suspicion: Suspicion | None = None
    ) -> None:
        """suspicion: what is owed to tracks before this one; None: nothing."""
        self.number = number
        self.box = face.box
        self.seen_ms = at_ms
        self.probe = b""
        self.blended = b""
        self._blend = Blend()
        self.motion = MotionWatch()
        self._window = CueWindow()
        self._suspicion = suspicion or Suspicion()

    def add(self, face: Face, at_ms: int) -> None:
        """This person stood here at this moment."""
        self.box, self.seen_ms = face.box, at_ms
        self._suspicion.present(at_ms)
        self._window.frame(at_ms)

    def recognise(self, probe: bytes) -> None:
        """This person looked like that on the latest frame."""
        self.probe = probe
        self.blended = self._blend.add(probe)
        self._suspicion.recognise(probe)

    def add_log_odds(self, log_odds: LogOdds) -> None:
        """The spoof net's word on the latest frame."""
        self.measured(by_crop(log_odds))

    def measured(self, measured: Measured) -> None:
        """Cues of the latest frame."""
        self._window.add(measured)

    def cues(self) -> Cues:
        """What the window holds now."""
        return self._window.cues(self.motion.motion())

    def continues(self, face: Face, at_ms: int) -> bool:
        """Can this face be the same person's, a moment later?"""
        near = overlap(self.box, face.box[None])[0] >= FOLLOWED_OVERLAP
        return bool(near) and at_ms - self.seen_ms <= LOST_MS

    @property
    def frames(self) -> int:
        """How many the window holds."""
        return self._window.frames

    def standing(self, fed: Sign = "", judge: Judge = UNFITTED) -> Standing:
        """What the window adds up to; `fed`: the sign that the frames are not a sensor's."""
        cues = self.cues()
        scores = self._suspicion.weigh(
            judge.scores(cues, fed),
            cues.span_ms,
            self.probe,
            alive=liveness(cues.log_odds()) >= ALIVE,
        )
        return Standing(self.number, cues.frames, cues.span_ms, scores)


class Tracker:
    """The one person followed at a time."""

    def __init__(self) -> None:
        self._number = 0
        self._track: Track | None = None
        self._suspicion = Suspicion()

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
        track.recognise(probe)
        self._track = track
        return track

    def turned(self, face: Face, at_ms: int, probe: bytes) -> Track:
        """The same of a head turned away, too far to be matched by this probe.

        Whoever turns must be whoever stood there, and a picture that takes the place of a turned
        head begins a track of its own: so a track without a face as yet is this one's.
        """
        track = self.follow(face, at_ms) if self._track is None else self._track
        if track.probe and similarity_e4(track.probe, probe) < TURNED_PERSON_E4:
            track = self._fresh(face, at_ms)
            track.add(face, at_ms)
        track.probe = track.probe or probe
        self._track = track
        return track

    def _fresh(self, face: Face, at_ms: int) -> Track:
        self._number += 1
        return Track(self._number, face, at_ms, self._suspicion)
