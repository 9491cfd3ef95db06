"""What the camera sees: a scene while one plays, the visitor's webcam, else the empty hallway."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2

from board import stimulus
from board.link.stream import StreamClosed
from provisioning.simulator.hallway import Picture, empty
from provisioning.simulator.infrared import InfraredView
from provisioning.simulator.scenes import FPS, SIZE, letterboxed
from provisioning.simulator.turn import Neck

IDLE_FPS: Final = 5.0
"""An empty hallway at a calm pace: the co-processor looks slowly when nobody is there."""

WEBCAM_STAYS_S: Final = 1.0
"""After its last frame the webcam counts as gone, and the hallway is back."""

AGAIN_S: Final = 0.5


class Camera:
    """The camera's world, pushed to the co-processor's simulated board when it has one.

    infrared: name of a second camera that sees the same scene; empty: there is none.
    """

    def __init__(self, socket: Path, name: str, infrared: str = "") -> None:
        self._socket = socket
        self._name = name
        self.infrared = infrared
        self.infrared_plugged = bool(infrared)
        self._infrared_view = InfraredView()
        self._hand: stimulus.Hand | None = None
        self._tried = -AGAIN_S
        self._hallway = empty(SIZE)
        self._scene: Iterator[Picture] | None = None
        self._fps = IDLE_FPS
        self._woken = asyncio.Event()
        self._webcam_until = 0.0
        self.scene = ""
        """Name of what plays; empty for the hallway."""
        self.neck: Neck | None = None
        """Turns who or what is there, where that can be done."""
        self.seen: Picture = next(self._hallway)
        """The newest frame, whether or not a co-processor looked."""

    def show(
        self, scene: str, frames: Iterator[Picture], fps: float = FPS, neck: Neck | None = None
    ) -> None:
        """Play these frames, once, in place of what played before."""
        self._scene, self._fps, self.scene, self.neck = frames, fps, scene, neck
        self._webcam_until = 0.0
        self._woken.set()

    def clear(self) -> None:
        """Nobody stands there any more."""
        self._scene, self._fps, self.scene, self.neck = None, IDLE_FPS, "", None
        self._webcam_until = 0.0
        self._woken.set()

    async def webcam(self, picture: Picture) -> None:
        """One frame of the visitor's own webcam."""
        self._scene, self.scene, self.neck = None, "webcam", None
        self._webcam_until = time.monotonic() + WEBCAM_STAYS_S
        await self._push(letterboxed(picture, SIZE))

    def jpeg(self) -> bytes:
        """The newest frame as a JPEG, for the page."""
        bgr = cv2.cvtColor(self.seen, cv2.COLOR_RGB2BGR)
        _, body = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 80])
        return bytes(body)

    async def plug_infrared(self, plugged: bool) -> None:
        """Plug the second camera in, or take its cable out."""
        self.infrared_plugged = plugged
        hand = await self._reach()
        if hand is not None and not plugged:
            await self._do(hand, stimulus.Unplug(self.infrared))

    async def run(self) -> None:
        """Frame after frame, at the pace of what plays."""
        due = time.monotonic()
        while True:
            if time.monotonic() >= self._webcam_until:
                await self._push(await asyncio.to_thread(self._next))
            due = max(due + 1 / self._fps, time.monotonic() - 0.2)
            try:
                async with asyncio.timeout(max(0.0, due - time.monotonic())):
                    await self._woken.wait()
                due = time.monotonic()
            except TimeoutError:
                pass
            self._woken.clear()

    def _next(self) -> Picture:
        scene = self._scene
        frame = next(scene, None) if scene else None
        if frame is not None:
            return frame
        if scene is self._scene:  # over; not replaced by another while this thread was busy
            self._scene, self._fps, self.scene, self.neck = None, IDLE_FPS, "", None
        return next(self._hallway)

    async def _push(self, picture: Picture) -> None:
        self.seen = picture
        hand = await self._reach()
        if hand is None:
            return
        if self.infrared_plugged:  # before the other: who looks at that one finds this one there
            await self._do(hand, shown(self.infrared, self._infrared_view.of(self.scene, picture)))
        await self._do(hand, shown(self._name, picture))

    async def _do(self, hand: stimulus.Hand, what: stimulus.Stimulus) -> None:
        try:
            await hand.do(what)
        except StreamClosed:
            self._let_go()

    async def _reach(self) -> stimulus.Hand | None:
        if self._hand is not None and self._hand.gone:
            self._let_go()
        if self._hand is None and time.monotonic() - self._tried > AGAIN_S:
            self._tried = time.monotonic()
            try:
                self._hand = await stimulus.reach(self._socket)
            except StreamClosed:
                return None
        return self._hand

    def _let_go(self) -> None:
        if self._hand is not None:
            self._hand.close()
        self._hand = None


def shown(camera: str, picture: Picture) -> stimulus.Show:
    """The stimulus that puts a picture before a camera."""
    height, width = picture.shape[:2]
    return stimulus.Show(camera, picture.tobytes(), height, width)
