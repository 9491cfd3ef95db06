"""The evidence of one track to one number, attack_permille: all first constants stand here.

Log-likelihood ratios, positive for a live person, are added as if independent and turned into a
probability. The shape is stack A of the trial report (liveness, minus riding surroundings, minus
stillness); the numbers are coarse first choices, to be replaced by each site's own calibration.
"""

from dataclasses import dataclass
from math import exp
from typing import Final

import numpy as np

from coprocessor.motion import Motion

LIVENESS_ZERO: Final = -0.3
LIVENESS_SLOPE: Final = 0.9
LIVENESS_RANGE: Final = (-6.0, 2.5)
"""Of the mean of the crops' log-odds. They are no independent witnesses, the net is overconfident
and differs between cameras by several units: less than the worth of one of three is left. The
good side is capped so that the net alone never outweighs a sheet seen moving."""

STIR_SHARE: Final = 0.5
STIR_MOST: Final = 0.25
"""Somebody who passes behind stirs the surroundings, too: half a word against the one in front,
and never enough to refuse whom the spoof net thinks alive."""
MOTION_KNEES: Final = (0.05, 0.4)
"""Of ride and stir together. People, recorded or composed, are mostly below the first (the most
was 0.11: hair moves along); sheets seen moving are above the second. Between lie a display whose
frame stands still while the person in it walks, and a sheet hardly larger than its face: there the
net must be the surer, the more moves."""
MOTION_RANGE: Final = (-4.0, 3.2)
"""What moving and still surroundings are worth. Still ones may outweigh a liveness down to about
-3 a crop, never a worse one: a print cut out along the face stands before a still wall, too."""
FLAT_KNEES: Final = (0.93, 0.98)
FLAT: Final = -3.0
"""A face that moves as one flat piece is a picture, wherever its edges are: it speaks against the
person, and takes the still surroundings' word away. Alone it refuses nobody, for a head may hold
still but for its sway: look on until it turns. Recorded people measure 0.3 to 0.5, composed
ones up to 0.93, most composed sheets more. A replayed film of a living face is not flat."""
SEEN_HALF: Final = 1e5
"""Evidence (Motion.seen) at which the surroundings count half: some 100 pixels across an edge."""
UNSEEN: Final = -1.0
"""Nothing known of the surroundings: liveness must then be clearly positive on its own."""

STILL_KNEES: Final = (0.004, 0.010)
STILL: Final = -1.5
"""In 0.4 s a head moves by more than a hundredth of the eye distance; a photo at rest does not."""

HASTE_MS: Final = 2_500
HASTE: Final = -1.0
"""Until the surroundings have been seen, or this long: no verdict of attack by the net alone.
Nor while they stand still: then it stays undecided, and undecided does not open."""


@dataclass(frozen=True)
class Evidence:
    """What a track has shown so far.

    log_odds: the spoof net's, mean of the crops, None before the first. fed: the frames are not a
    sensor's. span_ms: from the first to the last frame of the window.
    """

    log_odds: float | None
    motion: Motion
    fed: bool
    span_ms: int


def attack_permille(evidence: Evidence) -> int:
    """0 (bona fide) to 1000 (attack); 500 while nothing is known."""
    if evidence.fed:
        return 1_000
    if evidence.log_odds is None:
        return 500
    weight = evidence.motion.seen / (evidence.motion.seen + SEEN_HALF)
    score = (
        liveness(evidence.log_odds)
        + weight * surroundings(evidence.motion)
        + weight * flatness(evidence.motion) * FLAT
        + (1 - weight) * UNSEEN
        + stillness(evidence.motion.moved)
    )
    hasty = weight < 0.5 and evidence.span_ms < HASTE_MS
    if hasty or (weight >= 0.5 and surroundings(evidence.motion) >= 0):
        score = max(score, HASTE)
    return round(1_000 / (1 + exp(score)))


def liveness(log_odds: float | None) -> float:
    """What the spoof net's mean says; 0 before its first word."""
    if log_odds is None:
        return 0.0
    low, high = LIVENESS_RANGE
    return min(max(LIVENESS_SLOPE * (log_odds - LIVENESS_ZERO), low), high)


def surroundings(motion: Motion) -> float:
    """What they say: standing still speaks for a person, moving for a sheet or a display."""
    moving = max(motion.ride, 0.0) + min(STIR_SHARE * motion.stir, STIR_MOST)
    worth = float(np.interp(moving, MOTION_KNEES, MOTION_RANGE[::-1]))
    return worth if worth < 0 else worth * (1 - flatness(motion))


def flatness(motion: Motion) -> float:
    """Is it a picture's surface that moves there: 0 no, 1 yes."""
    return float(np.interp(motion.flat, FLAT_KNEES, (0.0, 1.0)))


def stillness(moved: float | None) -> float:
    """What the face's own motion says: only its absence says anything."""
    return 0.0 if moved is None else float(np.interp(moved, STILL_KNEES, (STILL, 0.0)))
