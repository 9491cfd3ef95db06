"""A picture held before the camera: as a printed sheet, or lit on a phone's display."""

from collections.abc import Iterator
from typing import Final

import cv2
import numpy as np

from provisioning.simulator.face_box import face_box
from provisioning.simulator.hallway import Noise, Picture, Points, as_picture, hallway
from provisioning.simulator.motion import Sway
from provisioning.simulator.turn import Neck

FACE_WIDTHS: Final = 2.2
"""Width of what is printed or shown, in widths of its face."""

DETAIL: Final = 2
"""A display is drawn this much finer than seen, so that its pixel grid aliases into real moire."""

BANDS: Final = 6
"""Phases of the dark band that a display's refresh draws through a camera's picture."""


def portrait(picture: Picture, height: int, aspect: float) -> Picture:
    """Head and shoulders of the picture, `height` x `height * aspect` pixels.

    The face fills nearly half of the width: what somebody would print or open to pass for it.
    """
    box = face_box(picture)
    high, wide = picture.shape[:2]
    crop = min(FACE_WIDTHS * box.width, wide, high * aspect)
    tall = crop / aspect
    left = min(max(box.x - crop / 2, 0), wide - crop)
    top = min(max(box.y - 0.42 * tall, 0), high - tall)
    part = picture[round(top) : round(top + tall), round(left) : round(left + crop)]
    how = cv2.INTER_CUBIC if part.shape[0] < height else cv2.INTER_AREA
    return as_picture(cv2.resize(part, (round(height * aspect), height), interpolation=how))


def printed(picture: Picture, rng: np.random.Generator, height: int) -> Picture:
    """A matt print: white border, lifted blacks, dull colours, the paper's own grain."""
    margin = round(height * 0.055)
    image = portrait(picture, height - 2 * margin, 0.78).astype(np.float32)
    grey = image.mean(axis=2, keepdims=True)
    ink = 46 + (image * 0.82 + grey * 0.18) * 0.70
    sheet = np.full((height, image.shape[1] + 2 * margin, 3), (228, 226, 219), np.float32)
    sheet[margin:-margin, margin:-margin] = ink
    grain = cv2.GaussianBlur(rng.normal(0, 6, sheet.shape[:2]).astype(np.float32), (0, 0), 0.7)
    across = np.linspace(1.02, 0.84, sheet.shape[1], dtype=np.float32)[None, :, None]
    curl = 1 - 0.06 * np.sin(np.linspace(0, np.pi, sheet.shape[0], dtype=np.float32))[:, None, None]
    return as_picture(np.clip((sheet + grain[:, :, None]) * across * curl * 0.80, 0, 255))


def lit(picture: Picture, height: int, phase: float) -> Picture:
    """A phone showing the picture: bezel, bluish light, pixel grid, reflection, refresh band."""
    bezel = round(height * 0.04)
    image = portrait(picture, height - 2 * bezel, 0.62).astype(np.float32) / 255
    high, wide = image.shape[:2]
    light = np.clip(image**0.82 * np.array([0.95, 1.0, 1.12], np.float32) * 255 + 10, 0, 255)
    grid = np.full((high, wide, 3), 0.82, np.float32)
    for colour in range(3):
        grid[:, colour::3, colour] = 1.34
    grid[::3] *= 0.80
    rows = np.arange(high, dtype=np.float32)[:, None, None] / high
    band = 1 - 0.13 * np.exp(-(((rows - phase + 0.5) % 1.0 - 0.5) ** 2) / 0.006)
    x, y = np.meshgrid(np.linspace(0, 1, wide), np.linspace(0, 1, high))
    glare = 58 * np.exp(-(((x * 0.8 + y * 0.6) - 0.38) ** 2) / 0.012) * (1 - y)
    shown = np.clip(light * grid * band + glare[:, :, None], 0, 255).astype(np.uint8)
    phone = np.full((height, wide + 2 * bezel, 3), 16, np.uint8)
    phone[bezel:-bezel, bezel:-bezel] = shown
    cv2.rectangle(phone, (0, 0), (phone.shape[1] - 1, height - 1), (74, 76, 80), DETAIL * 2)
    return phone


def held_print(
    picture: Picture, fps: float, size: tuple[int, int], seed: int, wrist: Neck | None = None
) -> Iterator[Picture]:
    """Frames of a hand holding a print before another still background, without end.

    wrist: turns the print as a neck would turn the head on it.
    """
    rng = np.random.default_rng([seed, 0x22])
    sheet = printed(picture, rng, round(size[0] * 0.86))
    return _held([sheet], 1, fps, size, seed + 7, rng, wrist or Neck())


def held_screen(
    picture: Picture, fps: float, size: tuple[int, int], seed: int, wrist: Neck | None = None
) -> Iterator[Picture]:
    """Frames of a hand holding a lit phone before another still background, without end."""
    rng = np.random.default_rng([seed, 0x33])
    height = round(size[0] * 0.88) * DETAIL
    phones = [lit(picture, height, phase / BANDS) for phase in range(BANDS)]
    return _held(phones, DETAIL, fps, size, seed + 13, rng, wrist or Neck())


def _held(
    sheets: list[Picture],
    detail: int,
    fps: float,
    size: tuple[int, int],
    place: int,
    rng: np.random.Generator,
    wrist: Neck,
) -> Iterator[Picture]:
    """The sheets in turn, moved as a hand moves them; the background stands still."""
    background, noise, sway = hallway(size, place), Noise(size, rng), Sway(rng, 6)
    high, wide = (side / detail for side in sheets[0].shape[:2])
    corners = np.array([(-wide, -high), (wide, -high), (wide, high), (-wide, high)]) / 2
    source = ((corners - corners[0]) * detail).astype(np.float32)
    for index in range(10**9):
        seconds = index / fps
        placed = posed(corners, sway.at(seconds), size, wrist.at(seconds))
        matrix = cv2.getPerspectiveTransform(source, placed.astype(np.float32))
        frame = background.copy()
        _hand(frame, placed, wide)
        cv2.warpPerspective(
            sheets[index % len(sheets)],
            matrix,
            (size[1], size[0]),
            dst=frame,
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        _thumb(frame, placed, wide)
        yield noise.over(frame)


def posed(corners: Points, pose: Points, size: tuple[int, int], turned_deg: float = 0.0) -> Points:
    """The four corners of a flat sheet, in pixels of the frame, tilted and moved by `pose`.

    turned_deg: about its upright axis, before that; positive to the left of whom it shows.
    """
    x, y, roll, near, yaw, pitch = pose
    turn = np.deg2rad(2.2 * roll)
    spin = np.array([(np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))])
    flat = corners @ spin * (1 + 0.022 * near)
    half = np.abs(corners).max(axis=0)
    away = flat[:, :1] * np.sin(np.radians(turned_deg)) / (AWAY * half[1])
    flat = flat * np.array([np.cos(np.radians(turned_deg)), 1.0]) / (1 + away)
    depth = 1 + flat[:, :1] / half[0] * 0.035 * (yaw + 0.8) + flat[:, 1:] / half[1] * 0.03 * pitch
    middle = np.array([size[1] / 2, size[0] / 2])
    return np.asarray(flat / depth + middle + np.array([11 * x, 8 * y]), np.float64)


AWAY: Final = 5.0
"""From the camera to the sheet, in halves of its height."""

SKIN: Final = (168, 124, 102)


def _hand(frame: Picture, placed: Points, wide: float) -> None:
    """The hand behind the sheet's lower right edge."""
    edge = placed[2] * 0.75 + placed[1] * 0.25
    middle = (round(edge[0]), round(edge[1]))
    axes = (round(wide * 0.14), round(wide * 0.22))
    cv2.ellipse(frame, middle, axes, -12, 0, 360, SKIN, -1, cv2.LINE_AA)
    cv2.line(frame, middle, (middle[0] + 90, 480), SKIN, round(wide * 0.17), cv2.LINE_AA)


def _thumb(frame: Picture, placed: Points, wide: float) -> None:
    """The thumb over it, in front."""
    edge = placed[2] * 0.70 + placed[1] * 0.30
    middle = (round(edge[0] - wide * 0.02), round(edge[1]))
    axes = (round(wide * 0.075), round(wide * 0.035))
    cv2.ellipse(frame, middle, axes, 18, 0, 360, (176, 132, 110), -1, cv2.LINE_AA)
