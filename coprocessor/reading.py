"""One frame to one FaceReading, one picture to one EnrolReading: all measuring rooms in a row."""

from time import perf_counter_ns

import cv2

from board.link.messages import EnrolReading, FaceReading, Refusal
from coprocessor.align import upright
from coprocessor.detect import Detector
from coprocessor.frame import Frame, Picture
from coprocessor.landmarks import Landmarker, Mesh
from coprocessor.models.model import Bundle
from coprocessor.picture import PictureError, open_picture
from coprocessor.quality import crowd_refusal, look, look_refusal, shape_refusal, size_refusal
from coprocessor.spoof import Spoof
from coprocessor.stale import StaleWatch
from coprocessor.template import Embedder
from coprocessor.track import Standing, Tracker

NOBODY = Standing(track=0, frames=0, span_ms=0, attack_permille=500)


class Pipeline:
    """The measuring rooms of one camera: frames in the order of capture, from one thread."""

    def __init__(self, models: Bundle) -> None:
        """Opens all models. Raises BundleError, ModelError."""
        # One core measures; the other is for everybody else, and p99 likes it so.
        cv2.setNumThreads(1)
        self._limits = models.manifest.thresholds
        self._detector = Detector(models)
        self._landmarker = Landmarker(models)
        self._embedder = Embedder(models)
        self._spoof = Spoof(models)
        self._tracker = Tracker()
        self._stale = StaleWatch()
        self._turn = 0

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        """What this frame adds to what is known of the person at the door.

        attempt, portal: copied through. now_ms: the clock of `frame.captured_ms`, now.
        """
        began = perf_counter_ns()
        refusal, standing, probe = self._measure(frame)
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
        )

    def enrol(self, picture: bytes, request: int) -> EnrolReading:
        """The template of the one good face in a picture file, or why there is none.

        Touches no track. Live or not is not asked: whoever enrols has seen the person.
        """
        try:
            rgb = open_picture(picture)
        except PictureError:
            return EnrolReading(request=request, refusal="not_a_picture", template=b"")
        faces = self._detector.faces(rgb)
        refusal = crowd_refusal(faces)
        if refusal:
            return EnrolReading(request=request, refusal=refusal, template=b"")
        mesh = self._landmarker.mesh(rgb, faces[0])
        refusal, crop = self._judged(rgb, mesh)
        template = b"" if refusal else self._embedder.template(crop, mirrored=True)
        return EnrolReading(request=request, refusal=refusal, template=template)

    def _measure(self, frame: Frame) -> tuple[Refusal, Standing, bytes]:
        self._stale.note(frame)
        faces = self._detector.faces(frame.rgb)
        refusal = crowd_refusal(faces)
        if not faces:
            return refusal, NOBODY, b""
        face = self._tracker.choose(faces)
        mesh = self._landmarker.mesh(frame.rgb, face)
        worse, crop = self._judged(frame.rgb, mesh)
        refusal = refusal or worse
        if mesh.flag < 0 and not self._tracker.knows(face, frame.captured_ms):
            # A box in which the mesh sees no face must not end the track of the person beside it.
            return refusal, NOBODY, b""
        track = self._tracker.follow(face, frame.captured_ms)
        probe = b""
        if not refusal:
            probe = self._embedder.template(crop)
            track = self._tracker.recognise(face, frame.captured_ms, probe)
        self._turn += 1
        if self._turn % 2:
            track.add_log_odds(self._spoof.log_odds(frame.rgb, face.box))
        else:
            track.motion.compare(frame, mesh, face.box)
        return refusal, track.standing(self._stale.fed()), probe

    def _judged(self, rgb: Picture, mesh: Mesh) -> tuple[Refusal, Picture]:
        """The refusal, if any, and the aligned crop it was judged by."""
        crop = upright(rgb, mesh.five())
        refusal = (
            size_refusal(mesh, self._limits)
            or look_refusal(look(crop), self._limits)
            or shape_refusal(mesh, self._limits)
        )
        return refusal, crop
