"""One frame to one FaceReading, one picture to one EnrolReading: all measuring rooms in a row."""

from dataclasses import asdict
from time import perf_counter_ns
from typing import Final

import cv2

from board.link.messages import EnrolReading, FaceReading, Refusal
from coprocessor.align import Floats, upright
from coprocessor.attack import FirstConstants, Judge, Scores
from coprocessor.colour import colour
from coprocessor.cues import Cues
from coprocessor.detect import Detector
from coprocessor.follow import Follower, Key
from coprocessor.frame import Frame, Picture
from coprocessor.gate import Gate
from coprocessor.landmarks import Landmarker, Mesh
from coprocessor.models.model import Bundle
from coprocessor.motion import MotionWatch
from coprocessor.picture import PictureError, open_picture
from coprocessor.quality import (
    Look,
    crowd_refusal,
    look,
    look_refusal,
    reference_refusal,
    shape_refusal,
    size_refusal,
)
from coprocessor.spoof import Spoof
from coprocessor.stale import StaleWatch
from coprocessor.template import Embedder
from coprocessor.track import Standing, Track, Tracker

PROBE_MS: Final = 150
"""A probe younger than this, of the same person, is not made anew while the spoof net works: at
full rate every second frame makes one, and takes as long as the frames between."""
COLOUR_EVERY: Final = 6
"""Frames from one count of colours to the next: they change slowly."""
NOBODY: Final = Standing(track=0, frames=0, span_ms=0, scores=Scores(500, 500, 500))
NOTHING: Final[tuple[Refusal, Standing, bytes]] = ("no_face", NOBODY, b"")


class Pipeline:
    """The measuring rooms of one camera: frames in the order of capture, from one thread.

    judge: may be another from the next frame on. box: the last frame's face, x0 y0 x1 y1 in pixels;
    None without one.
    """

    def __init__(self, models: Bundle, judge: Judge | None = None) -> None:
        """Opens all models. judge: None for FirstConstants. Raises BundleError, ModelError."""
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
        self._tracker = Tracker()
        self._stale = StaleWatch()
        self._follower = Follower(self._landmarker)
        self._gate = Gate()
        self._turn = 0
        self._probed_ms = -PROBE_MS
        self._compared: tuple[int, ...] = ()

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        """What this frame adds to what is known of the person at the door.

        attempt, portal: copied through. now_ms: the clock of `frame.captured_ms`, now.
        """
        began = perf_counter_ns()
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
        """The template of the one good face in a picture file, or why there is none.

        Touches no track. Live or not is not asked: whoever enrols has seen the person.
        """
        try:
            rgb = open_picture(picture)
        except PictureError:
            return EnrolReading(request=request, refusal="not_a_picture", template=b"")
        faces = self._detector.faces(rgb)
        if not faces:
            return EnrolReading(request=request, refusal="no_face", template=b"")
        mesh = self._landmarker.mesh(rgb, faces[0])
        refusal, crop, _ = self._judged(rgb, mesh, crowd_refusal(faces))
        refusal = reference_refusal(refusal, faces[0], mesh)
        if refusal:
            return EnrolReading(request=request, refusal=refusal, template=b"")
        log_odds = self._spoof.all_log_odds(rgb, faces[0].box).values()
        return EnrolReading(
            request=request,
            refusal="",
            template=self._embedder.template(crop, mirrored=True),
            live_log_odds_e2=round(100 * sum(log_odds) / len(log_odds)),
        )

    def _seen(self, frame: Frame, watched: bool) -> Key | None:
        self._stale.note(frame)
        followed = self._follower.next(frame.rgb, frame.captured_ms)
        return followed or self._detected(frame, watched)

    def _measured(self, frame: Frame, seen: Key) -> tuple[Refusal, Standing, bytes]:
        refusal, crop, seen_look = self._judged(frame.rgb, seen.mesh, seen.crowd)
        if seen.mesh.flag < 0 and not self._tracker.knows(seen.face, frame.captured_ms):
            # A box in which the mesh sees no face must not end the track of the person beside it.
            return refusal, NOBODY, b""
        track = self._tracker.follow(seen.face, frame.captured_ms)
        self._turn += 1
        if not refusal:
            track = self._recognised(track, seen, crop)
        track.measured(asdict(seen_look) | {"eyes_px": seen.mesh.eye_distance_px()})
        if self._turn % 2:
            track.add_log_odds(self._spoof.log_odds(frame.rgb, seen.face.box))
        else:
            self._compare(track, frame, seen)
        if self._turn % COLOUR_EVERY == 0:
            track.measured(colour(crop))
        self._track = track
        probe = b"" if refusal else track.blended
        return refusal, track.standing(self._stale.sign(), self.judge), probe

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

    def _recognised(self, track: Track, seen: Key, crop: Picture) -> Track:
        """The track, its probe fresh: made of this frame, or a moment old in the net's turn."""
        fresh = track.probe and seen.at_ms - self._probed_ms < PROBE_MS
        if fresh and self._turn % 2:
            return track
        self._probed_ms = seen.at_ms
        return self._tracker.recognise(seen.face, seen.at_ms, self._embedder.template(crop))

    def _judged(self, rgb: Picture, mesh: Mesh, crowd: Refusal) -> tuple[Refusal, Picture, Look]:
        """The refusal, if any, the aligned crop, and what it measures."""
        crop = upright(rgb, mesh.five())
        seen_look = look(crop)
        refusal = (
            size_refusal(mesh, self._limits)
            or look_refusal(seen_look, self._limits)
            or shape_refusal(mesh, self._limits)
        )
        # A crowd in which the mesh sees no face is none: in a black picture the detector sees many.
        return (crowd if mesh.flag >= 0 else "") or refusal, crop, seen_look
