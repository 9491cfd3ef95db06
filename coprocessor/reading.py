"""One frame after another to one FaceReading each: all measuring rooms in a row."""

from dataclasses import asdict
from time import perf_counter_ns
from typing import Final

import cv2

from board.link.messages import EnrolReading, FaceReading, Refusal
from coprocessor.align import Floats
from coprocessor.attack import FirstConstants, Judge, Scores
from coprocessor.colour import colour
from coprocessor.cues import OPENNESS, Cues
from coprocessor.detect import Detector
from coprocessor.eyes import Eyes
from coprocessor.follow import Follower, Key
from coprocessor.frame import Frame, Picture
from coprocessor.gate import Gate
from coprocessor.injection import InjectionWatch
from coprocessor.landmarks import Landmarker
from coprocessor.models.model import Bundle
from coprocessor.motion import MotionWatch
from coprocessor.quality import crowd_refusal, judged
from coprocessor.reference import Reference
from coprocessor.spoof import Spoof
from coprocessor.template import Embedder
from coprocessor.track import Standing, Track, Tracker

PROBE_MS: Final = 150
"""A probe younger than this, of the same person, is not made anew while the spoof net works: at
full rate every second frame makes one, and takes as long as the frames between."""
ASIDE_MS: Final = 150
"""From one look at eyes and colours to the next: a blink lasts longer, and they say little."""
NOBODY: Final = Standing(track=0, frames=0, span_ms=0, scores=Scores(500, 500, 500))
NOTHING: Final[tuple[Refusal, Standing, bytes]] = ("no_face", NOBODY, b"")


class Pipeline:
    """The measuring rooms of one camera: frames in the order of capture, from one thread.

    judge: may be another from the next frame on. box: the last frame's face, x0 y0 x1 y1 in pixels;
    None without one.
    """

    def __init__(self, models: Bundle, judge: Judge | None = None, period_ms: float = 0.0) -> None:
        """Opens all models. Raises BundleError, ModelError.

        judge: None for FirstConstants. period_ms: the camera's own, 0 where it states none.
        """
        # One core measures; the other is for everybody else, and p99 likes it so.
        cv2.setNumThreads(1)
        self.judge: Judge = judge or FirstConstants()
        self.box: Floats | None = None
        self._track: Track | None = None
        self._limits = models.manifest.thresholds
        self._detector = Detector(models)
        self._landmarker = Landmarker(models)
        self._embedder = Embedder(models)
        self._spoof = Spoof(models)
        self._eyes = Eyes(models)
        self._reference = Reference(
            self._detector, self._landmarker, self._embedder, self._spoof, self._limits
        )
        self._tracker = Tracker()
        self._injection = InjectionWatch(period_ms)
        self._follower = Follower(self._landmarker)
        self._gate = Gate()
        self._turn = 0
        self._probed_ms = -PROBE_MS
        self._aside_ms = -ASIDE_MS
        self._compared: tuple[int, ...] = ()

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        """What this frame adds to what is known of the person at the door.

        attempt, portal: copied through. now_ms: the clock of `frame.captured_ms`, now.
        """
        began = perf_counter_ns()
        self._injection.note(frame, now_ms)
        seen = self._seen(frame, watched=attempt > 0)
        self.box, self._track = (seen.face.box if seen else None), None
        refusal, standing, probe = self._measured(frame, seen) if seen else NOTHING
        took_us = (perf_counter_ns() - began) // 1_000
        return FaceReading(
            attempt=attempt,
            portal=portal,
            track=standing.track,
            frames=standing.frames,
            span_ms=standing.span_ms,
            refusal=refusal,
            attack_permille=standing.attack_permille,
            probe=probe,
            age_ms=max(0, now_ms - frame.captured_ms) + took_us // 1_000,
            took_us=took_us,
            print_permille=standing.scores.print_permille,
            screen_permille=standing.scores.screen_permille,
            other_permille=standing.scores.other_permille,
            sign=standing.scores.sign,
            yaw_deg=round(seen.mesh.angles_deg()[0]) if seen else 0,
            eyes_px=round(seen.mesh.eye_distance_px()) if seen else 0,
        )

    def cues(self) -> tuple[int, Cues] | None:
        """The number of the last frame's track and what it shows; None when nobody was there."""
        return (self._track.number, self._track.cues()) if self._track else None

    def enrol(self, picture: bytes, request: int) -> EnrolReading:
        """See Reference.reading; touches no track."""
        return self._reference.reading(picture, request)

    def _seen(self, frame: Frame, watched: bool) -> Key | None:
        followed = self._follower.next(frame.rgb, frame.captured_ms)
        return followed or self._detected(frame, watched)

    def _measured(self, frame: Frame, seen: Key) -> tuple[Refusal, Standing, bytes]:
        refusal, crop, seen_look = judged(frame.rgb, seen.mesh, seen.crowd, self._limits)
        if seen.mesh.flag < 0 and not self._tracker.knows(seen.face, frame.captured_ms):
            # A box in which the mesh sees no face must not end the track of the person beside it.
            return refusal, NOBODY, b""
        track = self._tracker.follow(seen.face, frame.captured_ms)
        self._turn += 1
        if refusal:
            # Whoever comes out of a blur must be recognised before the track is theirs again.
            self._probed_ms = -PROBE_MS
            if refusal == "turned_away" and self._turn % 2 == 0:
                probe = self._embedder.template(crop)
                track = self._tracker.turned(seen.face, seen.at_ms, probe)
        else:
            track = self._recognised(track, seen, crop)
        if self._turn % 2:
            box, frames = seen.face.box, track.frames
            track.add_log_odds(self._spoof.log_odds(frame.rgb, box, frames))
        else:
            self._compare(track, frame, seen)
            track.measured(asdict(seen_look) | {"eyes_px": seen.mesh.eye_distance_px()})
        if not refusal and self._turn % 2 == 0:
            self._aside(track, frame, seen, crop)
        self._track = track
        standing = track.standing(self._injection.sign(), self.judge)
        return refusal, standing, b"" if refusal else track.blended

    def _detected(self, frame: Frame, watched: bool) -> Key | None:
        """The face to read, asked of the detector; None of an empty scene."""
        rgb, at_ms = frame.rgb, frame.captured_ms
        if not watched and self._gate.shut(rgb, at_ms):
            return None
        faces = self._detector.faces(rgb)
        self._gate.looked(rgb, at_ms, found=bool(faces))
        if not faces:
            self._follower.start(None)
            return None
        face = self._tracker.choose(faces)
        key = Key(face, self._landmarker.mesh(rgb, face), crowd_refusal(faces), at_ms)
        self._follower.start(key)
        return key

    def _compare(self, track: Track, frame: Frame, seen: Key) -> None:
        """Motion, within frames of one size: a camera that changes it shows nothing by that."""
        if frame.rgb.shape != self._compared:
            self._compared, track.motion = frame.rgb.shape, MotionWatch()
        track.motion.compare(frame, seen.mesh, seen.face.box)

    def _aside(self, track: Track, frame: Frame, seen: Key, crop: Picture) -> None:
        """What only the fit of a site may use."""
        if 0 <= seen.at_ms - self._aside_ms < ASIDE_MS:
            return
        self._aside_ms = seen.at_ms
        openness = self._eyes.openness(frame.rgb, seen.mesh)
        track.measured({OPENNESS: openness, **colour(crop)})
        if self._injection.grid is not None:
            track.measured({"grid": self._injection.grid})

    def _recognised(self, track: Track, seen: Key, crop: Picture) -> Track:
        """The track, its probe fresh: made of this frame, or a moment old in the net's turn."""
        fresh = track.probe and seen.at_ms - self._probed_ms < PROBE_MS
        if fresh and self._turn % 2:
            return track
        self._probed_ms = seen.at_ms
        return self._tracker.recognise(seen.face, seen.at_ms, self._embedder.template(crop))
