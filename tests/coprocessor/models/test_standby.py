"""The frame on which an accelerator fails is read all the same, and so is every later one."""

import gc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from board.bundle import Role, Tensor, Variant, read_manifest
from board.link.messages import FaceReading
from coprocessor.frame import Frame, Picture
from coprocessor.models.accelerated import Accelerated, Choice
from coprocessor.models.accelerator import Accelerator
from coprocessor.models.model import Array, Bundle, Model, Stored
from coprocessor.models.standby import LIVE_EVERY, Standby
from coprocessor.reading import Pipeline
from provisioning.simulator.scenes import FPS, compose
from tests.coprocessor.models import flawed
from tests.coprocessor.models.flawed import Fault, Flawed, Hang
from tests.coprocessor.models.until import until

LATE_S = 2.0
"""A busy test machine is no lost device; only the hanging one waits for so long."""
NEVER_S = 3_600.0
"""Where a return would be in the way."""
FAULTS = [
    flawed.dies,
    flawed.is_no_number,
    flawed.is_endless,
    flawed.has_another_shape,
    flawed.is_empty,
]


class Injected(Accelerated):
    """ONNX Runtime stands where an accelerator would, and fails when told to."""

    flawed: dict[Role, Flawed]

    def opened(self, role: Role, variant: Variant) -> Model:
        known: dict[Role, Flawed] = self.__dict__.setdefault("flawed", {})
        if role not in known:
            known[role] = Flawed(super().opened(role, variant))
        return known[role]

    def fail(self, fault: Fault | None, after: int = 0) -> None:
        for model in self.flawed.values():
            model.fail(fault, after)


def injected(bundle: Bundle, limit_s: float = LATE_S, retry_s: float = 0.02) -> Injected:
    choice = Choice("onnxruntime", limit_s=limit_s, retry_s=retry_s)
    found = Injected(bundle.directory, bundle.manifest, choice)
    assert found.accelerator.wait(60)
    return found


@pytest.fixture
def hang() -> Iterator[Hang]:
    one = Hang()
    yield one
    one.let_go.set()


@pytest.fixture(scope="module")
def frames(astronaut: Picture) -> list[Picture]:
    return list(compose(astronaut, "live", seconds=1.0))


def read(pipeline: Pipeline, frames: list[Picture], first: int = 0) -> list[FaceReading]:
    return [
        pipeline.read(Frame(rgb, int(1_000 * index / FPS)), 7, "front", 0)
        for index, rgb in enumerate(frames, first)
    ]


def same(one: FaceReading, other: FaceReading) -> bool:
    """The same but for the time it took."""
    return (one.frames, one.refusal, one.probe) == (other.frames, other.refusal, other.probe)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_reading_comes_of_the_very_frame_on_which_it_fails(
    bundle: Bundle, frames: list[Picture], fault: Fault
) -> None:
    """Not one reading fewer, and after the loss each is what the processor alone would say."""
    failing = injected(bundle, retry_s=NEVER_S)
    pipeline = Pipeline(failing)
    whole = read(pipeline, frames[:4])
    assert (failing.backend, failing.fallback) == ("onnxruntime", False)
    failing.fail(fault)
    whole += read(pipeline, frames[4:], first=4)
    assert (failing.backend, failing.fallback) == ("ai_edge_litert (onnxruntime lost)", True)
    assert [one.frames for one in whole] == list(range(1, len(frames) + 1))
    assert all(one.probe for one in whole)


def test_the_very_answer_is_the_processors(bundle: Bundle, frames: list[Picture]) -> None:
    failing = injected(bundle, retry_s=NEVER_S)
    failing.fail(flawed.dies)
    alone = read(Pipeline(bundle), frames[:6])
    beside = read(Pipeline(failing), frames[:6])
    assert all(same(*pair) for pair in zip(alone, beside, strict=True))


def test_a_hanging_accelerator_costs_its_limit_once(
    bundle: Bundle, frames: list[Picture], hang: Hang
) -> None:
    failing = injected(bundle, limit_s=LATE_S)
    failing.fail(hang)
    whole = read(Pipeline(failing), frames)
    assert all(one.probe for one in whole)
    assert failing.fallback
    assert sum(one.took_us > LATE_S * 1e6 for one in whole) == 1
    failing.fail(None)
    hang.let_go.set()
    until(lambda: not failing.fallback)


def test_back_again_when_it_agrees_again(bundle: Bundle, frames: list[Picture]) -> None:
    """Never by a live frame: while it lies to the fixed pictures it stays lost."""
    failing = injected(bundle)
    pipeline = Pipeline(failing)
    failing.fail(flawed.dies)
    read(pipeline, frames[:2])
    assert failing.fallback
    failing.fail(flawed.lies)
    tried = failing.flawed["embedder"].runs
    until(lambda: failing.flawed["embedder"].runs > tried + 2)
    read(pipeline, frames[2:4])
    assert failing.fallback
    failing.fail(None)
    until(lambda: not failing.fallback)
    assert failing.backend == "onnxruntime"
    assert all(one.probe for one in read(pipeline, frames[4:8], first=4))
    assert not failing.fallback


FORM = Tensor(name="x", shape=(1, 4), dtype="int8", scale=0.5, zero_point=-10)
OTHER = Tensor(name="x", shape=(1, 4), dtype="float32")


class Echo:
    """Says what it was given, as real values."""

    backend = "echo"

    def __init__(self, form: Tensor) -> None:
        self.input, self.outputs = form, (OTHER,)
        self.given: list[Stored] = []

    def run(self, tensor: Stored) -> list[Array]:
        self.given.append(tensor)
        if tensor.dtype == np.int8:
            tensor = (tensor.astype(np.float32) + 10) * np.float32(0.5)
        return [np.asarray(tensor, np.float32)]


def beside(cpu: Model, fast: Model) -> Standby:
    accelerator = Accelerator("beside", lambda: {"spoof": fast}, LATE_S, NEVER_S)
    assert accelerator.wait(10)
    return Standby("spoof", cpu, fast.input, accelerator)


def test_input_quantised_for_the_processor_is_real_for_another_graph() -> None:
    fast = Echo(OTHER)
    stored = np.array([[-10, 0, 10, 127]], np.int8)
    assert beside(Echo(FORM), fast).run(stored)[0].tolist() == [[0.0, 5.0, 10.0, 68.5]]
    assert fast.given[0].dtype == np.float32
    fast = Echo(FORM)
    assert beside(Echo(FORM), fast).run(stored)[0].tolist() == [[0.0, 5.0, 10.0, 68.5]]
    assert fast.given[0] is stored


def test_a_callers_mistake_does_not_cost_the_accelerator() -> None:
    one = beside(Echo(OTHER), Echo(OTHER))
    with pytest.raises(ValueError, match="input of shape"):
        one.run(np.zeros((1, 5), np.float32))
    assert one.backend == "beside"


def test_one_that_begins_to_lie_is_found_out() -> None:
    """By one answer in LIVE_EVERY, which is then the processor's."""
    fast = Flawed(Echo(OTHER))
    one = beside(Echo(OTHER), fast)
    tensor = np.ones((1, 4), np.float32)
    for _ in range(LIVE_EVERY):
        one.run(tensor)
    assert one.backend == "beside"
    fast.fail(flawed.lies)
    answers = [one.run(tensor)[0].tolist() for _ in range(LIVE_EVERY)]
    assert answers == [[[-1.0] * 4]] * (LIVE_EVERY - 1) + [[[1.0] * 4]]
    assert one.backend == "echo (beside lost)"


def test_loss_and_return_keep_nothing(bundle: Bundle) -> None:
    failing = injected(bundle)
    tensor = np.zeros(failing.model("eyes").input.shape, np.float32)

    def once() -> None:
        failing.fail(flawed.dies)
        failing.model("eyes").run(tensor)
        failing.fail(None)
        until(lambda: not failing.fallback)

    for _ in range(5):
        once()
    gc.collect()
    before = psutil.Process().memory_info().rss
    for _ in range(40):
        once()
    gc.collect()
    assert psutil.Process().memory_info().rss - before < 8 << 20


def test_a_tampered_variant_is_not_run(bundle: Bundle, tmp_path: Path) -> None:
    for file in bundle.directory.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    spoilt = tmp_path / "spoof.float.onnx"
    spoilt.write_bytes(spoilt.read_bytes()[:-1] + b"x")
    public = (tmp_path / "bundle.pub").read_text("ascii").strip()
    found = Accelerated(tmp_path, read_manifest(tmp_path, public), Choice("onnxruntime"))
    assert not found.accelerator.wait(60)
    assert found.fallback
