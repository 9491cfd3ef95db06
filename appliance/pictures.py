"""Pictures of one person to one template, or which picture is in the way and what to do."""

from collections.abc import Awaitable, Callable, Sequence
from itertools import combinations
from typing import Final

import numpy as np

from appliance import matcher
from board.link.messages import EnrolReading
from board.link.stream import DEFAULT_CAP

MOST: Final = 5
"""More gain next to nothing: docs/accuracy.md."""
LARGEST_BYTES: Final = DEFAULT_CAP - (1 << 16)
"""A larger file would break the frame it is sent in, and with it the link."""

ALIKE: Final = (3, 4)
"""So much of the 1:1 threshold any two pictures must reach. An operator sees who is enrolled; the
whole threshold would turn away one honest set of three in ten (docs/accuracy.md), and a picture of
somebody else, taken by mistake, is noticed all the same."""

REASONS: Final = {
    "not_a_picture": "this is no JPEG or PNG picture; choose another file",
    "no_face": "no clear face was found; choose a picture that shows it large and uncovered",
    "several_faces": "there is more than one face; crop it to one person",
    "too_small": "the face is too small; come closer to the camera",
    "turned_away": "the face is turned away; face the camera",
    "blurred": "the face is blurred; hold still and take it again",
    "too_dark": "the face is too dark; take it with more light",
    "too_bright": "the face is too bright; take it with less light",
    "occluded": "the face is partly covered; uncover it",
    "too_large": f"more than {LARGEST_BYTES >> 20} MiB; save it smaller",
    "malformed": "the co-processor's answer is no template; are both of the same version?",
}

Ask = Callable[[bytes], Awaitable[EnrolReading | None]]


class NoTemplate(Exception):
    """No template can be made of these pictures; `reason` for programs, the text for people."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


async def template_of(pictures: Sequence[bytes], ask: Ask, match_e4: int) -> bytes:
    """The one template of one person's pictures, asked for one after the other.

    match_e4: ALIKE of it is how alike every two must be. Raises NoTemplate.
    """
    if len(pictures) > MOST:
        raise NoTemplate("too_many", f"photo: {len(pictures)} pictures; send at most {MOST}")
    templates = []
    for number, picture in enumerate(pictures, start=1):
        name = f"photo {number}" if len(pictures) > 1 else "photo"
        templates.append(await _one(picture, ask, name))
    _same_person(templates, match_e4)
    return matcher.blended(templates)


async def _one(picture: bytes, ask: Ask, name: str) -> bytes:
    if len(picture) > LARGEST_BYTES:
        raise NoTemplate("too_large", f"{name}: {REASONS['too_large']}")
    reading = await ask(picture)
    if reading is None:
        sentence = "photo: the co-processor does not answer; start it, or enrol without a photo"
        raise NoTemplate("no_answer", sentence)
    whole = len(reading.template) == matcher.LENGTH and any(reading.template)
    reason = reading.refusal or ("" if whole else "malformed")
    if reason:
        raise NoTemplate(reason, f"{name}: {REASONS[reason]}")
    return reading.template


def _same_person(templates: Sequence[bytes], match_e4: int) -> None:
    for (one, first), (other, second) in combinations(enumerate(templates, start=1), 2):
        matrix = np.frombuffer(second, np.int8).reshape(1, -1)
        if matcher.verify(first, matrix) < match_e4 * ALIKE[0] // ALIKE[1]:
            sentence = f"photos {one} and {other} do not look like one person; leave one out"
            raise NoTemplate("not_one_person", sentence)
