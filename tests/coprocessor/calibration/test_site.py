"""Which judge follows from what is known, and who may teach it."""

import msgspec
import numpy as np
import pytest

from board.link.messages import FaceReading
from coprocessor.attack import FirstConstants
from coprocessor.calibration import passes
from coprocessor.calibration.judge import SiteJudge
from coprocessor.calibration.passes import PassesJudge
from coprocessor.calibration.site import PASS_SPAN_MS, REMEMBER_MS, REMEMBERED, Site
from coprocessor.calibration.view import EVERY_MS, FIRST_LOOKS, LOOKS
from coprocessor.frame import Frame
from tests.coprocessor.calibration.made import cues, people

READING = FaceReading(1, "front", 7, 40, 3_000, "", 100, b"\1" * 512, 0, 9)
NOBODY = FaceReading(0, "", 0, 0, 0, "no_face", 500, b"", 0, 9)
RGB = np.zeros((48, 64, 3), np.uint8)


class Eye:
    """What is calibrated; `seen` is before it."""

    def __init__(self):
        self.judge = FirstConstants()
        self.seen = cues()
        self.track = 7

    def cues(self):
        return self.track, self.seen


class Scene:
    """A site whose clock runs as it is told."""

    def __init__(self, path, limits):
        self.eye = Eye()
        self.site = Site(path, "CAM0", "00112233aabbccdd", limits, self.eye)
        self.now_ms = 0

    def saw(self, reading=READING, rgb=RGB, step_ms=REMEMBER_MS, **change):
        self.now_ms += step_ms
        self.site.saw(Frame(rgb, self.now_ms), msgspec.structs.replace(reading, **change))

    def let_in(self, times, **change):
        for _ in range(times):
            self.eye.track += 1
            self.saw(track=self.eye.track, **change)
            self.site.passed(self.eye.track)

    def fit(self, rgb=RGB):
        self.saw(rgb=rgb)
        assert self.site._keeper.observed(people()) == ""
        found = self.site.commission(self.site.observed)
        return self.site.adopt(found, self.site.observed)

    @property
    def live(self):
        return self.site.report(0).live


@pytest.fixture
def scene(tmp_path, bundle):
    return Scene(tmp_path / "calibration.json", bundle.manifest.thresholds)


def test_enough_passes_shift_the_first_constants_and_are_no_calibration(scene):
    scene.let_in(passes.LEAST - 10)
    assert isinstance(scene.eye.judge, FirstConstants)
    scene.let_in(10)
    assert isinstance(scene.eye.judge, PassesJudge)
    assert scene.site.calibration == "none"


def test_a_fit_and_then_passes(scene):
    assert scene.fit() == ""
    assert isinstance(scene.eye.judge, SiteJudge)
    before = scene.eye.judge._trained.edges
    scene.eye.seen = cues(near=5.0, middle=5.0)
    scene.let_in(passes.LEAST)
    after = scene.eye.judge._trained.edges
    assert 0 < abs(after.accept - before.accept) <= 0.5


def test_a_restart_goes_on(scene, tmp_path, bundle):
    scene.fit()
    again = Scene(tmp_path / "calibration.json", bundle.manifest.thresholds)
    again.saw()
    assert isinstance(again.eye.judge, SiteJudge)
    assert again.eye.judge._trained.edges == scene.eye.judge._trained.edges


@pytest.mark.parametrize(
    "change", [{"attack_permille": 401}, {"refusal": "blurred"}, {"attempt": 0}]
)
def test_who_was_in_doubt_teaches_nothing(scene, change):
    scene.let_in(3, **change)
    assert scene.live == 0


def test_who_came_to_be_doubted_teaches_nothing(scene):
    scene.saw()
    scene.saw(attack_permille=401, step_ms=1)
    scene.site.passed(7)
    assert scene.live == 0


def test_who_was_seen_too_shortly_teaches_nothing(scene):
    scene.eye.seen = cues(span_ms=PASS_SPAN_MS - 1)
    scene.let_in(3)
    assert scene.live == 0


def test_a_track_counts_once_and_only_while_it_is_remembered(scene):
    scene.saw()
    scene.site.passed(7)
    scene.site.passed(7)
    assert scene.live == 1
    for track in range(10, 11 + REMEMBERED):
        scene.eye.track = track
        scene.saw(track=track)
    scene.site.passed(10)
    assert scene.live == 1
    scene.site.passed(11)
    assert scene.live == 2


def test_a_fit_of_what_has_meanwhile_changed_is_not_adopted(scene):
    scene.saw()
    scene.site._keeper.observed(people())
    observed = scene.site.observed
    found = scene.site.commission(observed)
    scene.site.forget()
    assert scene.site.adopt(found, observed) == "too_few"
    assert isinstance(scene.eye.judge, FirstConstants)


def test_moved_brings_the_first_constants_back(scene):
    here, there = (np.random.default_rng(seed).integers(0, 256, (6, 8, 3)) for seed in (1, 2))
    here, there = (
        np.repeat(np.repeat(rgb.astype(np.uint8), 80, axis=0), 80, axis=1) for rgb in (here, there)
    )
    assert scene.fit(here) == ""
    for _ in range(FIRST_LOOKS + 1):
        scene.saw(NOBODY, here, EVERY_MS)
    calibrated = scene.site.calibration
    for _ in range(LOOKS + 2):
        scene.saw(NOBODY, there, EVERY_MS)
    assert (calibrated, scene.site.calibration) == ("site", "void")
    assert isinstance(scene.eye.judge, FirstConstants)
    scene.let_in(20)
    assert scene.live == 0
