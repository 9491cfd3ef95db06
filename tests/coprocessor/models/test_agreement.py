"""Close is told from strange; what is no number is strange."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coprocessor.models.agreement import CLOSE, PICTURES, apart, noise, sample
from coprocessor.models.model import Array, Bundle, ModelError
from tests.coprocessor.models import flawed
from tests.coprocessor.models.flawed import Fault, Flawed

VECTORS = arrays(np.float32, 8, elements=st.floats(-1_000, 1_000, width=32))


def nudged(outputs: list[Array]) -> list[Array]:
    return [output + np.float32(0.3) * np.abs(output).mean() for output in outputs]


def permuted(outputs: list[Array]) -> list[Array]:
    return [np.roll(output, 1) for output in outputs]


@pytest.mark.parametrize("role", ["detector", "landmarks", "embedder", "spoof", "eyes"])
def test_the_model_itself_agrees(bundle: Bundle, role) -> None:
    one = sample(bundle.entry(role), bundle.model(role))
    assert len(one.inputs) == PICTURES
    one.check("itself", bundle.model(role))
    assert any(np.abs(answer[0]).max() > 0 for answer in one.answers)


@pytest.mark.parametrize(
    "fault",
    [
        flawed.is_no_number,
        flawed.is_endless,
        flawed.has_another_shape,
        flawed.is_empty,
        flawed.lies,
        nudged,
        permuted,
    ],
)
def test_another_does_not(bundle: Bundle, fault: Fault) -> None:
    model = Flawed(bundle.model("embedder"))
    model.fail(fault, after=PICTURES - 1)
    one = sample(bundle.entry("embedder"), bundle.model("embedder"))
    with pytest.raises(ModelError, match=r"embedder\.x: answers .*(rebuild|leave this variant)"):
        one.check("embedder.x", model)


def test_noise_is_the_same_each_time_and_in_range(bundle: Bundle) -> None:
    entry = bundle.entry("spoof")
    tensor = noise(entry, 1)
    assert tensor.shape == entry.input.shape
    assert np.array_equal(tensor, noise(entry, 1))
    assert not np.array_equal(tensor, noise(entry, 2))
    assert 0 <= tensor.min() < 20 < 235 < tensor.max() <= 255


@given(VECTORS, VECTORS)
def test_close_means_a_cosine_of_99(one: Array, other: Array) -> None:
    lengths = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    if lengths > 1e-3 and apart(one, other) <= CLOSE:
        assert float(one @ other) / lengths >= 0.99
