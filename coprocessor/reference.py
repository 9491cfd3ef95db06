"""One picture file to the template of the person in it, or the word why there is none."""

from board.bundle import Thresholds
from board.link.messages import EnrolReading, Refusal
from coprocessor.detect import Detector
from coprocessor.landmarks import Landmarker
from coprocessor.picture import PictureError, open_picture
from coprocessor.quality import crowd_refusal, judged, reference_refusal
from coprocessor.spoof import Spoof
from coprocessor.template import Embedder


class Reference:
    """The measuring rooms, for a picture that comes alone."""

    def __init__(
        self,
        detector: Detector,
        landmarker: Landmarker,
        embedder: Embedder,
        spoof: Spoof,
        limits: Thresholds,
    ) -> None:
        self._detector = detector
        self._landmarker = landmarker
        self._embedder = embedder
        self._spoof = spoof
        self._limits = limits

    def reading(self, picture: bytes, request: int) -> EnrolReading:
        """The template of the one good face in a picture file, or why there is none.

        Live or not is told and not asked: whoever enrols has seen the person.
        """
        try:
            rgb = open_picture(picture)
        except PictureError:
            return EnrolReading(request=request, refusal="not_a_picture", template=b"")
        faces = self._detector.faces(rgb)
        if not faces:
            return _refused(request, "no_face")
        mesh = self._landmarker.mesh(rgb, faces[0])
        refusal, crop, _ = judged(rgb, mesh, crowd_refusal(faces), self._limits)
        refusal = reference_refusal(refusal, faces[0], mesh)
        if refusal:
            return _refused(request, refusal)
        log_odds = self._spoof.all_log_odds(rgb, faces[0].box).values()
        return EnrolReading(
            request=request,
            refusal="",
            template=self._embedder.template(crop, mirrored=True),
            live_log_odds_e2=round(100 * sum(log_odds) / len(log_odds)),
        )


def _refused(request: int, refusal: Refusal) -> EnrolReading:
    return EnrolReading(request=request, refusal=refusal, template=b"")
