"""A changed camera, light or model is told of; a site that is the same is not; nobody is kept."""

import asyncio
import logging
import os
from collections.abc import Iterator
from itertools import accumulate, pairwise
from math import log
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from board.link.messages import Passed
from coprocessor.camera import Frames
from coprocessor.cues import Cues
from coprocessor.drift import drift as room
from coprocessor.drift import kept
from coprocessor.drift.drift import APPROACH_FRAMES, ASK_EVERY_MS, EDGES, Drift
from coprocessor.drift.figure import GROUPS, cuts, psi_e3
from coprocessor.drift.gauge import (
    BASELINE,
    BASELINE_MINUTES,
    HALF,
    HALF_MINUTES,
    MOST,
    MOST_BINS,
    Gauge,
)
from coprocessor.drift.kept import KeptError
from coprocessor.frame import Frame, Picture, picture
from coprocessor.models.model import Bundle
from coprocessor.reading import Pipeline
from coprocessor.watch import Watch
from tests.appliance.bench import reading
from tests.coprocessor.drift_site import ALARM_E3, FAULTS, SAME, Shut, Site
from tests.coprocessor.test_watch import Endless, Measured, Runs, Told
from tests.coprocessor.waiting import eventually

NEAR = Cues(near=1.0, sharpness=300.0, exposure=120.0, eyes_px=60.0, frames=APPROACH_FRAMES)

histograms = st.lists(st.integers(0, MOST), min_size=20, max_size=20)


# The figure


def test_the_figure_of_two_groups_is_the_textbooks() -> None:
    """Shares 1/2, 1/2 against 3/4, 1/4, so many that chance and half samples do not show."""
    n = 10**9
    psi = 0.25 * log(1.5) + 0.25 * log(2)
    assert psi_e3([n, n], [3 * n, n]) == round(1_000 * psi)


def test_the_same_is_nothing_and_nothing_is_the_same() -> None:
    assert psi_e3([5, 0, 90, 7], [5, 0, 90, 7]) == 0
    assert psi_e3([0, 0], [3, 4]) == psi_e3([3, 4], [0, 0]) == psi_e3([0], [0]) == 0


def test_chance_is_taken_off_whatever_the_sizes() -> None:
    """Without it the mean of small samples would be some 0.1, and the limit a matter of size."""
    random = np.random.default_rng(5)
    for n, m in ((300, 150), (300, 1_000), (2_000, 150)):
        figures = []
        for _ in range(300):
            first, second = (np.histogram(random.normal(0, 3, k), range(-15, 16)) for k in (n, m))
            figures.append(psi_e3(first[0].tolist(), second[0].tolist()))
        assert sum(figures) / len(figures) < 30
        assert sorted(figures)[len(figures) * 99 // 100] < ALARM_E3 / 2


def test_a_shift_beyond_all_that_was_is_seen_even_from_a_single_bin() -> None:
    baseline = [0] * 9 + [300] + [0] * 10
    for place in (0, 8, 10, 19):
        shifted = [0] * 20
        shifted[place] = 150
        assert psi_e3(baseline, shifted) > 1_000


@settings(deadline=None)
@given(histograms)
def test_the_groups_are_few_and_hold_every_bin_once(baseline: list[int]) -> None:
    places = cuts(baseline)
    assert (places[0], places[-1]) == (0, len(baseline))
    assert all(start < end for start, end in pairwise(places))
    assert len(places) - 1 <= GROUPS + 3


@settings(deadline=None)
@given(st.lists(st.integers(0, 40), min_size=20, max_size=20))
def test_the_groups_of_a_baseline_are_not_small(baseline: list[int]) -> None:
    sums = (0, *accumulate(baseline))
    inner = [sums[end] - sums[start] for start, end in pairwise(cuts(baseline))]
    held = [count for count in inner if count]
    assert all(2 * count >= sum(baseline) / GROUPS for count in held) or len(held) == 1


@settings(deadline=None)
@given(histograms, histograms)
def test_any_two_histograms_have_a_figure(first: list[int], second: list[int]) -> None:
    assert psi_e3(first, second) >= 0


# The gauge


def filled(values: Iterator[int], gauge: Gauge, count: int, minutes: int, minute: int = 0) -> int:
    """So many samples spread over so many minutes; return the minute after them."""
    for number in range(count):
        gauge.add(next(values), minute + number * minutes // count)
    return minute + minutes


def some(low: int, high: int) -> Iterator[int]:
    random = np.random.default_rng(low)
    while True:
        yield int(random.integers(low, high))


def test_a_baseline_needs_people_and_days_and_then_stays() -> None:
    gauge = Gauge(tuple(range(10, 100, 10)))
    filled(some(0, 100), gauge, BASELINE + 10, BASELINE_MINUTES - 1)
    assert not gauge.counted.frozen
    gauge.add(5, BASELINE_MINUTES)
    assert gauge.counted.frozen
    few = Gauge(tuple(range(10, 100, 10)))
    filled(some(0, 100), few, BASELINE - 1, 9 * BASELINE_MINUTES)
    assert not few.counted.frozen
    baseline = gauge.counted.baseline
    filled(some(90, 99), gauge, 20 * HALF, 20 * HALF_MINUTES, BASELINE_MINUTES)
    assert gauge.counted.baseline == baseline
    assert gauge.psi_e3() > 1_000


def test_the_window_forgets_and_there_is_no_figure_before_its_first_half() -> None:
    gauge = Gauge(tuple(range(10, 100, 10)))
    minute = filled(some(0, 100), gauge, BASELINE, BASELINE_MINUTES) + 1
    gauge.add(5, minute)
    minute = filled(some(90, 99), gauge, HALF - 1, HALF_MINUTES, minute)
    assert gauge.psi_e3() == 0
    gauge.add(95, minute)
    assert gauge.psi_e3() > 1_000
    minute = filled(some(0, 100), gauge, 3 * HALF, 3 * HALF_MINUTES, minute)
    assert gauge.psi_e3() < ALARM_E3
    assert sum(gauge.counted.before) + sum(gauge.counted.now) <= 2 * HALF + 1


@settings(deadline=None)
@given(st.lists(st.floats() | st.integers(-(10**30), 10**30).map(float), min_size=1, max_size=30))
def test_any_number_has_a_bin(values: list[float]) -> None:
    gauge = Gauge(EDGES["attack"])
    for value in values:
        gauge.add(value, 0)
    assert sum(gauge.counted.baseline) == len(values)


def test_the_edges_rise_and_are_not_too_many() -> None:
    assert set(EDGES) == {"similarity", "attack", "sharpness", "exposure", "size"}
    for edges in EDGES.values():
        assert all(low < high for low, high in pairwise(edges))
        assert len(edges) < MOST_BINS


# One sample per approach


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "drift.json", 0)


def counted(drift: Drift, of: str) -> int:
    return sum(drift._gauges[of].counted.baseline)  # type: ignore[index]


def test_whoever_stands_there_long_counts_once(site: Site) -> None:
    drift = site.drift
    for _ in range(500):
        drift.note(1, NEAR)
    assert counted(drift, "sharpness") == 0  # not over yet
    drift.note(2, but(NEAR, frames=APPROACH_FRAMES - 1))
    assert [counted(drift, of) for of in EDGES] == [0, 1, 1, 1, 1]
    drift.note(3, but(NEAR, near=None))
    drift.note(4, NEAR)
    assert [counted(drift, of) for of in EDGES] == [0, 1, 2, 2, 2]
    drift.stop()
    assert [counted(drift, of) for of in EDGES] == [0, 2, 3, 3, 3]


def test_it_is_the_moment_nearest_to_the_camera_that_counts(site: Site) -> None:
    for size, sharpness in ((30.0, 9.0), (90.0, 300.0), (40.0, 9.0)):
        site.drift.note(1, but(NEAR, eyes_px=size, sharpness=sharpness))
    site.drift.note(2, NEAR)
    baseline = site.drift._gauges["sharpness"].counted.baseline
    assert baseline[sum(edge <= 300 for edge in EDGES["sharpness"])] == 1


def but(cues: Cues, **more: float | None) -> Cues:
    return Cues(**(vars(cues) | more))  # type: ignore[arg-type]


def test_the_eye_is_asked_of_people_only_and_not_of_every_frame(tmp_path: Path) -> None:
    asked: list[int] = []

    class Open:
        def cues(self) -> tuple[int, Cues]:
            asked.append(1)
            return 1, NEAR

    drift = Drift(tmp_path / "drift.json", "bundle", "camera", Open(), lambda: 0)
    for frame in range(40):
        drift.saw(reading(1, 0, track=1 if 10 <= frame < 30 else 0), 1_000 + 50 * frame)
    assert len(asked) == 20 * 50 / ASK_EVERY_MS


def test_a_face_that_is_missed_now_and_then_is_still_one_approach(tmp_path: Path) -> None:
    class Open:
        def cues(self) -> tuple[int, Cues]:
            return 1, NEAR

    drift = Drift(tmp_path / "drift.json", "bundle", "camera", Open(), lambda: 0)
    for frame in range(100):
        track = 1 if frame % 3 else 0
        drift.saw(reading(1, 0, track=track, refusal="" if track else "no_face"), 200 * frame)
    drift.stop()
    assert counted(drift, "size") == 1


def test_real_readings_of_one_person_are_one_sample_of_each(
    tmp_path: Path, bundle: Bundle, astronaut: Picture
) -> None:
    pipeline = Pipeline(bundle)
    path = tmp_path / "drift.json"
    drift = Drift(path, bundle.manifest.identity, "camera", pipeline, lambda: 0)
    for at_ms in range(0, 1_500, 100):
        noise = np.random.default_rng(at_ms).integers(0, 6, astronaut.shape, np.uint8)
        frame = Frame(picture(np.minimum(astronaut, 249) + noise), at_ms)
        drift.saw(pipeline.read(frame, 1, "front", at_ms), at_ms)
    drift.stop()
    assert [counted(drift, of) for of in EDGES] == [0, 1, 1, 1, 1]
    exposure = drift._gauges["exposure"].counted.baseline.index(1)
    assert 10 < exposure < 35  # neither black nor white


def test_watch_reports_what_drift_says(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    drift = Drift(path, "bundle", "camera", Shut(), lambda: 0)

    async def story() -> None:
        watch = Watch(Frames(Endless()), Measured(), Runs(), lambda: True, drift=drift)
        told = Told()
        watch.handle(Passed(3, 6_100), told.session)
        watch.changed(told.session)
        drift._worst = (321, "size")
        watch.tell_status()
        shown = [("", 0), ("size", 321)]
        await eventually(
            lambda: [(one.drift_of, one.drift_e3) for one in told.messages[1:]] == shown  # type: ignore[union-attr]
        )
        told.close()

    asyncio.run(story())
    assert counted(drift, "similarity") == 1


# A site


def test_a_site_that_is_the_same_is_not_told_of(tmp_path: Path) -> None:
    """Two thousand approaches over seven weeks at each of four sites: people, sun and weather."""
    for seed in range(4):
        site = Site(tmp_path / f"{seed}.json", seed)
        for _ in range(49):
            site.day(40)
        assert max(site.worst)[0] > 0  # it was watched
        assert site.alarm() is None


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_within_three_hundred_approaches(name: str, tmp_path: Path) -> None:
    site = Site(tmp_path / "drift.json", 1)
    for _ in range(28):
        site.day(40)
    assert site.alarm() is None
    site.worst.clear()
    while site.alarm() is None and len(site.worst) < 300:
        site.day(40, FAULTS[name])
    alarm = site.alarm()
    assert alarm is not None
    assert (
        alarm[1]
        in {
            "out of focus": {"sharpness"},
            "a smeared lens": {"sharpness", "attack"},
            "a lamp is out": {"exposure"},
            "another model": {"attack", "similarity"},
            "the camera looks elsewhere": {"size"},
        }[name]
    )


def test_commissioning_day_is_today_after_a_fit(tmp_path: Path) -> None:
    site = Site(tmp_path / "drift.json", 1)
    shift = FAULTS["a lamp is out"]
    for day in range(40):
        site.day(40, shift if day >= 28 else SAME)
    assert site.drift.worst()[1] == "exposure"
    site.drift.anew()
    assert site.drift.worst() == (0, "")
    for _ in range(28):
        site.day(40, shift)
    assert site.drift.worst()[0] < ALARM_E3
    assert any(site.drift._gauges["size"].counted.before)  # and it is watched again


# What is kept


def test_a_restart_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "drift.json"
    site = Site(path, 3)
    for day in range(30):
        site.day(40, FAULTS["out of focus"] if day >= 27 else SAME)
    site.drift.stop()
    again = Drift(path, "bundle", "camera", Shut(), lambda: 77)
    assert again.worst() == site.drift.worst()
    assert again.worst()[0] > ALARM_E3
    assert again._minute() == site.drift._minute()


@pytest.mark.parametrize(("bundle", "camera"), [("other", "camera"), ("bundle", "other")])
def test_another_bundle_or_camera_begins_anew(bundle: str, camera: str, site: Site) -> None:
    site.day(40)
    site.drift.stop()
    again = Drift(site.drift._path, bundle, camera, Shut(), lambda: 0)
    assert [counted(again, of) for of in EDGES] == [0] * 5
    assert counted(Drift(site.drift._path, "bundle", "camera", Shut(), lambda: 0), "size") == 40


def test_it_is_counts_that_are_kept_for_our_eyes_only(tmp_path: Path) -> None:
    """Canaries: numbers of one approach that would be found again if anything of it was kept."""
    path = tmp_path / "drift.json"
    drift = Drift(path, "0123456789abcdef", "CAM0", Shut(), lambda: 1_764_000_123_457)
    canary = Cues(near=1.23457, sharpness=345.671, exposure=123.4571, eyes_px=76.54321, frames=99)
    for track in range(1, 90):
        drift.note(8_675_309 + track, canary)
        drift.passed(7_654)
    drift.stop()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["drift.json"]
    raw = path.read_bytes()
    for number in ("23457", "345", "671", "123.", "4571", "765", "543", "8675", "99", "1764"):
        assert number.encode() not in raw.replace(b"0123456789abcdef", b"")
    whole = msgspec.json.decode(raw)
    assert set(whole) == {"schema", "bundle", "camera", "minutes", "gauges"}
    for gauge in whole["gauges"].values():
        assert sum(gauge["baseline"]) == 89
        assert {
            kind for counts in (gauge["baseline"], gauge["now"]) for kind in map(type, counts)
        } == {int}
        assert set(gauge) == {"baseline", "before", "now", "frozen", "began"}


def test_the_file_stays_small(tmp_path: Path) -> None:
    gauge = {
        "baseline": [MOST] * MOST_BINS,
        "before": [MOST] * MOST_BINS,
        "now": [MOST] * MOST_BINS,
    }
    whole = {
        "schema": 1,
        "bundle": "b" * 64,
        "camera": "c" * 4_096,
        "minutes": MOST,
        "gauges": {of: gauge | {"frozen": True, "began": MOST} for of in EDGES},
    }
    assert kept.parse(msgspec.json.encode(whole)).minutes == MOST


GOOD = {
    "schema": 1,
    "bundle": "bundle",
    "camera": "camera",
    "minutes": 9,
    "gauges": {
        of: dict.fromkeys(("baseline", "before", "now"), [0] * (len(edges) + 1))
        | {"frozen": False, "began": 3}
        for of, edges in EDGES.items()
    },
}


@pytest.mark.parametrize(
    "change",
    [
        {"schema": 2},
        {"minutes": 2},
        {"minutes": -1},
        {"gauges": {}},
        {"gauges": GOOD["gauges"] | {"size": GOOD["gauges"]["attack"]}},  # type: ignore[index,operator]
        {"name": "Vera"},
        {"camera": None},
        {"bundle": "b" * 65},
    ],
)
def test_what_is_not_ours_is_begun_anew_and_said_once(
    change: dict[str, object], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "drift.json"
    path.write_bytes(msgspec.json.encode(GOOD))
    assert Drift(path, "bundle", "camera", Shut(), lambda: 0)._minute() == 9
    assert not caplog.records
    path.write_bytes(msgspec.json.encode(GOOD | change))
    assert Drift(path, "bundle", "camera", Shut(), lambda: 0)._minute() == 0
    assert len(caplog.records) == 1
    assert "counting anew" in caplog.text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.sampled_from([b"[" * 60_000, b"{}", b"null", b" " * 70_000]))
def test_any_bytes_are_a_file_or_an_error(raw: bytes) -> None:
    with pytest.raises(KeptError):
        kept.parse(raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from([*GOOD, "x"]), JSON, max_size=3),
    st.dictionaries(st.sampled_from(list(EDGES)), JSON, max_size=2),
)
def test_any_json_leaves_a_watch_that_works(
    change: dict[str, object], gauges: dict[str, object]
) -> None:
    whole = GOOD | {"gauges": GOOD["gauges"] | gauges} | change  # type: ignore[operator]
    raw = msgspec.json.encode(whole)
    drift = Drift(Path(os.devnull), "bundle", "camera", Shut(), lambda: 0)
    try:
        drift._go_on(kept.parse(raw))
    except (KeptError, KeyError, ValueError):
        drift.anew()
    for track in range(5):
        drift.note(track, NEAR)
    assert drift.worst()[0] >= 0


def test_a_place_that_cannot_be_written_costs_the_counts_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drift = Drift(tmp_path / "absent" / "drift.json", "bundle", "camera", Shut(), lambda: 0)
    drift.passed(7_000)
    drift.stop()
    assert "lost at a restart" in caplog.text
    (tmp_path / "folder").mkdir()
    with caplog.at_level(logging.WARNING):
        Drift(tmp_path / "folder", "bundle", "camera", Shut(), lambda: 0).passed(7_000)
    assert "counting anew" in caplog.text


def test_what_changed_is_written_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SAVE_EVERY_S", 0.01)
    path = tmp_path / "drift.json"
    drift = Drift(path, "bundle", "camera", Shut(), lambda: 0)

    async def story() -> None:
        running = asyncio.create_task(drift.run())
        await asyncio.sleep(0.1)
        assert not path.exists()
        drift.passed(7_000)
        await asyncio.sleep(0.1)
        first = path.stat().st_ino
        await asyncio.sleep(0.1)
        assert path.stat().st_ino == first
        running.cancel()

    asyncio.run(story())
    assert counted(Drift(path, "bundle", "camera", Shut(), lambda: 0), "similarity") == 1
