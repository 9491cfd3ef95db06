"""When the detector may rest: only while nobody is there and nothing changes."""

import numpy as np
import pytest

from coprocessor.gate import BEAT_MS, QUIET_MS, Gate
from provisioning.simulator.hallway import empty

WALL = np.full((480, 640, 3), 120, np.uint8)


def noisy(seed, sigma=4.0):
    grain = np.random.default_rng(seed).normal(0, sigma, WALL.shape)
    return np.clip(WALL + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def gate():
    gate = Gate()
    gate.looked(noisy(0), 10_000, found=False)
    return gate


def test_before_the_first_look_it_is_open():
    assert not Gate().shut(WALL, 0)


def test_a_noisy_empty_scene_shuts_it(gate):
    assert all(gate.shut(noisy(seed), 10_000 + 100 * seed) for seed in range(1, 9))


def test_the_simulated_hallway_shuts_it():
    frames = empty()
    gate = Gate()
    gate.looked(next(frames), 0, found=False)
    assert all(gate.shut(next(frames), 66 * index) for index in range(1, 10))


@pytest.mark.parametrize("level", [60, 105, 140, 255])
def test_somebody_far_away_opens_it(gate, level):
    scene = noisy(1)
    scene[200:280, 300:360] = level
    assert not gate.shut(scene, 10_100)


def test_a_slow_change_adds_up(gate):
    levels = [(WALL + step).astype(np.uint8) for step in range(1, 9)]
    told = [gate.shut(rgb, 10_000 + 50 * index) for index, rgb in enumerate(levels)]
    assert told[0]
    assert not told[-1]


@pytest.mark.parametrize("at_ms", [10_000 + BEAT_MS, 10_000 + 60_000, 9_999])
def test_it_opens_for_the_beat_and_when_time_runs_back(gate, at_ms):
    assert not gate.shut(noisy(1), at_ms)


def test_the_beat_is_at_least_once_a_second():
    assert BEAT_MS < 1_000


def test_after_a_face_it_stays_open_for_a_while():
    gate = Gate()
    gate.looked(WALL, 0, found=True)
    gate.looked(WALL, QUIET_MS - 1, found=False)
    assert not gate.shut(WALL, QUIET_MS)
    gate.looked(WALL, QUIET_MS, found=False)
    assert gate.shut(WALL, QUIET_MS + 100)


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (3, 7, 3), (1080, 1920, 3)])
def test_frames_of_any_size_are_compared(shape):
    gate = Gate()
    gate.looked(np.zeros(shape, np.uint8), 0, found=False)
    assert gate.shut(np.zeros(shape, np.uint8), 100)
    assert not gate.shut(np.full(shape, 200, np.uint8), 100)
