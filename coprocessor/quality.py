"""Is this face good enough to match: the contract's refusal word, or none."""

from dataclasses import dataclass
from typing import Final

import cv2

from board.bundle import Thresholds
from board.link.messages import Refusal
from coprocessor.align import upright
from coprocessor.detect import Face
from coprocessor.frame import Picture
from coprocessor.landmarks import Mesh

RIVAL_SHARE: Final = 0.7
"""A second face at least this large beside the first: whose face is meant is not for us to guess.
Someone half a step further back in the queue stays below it."""

REFERENCE_FLAG: Final = 6.0
REFERENCE_SCORE: Final = 0.7
"""Mesh and detector must both be sure of a reference. The faintest of 500 LFW faces has a flag of
7.0, half a percent of 300 score below 0.76; boxes beside a blurred face had up to 8.3 and 0.65."""


@dataclass(frozen=True)
class Look:
    """What the aligned 112 x 112 face measures.

    sharpness: variance of the grey Laplacian. exposure: grey mean, 0..255.
    """

    sharpness: float
    exposure: float


def look(crop: Picture) -> Look:
    """Sharpness and exposure of an aligned face, its rim (hair, background) left out."""
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    middle = grey[24:104, 20:92]
    _, spread = cv2.meanStdDev(cv2.Laplacian(middle, cv2.CV_32F))
    return Look(float(spread[0, 0]) ** 2, cv2.mean(middle)[0])


def crowd_refusal(faces: list[Face]) -> Refusal:
    """Of all faces of the picture, the one to read first: none, or no clear first?"""
    if not faces:
        return "no_face"
    rivals = sum(face.size_px >= RIVAL_SHARE * faces[0].size_px for face in faces)
    return "several_faces" if rivals > 1 else ""


def size_refusal(mesh: Mesh, limits: Thresholds) -> Refusal:
    """Near enough?"""
    return "too_small" if mesh.eye_distance_px() < limits.eye_distance_px else ""


def shape_refusal(mesh: Mesh, limits: Thresholds) -> Refusal:
    """Uncovered and facing the camera? Asked last: of a dark or blurred face the mesh is unsure."""
    if mesh.flag < 0:
        return "occluded"
    yaw, pitch, _ = mesh.angles_deg()
    if max(abs(yaw), abs(pitch)) > limits.yaw_deg:
        return "turned_away"
    return ""


def reference_refusal(refusal: Refusal, face: Face, mesh: Mesh) -> Refusal:
    """What else keeps a picture from being a reference: a box that may hold no face at all.

    At the door such a probe matches nobody; enrolled, it would let in whatever looks like it.
    """
    sure = mesh.flag >= REFERENCE_FLAG and face.score >= REFERENCE_SCORE
    return refusal if sure or refusal not in ("", "occluded", "turned_away") else "no_face"


def look_refusal(seen: Look, limits: Thresholds) -> Refusal:
    """Lit and sharp enough? Light first: a dark face is blurred by every measure."""
    if seen.exposure < limits.exposure_low:
        return "too_dark"
    if seen.exposure > limits.exposure_high:
        return "too_bright"
    return "blurred" if seen.sharpness < limits.sharpness else ""


def judged(
    rgb: Picture, mesh: Mesh, crowd: Refusal, limits: Thresholds
) -> tuple[Refusal, Picture, Look]:
    """The first refusal of all above, the aligned crop it was judged by, and what that measures.

    crowd: see crowd_refusal.
    """
    crop = upright(rgb, mesh.five())
    seen = look(crop)
    refusal = (
        size_refusal(mesh, limits) or look_refusal(seen, limits) or shape_refusal(mesh, limits)
    )
    # A crowd in which the mesh sees no face is none: in a black picture the detector sees many.
    return (crowd if mesh.flag >= 0 else "") or refusal, crop, seen
