"""A device answers in time or not at all, is lost as a whole, and comes back as a whole."""

import threading
from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest

from board.bundle import BundleError, Role, Tensor
from coprocessor.models.accelerator import Accelerator, next_pause
from coprocessor.models.model import Array, Model, ModelError, Stored
from tests.coprocessor.models.flawed import Flawed, Hang, dies
from tests.coprocessor.models.until import until

FORM = Tensor(name="x", shape=(1, 2), dtype="float32")
SOON_S = 0.02
LIMIT_S = 0.2
"""So short that a test does not wait, so long that a busy machine is no lost device."""


class Double:
    """A model of one line."""

    input, outputs, backend = FORM, (FORM,), "double"

    def run(self, tensor: Stored) -> list[Array]:
        return [np.asarray(tensor * 2, np.float32)]


class Device:
    """Opens its one model, or does not; counts the tries."""

    def __init__(self) -> None:
        self.model = Flawed(Double())
        self.missing: Exception | None = None
        self.tries = 0

    def open_all(self) -> dict[Role, Model]:
        self.tries += 1
        if self.missing:
            raise self.missing
        self.model.run(ONE)
        return {"spoof": self.model}


ONE = np.ones((1, 2), np.float32)
NUMBERS = count()


@pytest.fixture
def hang() -> Iterator[Hang]:
    """Let go at the end, so that no thread outlives the test in it."""
    one = Hang()
    yield one
    one.let_go.set()


def started(device: Device) -> Accelerator:
    """By a name of its own: the thread of one test's device still logs in the next test."""
    accelerator = Accelerator(f"device{next(NUMBERS)}", device.open_all, LIMIT_S, SOON_S)
    accelerator.wait(10)
    return accelerator


def said(accelerator: Accelerator, what: str, caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was logged of this device, of those lines that begin so."""
    told = [one.message.removeprefix(f"{accelerator.name}: ") for one in caplog.records]
    return [line for line in told if line.startswith(what)]


def answers(accelerator: Accelerator) -> bool:
    found = accelerator.run("spoof", ONE)
    assert found is None or found[0].tolist() == [[2, 2]]
    return found is not None


def test_answers_and_says_so() -> None:
    accelerator = started(Device())
    assert answers(accelerator)
    assert accelerator.told("litert") == accelerator.name


def test_what_fails_is_lost_at_once_and_back_when_it_opens_again() -> None:
    device = Device()
    accelerator = started(device)
    device.model.fail(dies)
    assert not answers(accelerator)
    assert not accelerator.working
    assert accelerator.told("litert") == f"litert ({accelerator.name} lost)"
    tried = device.tries
    until(lambda: device.tries > tried + 1)
    assert not accelerator.working
    device.model.fail(None)
    until(lambda: accelerator.working)
    assert answers(accelerator)


def test_a_hung_call_is_left_alone(hang: Hang) -> None:
    """One thread, however long it hangs; when it comes back, so does the device."""
    device = Device()
    accelerator = started(device)
    before = threading.active_count()
    device.model.fail(hang)
    assert not answers(accelerator)
    for _ in range(1_000):
        assert not answers(accelerator)
    assert threading.active_count() <= before
    assert device.tries == 1
    device.model.fail(None)
    hang.let_go.set()
    until(lambda: accelerator.working)
    assert answers(accelerator)


def test_a_late_answer_is_nobodys(hang: Hang) -> None:
    """What the hung call says at last is not taken for the next frame's."""
    device = Device()
    accelerator = started(device)
    device.model.fail(lambda outputs: hang([output + 7 for output in outputs]))
    assert not answers(accelerator)
    hang.let_go.set()
    device.model.fail(None)
    until(lambda: accelerator.working)
    assert answers(accelerator)


@pytest.mark.parametrize("missing", [ModelError("plug it in"), BundleError("changed"), OSError(5)])
def test_a_missing_device_is_told_once_and_tried_again(
    missing: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    device = Device()
    device.missing = missing
    accelerator = started(device)
    assert not accelerator.working
    assert not answers(accelerator)
    until(lambda: device.tries > 3)
    why = "OSError" if isinstance(missing, OSError) else str(missing)
    assert said(accelerator, "not", caplog) == [f"not to be had: {why}"]
    device.missing = None
    until(lambda: accelerator.working)


def test_a_failure_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    device = Device()
    accelerator = started(device)
    device.model.fail(dies)
    assert not answers(accelerator)
    (told,) = said(accelerator, "lost", caplog)
    assert told.endswith("spoof: RuntimeError")


@pytest.mark.parametrize(
    ("former_s", "worked_s", "told_s"),
    [
        (30.0, None, 30.0),
        (30.0, 1.0, 60.0),
        (60.0, 59.0, 120.0),
        (60.0, 61.0, 30.0),
        (600.0, 1.0, 600.0),
        (600.0, None, 30.0),
    ],
)
def test_one_that_is_soon_lost_again_is_tried_less_often(
    former_s: float, worked_s: float | None, told_s: float
) -> None:
    assert next_pause(former_s, 30.0, worked_s) == told_s


def test_an_open_that_takes_long_does_not_hold_up_the_start(hang: Hang) -> None:
    device = Device()
    device.model.fail(hang)
    accelerator = Accelerator("device", device.open_all, LIMIT_S, SOON_S)
    assert not accelerator.wait(0.01)
    assert not answers(accelerator)
    hang.let_go.set()
    until(lambda: accelerator.working)
