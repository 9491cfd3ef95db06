"""The second camera's opinion: where a face should be, and what it is worth that it is not."""

import asyncio
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import msgspec
import numpy as np
import pytest
from hypothesis import given

from board.bundle import Thresholds
from board.link.messages import EnrolReading, FaceReading, Refusal
from board.signals import Picture as Captured
from coprocessor.align import Floats
from coprocessor.camera import SILENCE_MS, Frames
from coprocessor.config import ConfigError, Infrared, parse
from coprocessor.detect import Face
from coprocessor.frame import Frame, Picture
from coprocessor.infrared import (
    FEWEST_LOOKS,
    WINDOW_MS,
    Looks,
    SecondEye,
    TwoEyes,
    agree,
    placed,
    suspected,
)
from tests.coprocessor.test_config import GOOD

EYE = Infrared(name="CAM1")
WIDE, HIGH = 640, 480
EVERY_MS = 66
PROBE = bytes(512)
NUMBERS = {
    "match_e4": 4_000,
    "identify_e4": 5_000,
    "margin_e4": 500,
    "attack_accept_permille": 300,
    "attack_refuse_permille": 700,
    "attack_frames": 8,
    "attack_span_ms": 1_500,
    "eye_distance_px": 24,
    "yaw_deg": 30,
    "sharpness": 30,
    "exposure_low": 40,
    "exposure_high": 220,
}
LIMITS = Thresholds(**NUMBERS, basis=dict.fromkeys(NUMBERS, "a test"))

shares = st.floats(0.05, 0.6)
sizes = st.floats(0.1, 0.3)
scales = st.floats(0.5, 2)
shifts = st.floats(-0.3, 0.3)


def blank(high: int = HIGH, wide: int = WIDE) -> Picture:
    return np.zeros((high, wide, 3), np.uint8)


def face(box: Any) -> Face:
    return Face(np.asarray(box, np.float32), np.zeros((6, 2), np.float32), 0.9)


BOX = np.array([200, 100, 360, 260], np.float32)


@given(shares, shares, sizes, scales, scales, shifts, shifts, st.integers(80, 2_000))
def test_a_face_where_the_affine_puts_it_agrees(
    x: float, y: float, size: float, sx: float, sy: float, dx: float, dy: float, wide: int
) -> None:
    """Whatever the second camera's size, shift and scale are."""
    eye = Infrared(name="CAM1", shift_x=dx, shift_y=dy, scale_x=sx, scale_y=sy)
    box = np.array([x * WIDE, y * HIGH, (x + size) * WIDE, (y + size) * HIGH], np.float32)
    high = wide * 3 // 4
    seen = [
        wide * (x * sx + dx),
        high * (y * sy + dy),
        wide * ((x + size) * sx + dx),
        high * ((y + size) * sy + dy),
    ]
    there = placed(box, blank(), eye, blank(high, wide))
    assert there == pytest.approx(np.array(seen), abs=wide / 1_000)
    assert agree(there, [face([0, 0, 1, 1]), face(seen)])


@given(shares, shares, sizes, st.floats(1.01, 3), st.booleans())
def test_a_face_beside_the_place_does_not(
    x: float, y: float, size: float, away: float, down: bool
) -> None:
    box = np.array([x, y, x + size, y + size], np.float32) * WIDE
    moved = np.array([0.0, 1.0] * 2 if down else [1.0, 0.0] * 2) * away * size * WIDE
    assert not agree(placed(box, blank(), EYE, blank()), [face(box + moved)])


@given(shares, shares, sizes, st.floats(0, 0.25))
def test_a_quarter_of_a_face_between_the_cameras_is_allowed(
    x: float, y: float, size: float, away: float
) -> None:
    box = np.array([x, y, x + size, y + size], np.float32) * WIDE
    there = placed(box, blank(), EYE, blank())
    assert agree(there, [face(box + np.array([away * size * WIDE, 0] * 2))])


def test_nobody_agrees_with_nobody() -> None:
    assert not agree(BOX, [])


def looks(*seen: bool, track: int = 1) -> list[int]:
    told = Looks(LIMITS)
    return [told.add(track, index * EVERY_MS, one) for index, one in enumerate(seen)]


def test_few_looks_are_unclear_and_many_that_agree_say_nothing() -> None:
    said = looks(*[True] * 8)
    few, many = said[: FEWEST_LOOKS - 1], said[FEWEST_LOOKS - 1 :]
    for permille in few:
        assert LIMITS.attack_accept_permille < permille < LIMITS.attack_refuse_permille
    assert many == [0] * len(many)


def test_a_face_that_infrared_never_sees_is_an_attack() -> None:
    said = looks(*[False] * 8)
    assert said[FEWEST_LOOKS - 1 :] == [1_000] * (9 - FEWEST_LOOKS)
    assert max(said[: FEWEST_LOOKS - 1]) < LIMITS.attack_refuse_permille


def test_a_single_miss_costs_its_own_frame() -> None:
    *_, missed, after = looks(*[True] * 20, False, True)
    assert LIMITS.attack_accept_permille < missed < LIMITS.attack_refuse_permille
    assert after <= LIMITS.attack_accept_permille


def test_misses_are_forgotten_after_the_window() -> None:
    told = Looks(LIMITS)
    for at_ms in range(0, 1_000, EVERY_MS):
        told.add(1, at_ms, seen=False)
    later = range(2_000 + WINDOW_MS, 3_000 + WINDOW_MS, EVERY_MS)
    assert [told.add(1, at_ms, seen=True) for at_ms in later][-1] == 0


def test_what_was_seen_of_one_track_does_not_speak_for_another() -> None:
    told = Looks(LIMITS)
    for at_ms in range(0, 1_000, EVERY_MS):
        assert told.add(1, at_ms, seen=True) in (0, told.unclear)
    assert told.add(2, 1_000, seen=True) == told.unclear


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500), st.booleans()), max_size=60))
def test_no_course_of_looks_leaves_the_scale(steps: list[tuple[int, int, bool]]) -> None:
    told, at_ms = Looks(LIMITS), 0
    for track, later_ms, seen in steps:
        at_ms += later_ms
        permille = told.add(track, at_ms, seen)
        assert 0 <= permille <= 1_000
        assert seen or permille >= told.unclear


class First:
    """A pipeline that sees the same face for ever, or nobody."""

    def __init__(self, box: Floats | None, **reading: Any) -> None:
        self.box = box
        self._reading = reading

    def read(self, frame: Frame, attempt: int, portal: str, now_ms: int) -> FaceReading:
        found: Refusal = "" if self.box is not None else "no_face"
        reading = FaceReading(attempt, portal, 7, 9, 1_600, found, 30, PROBE, 0, 5)
        return msgspec.structs.replace(reading, **self._reading)

    def enrol(self, picture: bytes, request: int) -> EnrolReading:
        return EnrolReading(request, "", picture)


class Detector:
    """Finds these faces in every picture, and counts how often it was asked."""

    def __init__(self, *boxes: Any) -> None:
        self.boxes = boxes
        self.asked = 0

    def faces(self, rgb: Picture) -> list[Face]:
        self.asked += 1
        return [face(box) for box in self.boxes]


class Fading(Detector):
    """Finds the faces until it is asked for the last time."""

    def __init__(self, last: int, *boxes: Any) -> None:
        super().__init__(*boxes)
        self._last = last

    def faces(self, rgb: Picture) -> list[Face]:
        found = super().faces(rgb)
        return found if self.asked < self._last else []


class Shown:
    """A camera that gives what was shown to it, once."""

    def __init__(self) -> None:
        self._pictures: asyncio.Queue[Captured] = asyncio.Queue()

    def show(self, at_ms: int, frozen: bool = False) -> None:
        picture = blank()
        if not frozen:  # a sensor's frames differ
            picture[0, 0] = at_ms & 255, at_ms >> 8 & 255, at_ms >> 16 & 255
        self._pictures.put_nowait(Captured(picture.tobytes(), HIGH, WIDE, at_ms))

    async def picture(self) -> Captured:
        return await self._pictures.get()


def read(first: First, detector: Detector, count: int, lag_ms: int = 20) -> FaceReading:
    """The last of `count` readings 66 ms apart; infrared frames `lag_ms` after the others."""

    async def story() -> FaceReading:
        times = [1_000 + index * EVERY_MS for index in range(count)]
        camera = Shown()
        eye = SecondEye(Frames(camera))
        following = asyncio.create_task(eye.run())
        reader = TwoEyes(first, eye, detector, EYE, LIMITS)
        for at_ms in times:
            camera.show(at_ms + lag_ms)
            await asyncio.sleep(0.001)
            reading = reader.read(Frame(blank(), at_ms), 3, "front", at_ms)
        following.cancel()
        return reading

    return asyncio.run(story())


def test_a_face_both_see_passes_untouched_but_for_the_time_it_took() -> None:
    reading = read(First(BOX), Detector(BOX), 12)
    plain = First(BOX).read(Frame(blank(), 0), 3, "front", 0)
    assert reading.took_us >= plain.took_us
    assert msgspec.structs.replace(reading, took_us=plain.took_us) == plain


@pytest.mark.parametrize("boxes", [(), ([500, 300, 600, 400],)])
def test_a_face_infrared_does_not_see_is_an_attack(boxes: tuple[Any, ...]) -> None:
    reading = read(First(BOX), Detector(*boxes), 12)
    assert (reading.attack_permille, reading.other_permille) == (1_000, 1_000)
    assert (reading.sign, reading.probe) == ("infrared", b"")


@pytest.mark.parametrize("lag_ms", [EYE.near_ms + 1, -EYE.near_ms - 1, 60_000])
def test_frames_of_another_moment_prove_nothing(lag_ms: int) -> None:
    detector = Detector(BOX)
    reading = read(First(BOX), detector, 12, lag_ms)
    assert LIMITS.attack_accept_permille < reading.attack_permille < LIMITS.attack_refuse_permille
    assert (reading.sign, reading.probe) == ("infrared_missing", b"")
    assert detector.asked == 0


def test_a_single_frame_nobody_vouches_for_matches_nobody() -> None:
    """Whatever head turn was asked for and done before: there is nothing to compare."""
    detector = Detector(BOX)
    assert read(First(BOX), detector, 12).probe == PROBE
    assert read(First(BOX), Fading(12, BOX), 12).probe == b""


@pytest.mark.parametrize("yaw_deg", [26, -60])
def test_a_head_that_is_turned_is_not_missed_and_does_not_pass(yaw_deg: int) -> None:
    reading = read(First(BOX, yaw_deg=yaw_deg), Detector(), 12)
    assert LIMITS.attack_accept_permille < reading.attack_permille < LIMITS.attack_refuse_permille
    assert reading.probe == b""


def test_it_never_lowers_what_the_first_camera_says() -> None:
    first = First(BOX, attack_permille=900, screen_permille=900, sign="net")
    reading = read(first, Detector(BOX), 12)
    assert (reading.attack_permille, reading.screen_permille, reading.sign) == (900, 900, "net")
    louder = suspected(reading, 1_000, "infrared")
    assert (louder.attack_permille, louder.other_permille) == (1_000, 1_000)
    assert (louder.screen_permille, louder.sign) == (900, "infrared")


@pytest.mark.parametrize("first", [First(None), First(BOX, track=0)])
def test_where_nobody_is_the_second_detector_rests(first: First) -> None:
    detector = Detector(BOX)
    reading = read(first, detector, 3)
    assert detector.asked == 0
    assert reading == first.read(Frame(blank(), 0), 3, "front", 0)


def test_a_camera_that_repeats_its_frames_is_no_witness() -> None:
    async def story() -> None:
        camera = Shown()
        eye = SecondEye(Frames(camera))
        following = asyncio.create_task(eye.run())
        said = []
        for at_ms in range(5_000, 9_000, EVERY_MS):
            camera.show(at_ms, frozen=6_000 <= at_ms < 8_000)
            await asyncio.sleep(0.001)
            said.append((at_ms, eye.state(at_ms), eye.near(at_ms, 250) is not None))
        assert {one[1:] for one in said if one[0] < 6_000} == {("working", True)}
        assert {one[1:] for one in said if 7_000 <= one[0] < 8_000} == {("lost", False)}
        assert said[-1][1:] == ("working", True)
        following.cancel()

    asyncio.run(story())


def test_an_enrolment_is_the_first_readers() -> None:
    reader = TwoEyes(First(BOX), SecondEye(Frames(Shown())), Detector(), EYE, LIMITS)
    assert reader.enrol(b"abc", 5) == EnrolReading(5, "", b"abc")


def test_a_camera_that_falls_silent_is_lost_and_its_last_frame_no_witness() -> None:
    async def story() -> None:
        camera = Shown()
        eye = SecondEye(Frames(camera))
        following = asyncio.create_task(eye.run())
        assert eye.state(5_000) == "lost"
        assert eye.near(5_000, 250) is None
        camera.show(5_000)
        await asyncio.sleep(0.001)
        assert eye.state(5_000 + SILENCE_MS) == "working"
        assert eye.state(5_001 + SILENCE_MS) == "lost"
        assert eye.near(5_250, 250) is not None
        assert eye.near(5_251, 250) is None
        following.cancel()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("", "infrared.name"),
        ('name = "CAM1"\nfile = "a.png"', "infrared.file"),
        ('file = "absent.png"', "infrared.file"),
        ('name = "CAM0"', "infrared.name"),
        ('name = "CAM1"\nshift_x = nan', "infrared.shift_x"),
        ('name = "CAM1"\nscale_y = 0', "infrared.scale_y"),
        ('name = "CAM1"\nnear_ms = 0', "infrared.near_ms"),
        ('name = "CAM1"\nfilter = "850"', "filter"),
    ],
)
def test_a_wrong_infrared_table_is_named_in_one_line(
    table: str, names: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(f"{GOOD}[infrared]\n{table}\n".encode(), tmp_path)
    assert names in str(caught.value)
    assert "\n" not in str(caught.value)


def test_without_the_table_there_is_no_second_camera(tmp_path: Path) -> None:
    assert parse(GOOD.encode(), tmp_path).infrared is None
