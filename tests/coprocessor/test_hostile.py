"""Scenes and pictures meant to confuse: each gives a reading or a refusal, none the wrong grant."""

import io
import json
import subprocess
import sys
import tracemalloc
from itertools import chain, cycle, islice
from pathlib import Path

import cv2
import matplotlib
import numpy as np
import pytest
from PIL import Image

from board.link.messages import TEMPLATE_LENGTH
from coprocessor.evaluation.attempt import enough, reason
from coprocessor.frame import Frame
from coprocessor.reading import Pipeline
from coprocessor.template import similarity_e4
from provisioning.simulator.hallway import Noise, hallway
from provisioning.simulator.motion import Sway
from provisioning.simulator.scenes import FPS, SIZE, compose
from provisioning.simulator.sheet import printed
from tests.coprocessor.hostile_pictures import PICTURES

ROOT = Path(__file__).parents[2]
MOST_MIB = 512
"""All that the co-processor may ever hold, its models included, whatever picture it is sent."""
MOST_S = 120


@pytest.fixture(scope="module")
def grace():
    """matplotlib's portrait of Grace Hopper, RGB (public domain, US Navy)."""
    shipped = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return cv2.cvtColor(cv2.imread(str(shipped)), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def ada(bundle, astronaut):
    """The holder's template."""
    return Pipeline(bundle).enrol(encoded(astronaut), 1).template


def encoded(rgb, form="JPEG", **how):
    file = io.BytesIO()
    (rgb if isinstance(rgb, Image.Image) else Image.fromarray(rgb)).save(file, form, **how)
    return file.getvalue()


def readings(bundle, frames, fps=FPS):
    pipeline = Pipeline(bundle)
    for index, rgb in enumerate(frames):
        at_ms = round(1_000 * index / fps)
        yield pipeline.read(Frame(rgb, at_ms), 1, "front", at_ms)


def granted(bundle, frames, template, fps=FPS):
    """Which of the frames would let in whom the template is of, and all readings."""
    limits = bundle.manifest.thresholds
    found, told = [], list(readings(bundle, frames, fps))
    for number, reading in enumerate(told):
        assert bool(reading.probe) == (not reading.refusal)
        matches = reading.probe and similarity_e4(template, reading.probe) >= limits.match_e4
        if matches and not reason(reading, limits):
            found.append(number)
    return found, told


def recognised(bundle, told, template):
    """Did they show the holder's face? Then the attack score alone stood guard."""
    least = bundle.manifest.thresholds.match_e4
    return any(one.probe and similarity_e4(template, one.probe) >= least for one in told)


def shown(picture, scene, seconds, seed=1):
    return list(compose(picture, scene, seconds=seconds, seed=seed))


def overlaid(background, sheet, left, top, lights=9):
    """The sheet pasted over each frame at its place of the moment, as far as it is in it."""
    sway = Sway(np.random.default_rng(lights), 2)
    for index, frame in enumerate(background):
        part = sheet[index % len(sheet)] if isinstance(sheet, list) else sheet
        x, y = (
            round(place + 14 * s)
            for place, s in zip((left, top), sway.at(index / FPS), strict=True)
        )
        out = frame.copy()
        high = min(part.shape[0], out.shape[0] - max(y, 0))
        wide = min(part.shape[1], out.shape[1] - max(x, 0))
        out[max(y, 0) : max(y, 0) + high, max(x, 0) : max(x, 0) + wide] = part[:high, :wide]
        yield out


def test_whoever_takes_the_holders_place_is_not_the_holder(bundle, astronaut, grace, ada):
    first, second = shown(astronaut, "live", 2.5), shown(grace, "live", 2.5)
    found, told = granted(bundle, first + second, ada)
    assert found, "the holder passes"
    assert max(found) < len(first)
    assert {one.track for one in told[: len(first)]}.isdisjoint(
        one.track for one in told[len(first) + 1 :] if one.track and one.probe
    )
    limits = bundle.manifest.thresholds
    after = told[len(first) : len(first) + 15]
    assert not any(enough(one, limits) for one in after if not one.refusal)


@pytest.mark.parametrize("scene", ["print", "screen", "as-is"])
def test_a_living_face_lends_nothing_to_the_picture_that_follows(
    bundle, astronaut, grace, ada, scene
):
    alive, picture = shown(grace, "live", 2.5), shown(astronaut, scene, 4)
    found, told = granted(bundle, alive + picture, ada)
    assert found == []
    assert recognised(bundle, told[len(alive) :], ada)


@pytest.mark.parametrize(("scene", "turns"), [("print", 1), ("screen", 6), ("print", 20)])
def test_a_face_and_a_picture_by_turns(bundle, astronaut, grace, ada, scene, turns):
    """So many frames of one, so many of the other: the living face for the spoof net to see."""
    alive, picture = shown(grace, "live", 3), shown(astronaut, scene, 3)
    pieces = [
        part[begin : begin + turns]
        for begin in range(0, len(alive), turns)
        for part in (alive, picture)
    ]
    found, _ = granted(bundle, chain.from_iterable(pieces), ada)
    assert found == []


@pytest.mark.parametrize("share", [0.55, 0.75, 0.9])
def test_a_picture_in_front_of_a_living_person(bundle, astronaut, grace, ada, share):
    sheet = printed(astronaut, np.random.default_rng(1), round(SIZE[0] * share))
    left, top = (SIZE[1] - sheet.shape[1]) // 2, (SIZE[0] - sheet.shape[0]) // 2
    found, told = granted(bundle, overlaid(shown(grace, "live", 5), sheet, left, top), ada)
    assert found == []
    assert recognised(bundle, told, ada)


@pytest.mark.parametrize("left", [10, 420])
def test_a_picture_beside_a_living_person(bundle, astronaut, grace, ada, left):
    sheet = printed(astronaut, np.random.default_rng(1), 260)
    found, _ = granted(bundle, overlaid(shown(grace, "live", 5), sheet, left, 60), ada)
    assert found == []


def replayed(astronaut, seconds):
    """A film of the living holder on a telephone that a hand holds."""
    film = [
        cv2.copyMakeBorder(rgb[20:460, 190:450], 12, 12, 12, 12, cv2.BORDER_CONSTANT)
        for rgb in shown(astronaut, "live", seconds)
    ]
    noise = Noise(SIZE, np.random.default_rng(3))
    wall = [noise.over(hallway(SIZE, 4)) for _ in film]
    return overlaid(wall, film, 190, 8)


def test_a_replayed_film_is_not_the_holder(bundle, astronaut, ada):
    found, told = granted(bundle, replayed(astronaut, 6), ada)
    assert found == []
    assert recognised(bundle, told, ada)
    assert told[-1].attack_permille > bundle.manifest.thresholds.attack_accept_permille


@pytest.mark.parametrize("length", [1, 7, 60])
def test_a_film_that_begins_again_is_no_camera(bundle, astronaut, ada, length):
    film = shown(astronaut, "live", length / FPS)
    found, told = granted(bundle, islice(cycle(film), length + 60), ada)
    assert told[-1].attack_permille == 1_000
    assert [number for number in found if number > length + 15] == []


def test_a_camera_that_freezes_is_found_out(bundle, astronaut, ada):
    film = shown(astronaut, "live", 2)
    found, told = granted(bundle, film + [film[-1]] * 45, ada)
    assert told[-1].attack_permille == 1_000
    assert [number for number in found if number > len(film) + 15] == []


@pytest.mark.parametrize(
    "times",
    [
        lambda index: 1_000,
        lambda index: 10_000 - 66 * index,
        lambda index: 66 * (index % 5),
        lambda index: 10**6 * index,
        lambda index: 66 * index if index < 15 else 66 * index - 10**7,
    ],
)
def test_frames_at_impossible_times_are_read_and_never_enough(bundle, astronaut, times):
    pipeline = Pipeline(bundle)
    for index, rgb in enumerate(shown(astronaut, "live", 2)):
        reading = pipeline.read(Frame(rgb, times(index)), 1, "front", times(index))
        assert not enough(reading, bundle.manifest.thresholds)
        assert bool(reading.probe) == (not reading.refusal)


SCENES = {
    "noise": lambda rng: rng.integers(0, 256, (480, 640, 3), np.uint8),
    "stripes": lambda rng: np.tile(np.array([[[0] * 3, [255] * 3]], np.uint8), (480, 320, 1)),
    "black": lambda rng: np.zeros((480, 640, 3), np.uint8),
    "white": lambda rng: np.full((480, 640, 3), 255, np.uint8),
    "a pixel": lambda rng: np.zeros((1, 1, 3), np.uint8),
    "a line": lambda rng: rng.integers(0, 256, (1, 5_000, 3), np.uint8),
    "12 megapixels": lambda rng: np.full((3_000, 4_000, 3), 120, np.uint8),
}


@pytest.mark.parametrize("scene", SCENES)
def test_a_scene_without_anybody_is_nobody(bundle, scene):
    rgb = SCENES[scene](np.random.default_rng(1))
    for reading in readings(bundle, [rgb] * 5):
        assert reading.refusal
        assert reading.probe == b""


@pytest.mark.parametrize(
    "laid",
    [
        lambda rgb: np.frombuffer(rgb.tobytes(), np.uint8).reshape(rgb.shape),
        np.asfortranarray,
        lambda rgb: rgb[:, ::-1],
        lambda rgb: np.repeat(rgb, 2, axis=1)[:, ::2],
    ],
)
def test_a_picture_may_lie_in_memory_as_it_likes(bundle, astronaut, laid):
    frames = shown(astronaut, "live", 1)
    for rgb in frames:
        rgb.flags.writeable = False
    *_, last = readings(bundle, map(laid, frames))
    assert len(last.probe) == TEMPLATE_LENGTH


def test_a_long_watch_needs_no_more_memory(bundle, astronaut):
    """Somebody else every second, for a minute."""
    film = [cv2.resize(rgb, (320, 240)) for rgb in shown(astronaut, "live", 3)]
    pipeline = Pipeline(bundle)
    held = []
    tracemalloc.start()
    try:
        for index in range(450):
            rgb = np.roll(film[index % 45], 90 * (index // 15 % 3), axis=1)
            pipeline.read(Frame(rgb, 133 * index), 1, "front", 133 * index)
            if index in (149, 449):
                held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[1] - held[0] < 1 << 20


def odd(astronaut):
    """The holder in files of every odd kind."""
    picture = Image.fromarray(astronaut)
    turned = Image.Exif()
    turned[0x112] = 6
    deep = astronaut.astype(np.uint16)[..., ::-1] * 257
    return {
        "CMYK": encoded(picture.convert("CMYK")),
        "grey": encoded(picture.convert("L")),
        "grey PNG with alpha": encoded(picture.convert("LA"), "PNG"),
        "palette": encoded(picture.convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        "16 bits": cv2.imencode(".png", deep)[1].tobytes(),
        "alpha": encoded(picture.convert("RGBA"), "PNG"),
        "animated": encoded(picture, "PNG", save_all=True, append_images=[picture.rotate(90)]),
        "EXIF-rotated": encoded(picture.rotate(90, expand=True), exif=turned),
        "progressive": encoded(picture, progressive=True),
        "huge": encoded(picture.resize((6_000, 6_000))),
    }


def test_the_holder_is_enrolled_from_files_of_every_kind(bundle, astronaut, ada):
    pipeline = Pipeline(bundle)
    for kind, content in odd(astronaut).items():
        answer = pipeline.enrol(content, 1)
        assert answer.refusal == "", kind
        assert similarity_e4(answer.template, ada) > bundle.manifest.thresholds.match_e4, kind


@pytest.mark.parametrize("form", ["GIF", "TIFF", "WEBP", "BMP", "PPM"])
def test_the_holder_in_other_formats_is_refused(bundle, astronaut, form):
    assert Pipeline(bundle).enrol(encoded(astronaut, form), 1).refusal == "not_a_picture"


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("form", ["JPEG", "PNG"])
def test_a_truncated_picture_is_read_or_refused(bundle, astronaut, form, share):
    content = encoded(astronaut, form)
    answer = Pipeline(bundle).enrol(content[: int(share * len(content))], 1)
    assert bool(answer.template) == (not answer.refusal)
    assert share > 0.1 or answer.refusal


def test_no_picture_takes_more_memory_or_time_than_the_cap(bundle_directory, tmp_path):
    """Each in a file of few bytes: large ones, and those that unpack to hundreds of megabytes."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, made in PICTURES.items():
        (folder / name).write_bytes(made())
    command = [sys.executable, "-m", "tests.coprocessor.hostile_pictures"]
    done = subprocess.run(
        [*command, str(bundle_directory), str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=MOST_S,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, told[-1:]
    assert {one["name"] for one in told} == set(PICTURES)
    assert all(one["refusal"] for one in told)
    assert told[-1]["mib"] < MOST_MIB, told
