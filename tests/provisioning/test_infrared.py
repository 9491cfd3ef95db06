"""The simulated infrared camera: what it sees of each scene, and its cable."""

import asyncio
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from board.simulated import SimulatedBoard
from board.table import read_table
from provisioning.simulator.camera import Camera
from provisioning.simulator.hallway import Picture
from provisioning.simulator.infrared import InfraredView, grey
from provisioning.simulator.scenes import SCENES, SceneName, compose
from provisioning.simulator.simulation import Simulation


@pytest.fixture(scope="module")
def portrait() -> Picture:
    return np.asarray(astronaut(), np.uint8)


@pytest.mark.parametrize("scene", SCENES)
def test_it_sees_people_and_prints_in_grey_and_nothing_of_a_display(
    portrait: Picture, scene: SceneName
) -> None:
    seen = next(compose(portrait, scene))
    view = InfraredView().of(scene, seen)
    assert view.shape == seen.shape
    assert np.array_equal(view[..., 0], view[..., 1])
    assert np.array_equal(view[..., 0], view[..., 2])
    same = np.array_equal(view, grey(seen))
    assert same == (scene not in ("screen", "as-is"))


def test_its_pictures_come_with_the_others_until_its_cable_is_out(tmp_path: Path) -> None:
    async def story() -> None:
        board = SimulatedBoard(read_table("simulated"), tmp_path / "camera.sock")
        await board.start()
        camera = Camera(tmp_path / "camera.sock", "CAM0", "CAM1")
        running = asyncio.create_task(camera.run())
        first, second = board.camera("CAM0"), board.camera("CAM1")
        async with asyncio.timeout(10):
            assert (await second.picture()).rgb
            assert (await first.picture()).rgb
        await camera.plug_infrared(False)
        await asyncio.sleep(0.2)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):  # three frames of the idle pace
                await second.picture()
        async with asyncio.timeout(10):
            assert (await first.picture()).rgb
        await camera.plug_infrared(True)
        async with asyncio.timeout(10):
            assert (await second.picture()).rgb
        running.cancel()
        await board.close()

    asyncio.run(story())


def test_a_site_without_one_has_none(state: Path, simulation: Simulation) -> None:
    assert not simulation.camera.infrared
    path = state / "coprocessor.toml"
    path.write_text(path.read_text() + '[infrared]\nname = "CAM1"\n')
    assert Simulation(state, None, lambda _it, _what: None).camera.infrared == "CAM1"
