"""What an infrared camera beside the first one sees of the same scene; a drawing, as scenes are."""

from collections.abc import Iterator
from typing import Final

import cv2

from provisioning.simulator.hallway import Picture, as_picture, empty
from provisioning.simulator.scenes import SIZE

DARK: Final = frozenset({"screen", "as-is"})
"""Scenes of which nothing reaches it: a display emits no near infrared, and bytes that are fed
into the first camera's cable come out of that one alone. Skin and toner it sees."""


class InfraredView:
    """Grey pictures of what the first camera is shown; of the DARK scenes the empty hallway."""

    def __init__(self) -> None:
        self._hallway: Iterator[Picture] = empty(SIZE, seed=1)

    def of(self, scene: str, seen: Picture) -> Picture:
        """One frame, grey in three equal channels."""
        return grey(next(self._hallway) if scene in DARK else seen)


def grey(picture: Picture) -> Picture:
    """The picture without its colours, in as many channels."""
    return as_picture(cv2.merge([cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)] * 3))
