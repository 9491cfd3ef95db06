"""What a track measured to a score for each kind of attack: all first constants stand here.

Log-likelihood ratios, positive for a live person, are added as if independent and turned into a
probability. The shape is stack A of the trial report (liveness, minus riding surroundings, minus
stillness); the numbers are coarse first choices, to be replaced by each site's own calibration.
"""

from dataclasses import dataclass
from math import exp
from typing import Final, Protocol

import numpy as np

from board.link.messages import Sign
from coprocessor.cues import Cues

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
WHOLE_KNEES: Final = (0.75, 0.90)
"""The same of a face and what is close around it, hair, neck and wall. A picture or display held
close has its edges under the hair, where nothing is asked whether it rides; but within them all is
one piece. Recorded people measure 0.2 to 0.4, composed ones 0.6, at most 0.82 (before a plain wall
0.77); composed displays 0.6 to 1. Somebody's hair is of one piece with the head: hence no less."""
SEEN_HALF: Final = 1e5
"""Evidence (Cues.seen) at which the surroundings count half: some 100 pixels across an edge."""
UNSEEN: Final = -1.0
"""Nothing known of the surroundings: liveness must then be clearly positive on its own."""

STILL_KNEES: Final = (0.004, 0.010)
STILL: Final = -1.5
"""In 0.4 s a head moves by more than a hundredth of the eye distance; a photo at rest does not."""

HASTE_MS: Final = 2_500
HASTE: Final = -1.0
"""Until the surroundings have been seen, or this long: no verdict of attack by the net alone.
Nor while they stand still: then it stays undecided, and undecided does not open."""


SURE_PERMILLE: Final = 1_000
FEEDS: Final[tuple[Sign, ...]] = ("frozen", "reencoded")
"""What is found of a film that is played instead of a camera: an attack of a screen's kind."""


@dataclass(frozen=True)
class Scores:
    """0 (bona fide) to 1000 (attack) for each kind, and what speaks loudest for the largest."""

    print_permille: int
    screen_permille: int
    other_permille: int
    sign: Sign = ""

    @property
    def attack_permille(self) -> int:
        """The largest: whatever it is, it is not the person."""
        return max(self.print_permille, self.screen_permille, self.other_permille)


class Judge(Protocol):
    """What turns measurements into scores: FirstConstants, or the fit of a site."""

    def scores(self, cues: Cues, fed: Sign) -> Scores:
        """fed: by which sign the frames are not a sensor's; "" when they are one's."""
        ...


class FirstConstants:
    """The judge of a terminal that was never fitted to its site."""

    def scores(self, cues: Cues, fed: Sign) -> Scores:
        """500 each while nothing is known.

        The kinds share one score, the sum of all words; each falls short of it by as much as less
        speaks for it than for the likeliest kind.
        """
        if fed:
            return of_feed(fed)
        if cues.log_odds() is None:
            return Scores(500, 500, 500)
        score = summed(cues)
        kinds = _kinds(cues)
        likeliest = max(kinds)
        sheet, frame, whatever = (_permille(score + likeliest - kind) for kind in kinds)
        return Scores(sheet, frame, whatever, loudest(cues))


def of_feed(fed: Sign) -> Scores:
    """The scores of frames that are not a sensor's: there is nothing to weigh."""
    if fed in FEEDS:
        return Scores(0, SURE_PERMILLE, 0, fed)
    return Scores(0, 0, SURE_PERMILLE, fed)


def summed(cues: Cues) -> float:
    """All words of the window added up: positive for a live person."""
    words = _words(cues)
    score = sum(words.values()) + (1 - _weight(cues)) * UNSEEN
    hasty = _weight(cues) < 0.5 and cues.span_ms < HASTE_MS
    if hasty or (_weight(cues) >= 0.5 and surroundings(cues) >= 0):
        score = max(score, HASTE)
    return score


def loudest(cues: Cues) -> Sign:
    """What speaks most against a living person; "" when nothing does."""
    words = _words(cues)
    sign = min(words, key=words.__getitem__)
    return sign if words[sign] < 0 else ""


def _words(cues: Cues) -> dict[Sign, float]:
    weight = _weight(cues)
    return {
        "net": liveness(cues.log_odds()),
        "rides": weight * surroundings(cues),
        "flat": weight * flatness(cues) * FLAT,
        "still": stillness(cues.moved),
    }


def _kinds(cues: Cues) -> tuple[float, float, float]:
    """What speaks for a print, for a screen, and for an attack of whatever kind.

    Whatever is held moves its surroundings along, and shows its edge to the net's wide crop. Of
    these two, what is flat is a picture at rest: a print, or one on a display, which measure alike.
    What is not is a film.
    """
    words = _words(cues)
    held = -min(words["rides"], 0.0) - min(liveness(cues.wide), 0.0)
    flat = flatness(cues)
    sheet = flat * held - words["flat"] - words["still"]
    return sheet, (1 - flat) * held, -min(words["net"], 0.0)


def _weight(cues: Cues) -> float:
    """How much the surroundings and their stirring may say, 0 to 1."""
    return cues.seen / (cues.seen + SEEN_HALF)


def _permille(score: float) -> int:
    return round(1_000 / (1 + exp(score)))


def liveness(log_odds: float | None) -> float:
    """What the spoof net's mean says; 0 before its first word."""
    if log_odds is None:
        return 0.0
    low, high = LIVENESS_RANGE
    return min(max(LIVENESS_SLOPE * (log_odds - LIVENESS_ZERO), low), high)


def surroundings(cues: Cues) -> float:
    """What they say: standing still speaks for a person, moving for a sheet or a display."""
    if cues.ride is None or cues.stir is None:
        return MOTION_RANGE[1]
    moving = max(cues.ride, 0.0) + min(STIR_SHARE * cues.stir, STIR_MOST)
    worth = float(np.interp(moving, MOTION_KNEES, MOTION_RANGE[::-1]))
    return worth if worth < 0 else worth * (1 - flatness(cues))


def flatness(cues: Cues) -> float:
    """Is it a picture's surface that moves there: 0 no, 1 yes."""
    if cues.flat is None:
        return 0.0
    whole = 0.0 if cues.whole is None else cues.whole
    return max(
        float(np.interp(cues.flat, FLAT_KNEES, (0.0, 1.0))),
        float(np.interp(whole, WHOLE_KNEES, (0.0, 1.0))),
    )


def stillness(moved: float | None) -> float:
    """What the face's own motion says: only its absence says anything."""
    return 0.0 if moved is None else float(np.interp(moved, STILL_KNEES, (STILL, 0.0)))
