"""The matcher against plain numpy in 64-bit integers, on every kernel this processor has."""

from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal, localcontext

import numpy as np
import pytest
import simsimd
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.matcher import FLOOR, LENGTH, Gallery, MatchFault, blended, verify
from coprocessor.template import Blend

KERNELS = ("sapphire", "genoa", "ice", "skylake", "haswell", "sve_i8", "neon_i8", "sve", "neon")


def vectors(seed: int, count: int, spread: int = 127) -> NDArray[np.int8]:
    """Vectors as the co-processor makes them: -127 to 127, and the odd -128 that it never makes."""
    generator = np.random.default_rng(seed)
    return generator.integers(-spread - 1, spread + 1, (count, LENGTH)).astype(np.int8)


def reference(probe: bytes, templates: NDArray[np.int8]) -> NDArray[np.float64]:
    wide = templates.astype(np.int64)
    vector = np.frombuffer(probe, np.int8).astype(np.int64)
    lengths = np.sqrt((wide * wide).sum(axis=1)) * np.sqrt(float(vector @ vector))
    cosines = np.full(len(wide), -1.0)
    np.divide(wide @ vector, lengths, out=cosines, where=lengths > 0)
    return cosines


@pytest.fixture(params=["all", "haswell only", "plain C"])
def kernels(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run on the best kernels, then without the newest, then on none."""
    keep = {"all": KERNELS, "haswell only": ("haswell", "neon"), "plain C": ()}[request.param]
    off = [name for name in KERNELS if simsimd.get_capabilities().get(name) and name not in keep]
    for name in off:
        simsimd.disable_capability(name)
    yield
    for name in off:
        simsimd.enable_capability(name)


@pytest.mark.usefixtures("kernels")
@pytest.mark.parametrize("spread", [1, 20, 127])
def test_similarities_are_those_of_plain_integers(spread: int) -> None:
    templates = vectors(spread, 300, spread)
    for probe in (row.tobytes() for row in vectors(99, 5, spread)):
        expected = reference(probe, templates)
        assert abs(verify(probe, templates) / 1e4 - expected.max()) <= 1e-4
        each = [verify(probe, templates[i : i + 1]) for i in range(len(templates))]
        assert np.abs(np.array(each) / 1e4 - expected).max() <= 1e-4


@pytest.mark.usefixtures("kernels")
def test_extremes_do_not_overflow() -> None:
    low, high = np.full(LENGTH, -128, np.int8), np.full(LENGTH, 127, np.int8)
    assert verify(low.tobytes(), low.reshape(1, -1)) == 10_000
    assert verify(high.tobytes(), high.reshape(1, -1)) == 10_000
    assert verify(low.tobytes(), high.reshape(1, -1)) == -10_000


@given(st.integers(0, 2**32), st.lists(st.sampled_from("abcd"), min_size=1, max_size=12))
@settings(deadline=None)
def test_identify_is_the_best_and_its_lead_over_another_holder(seed: int, ids: list[str]) -> None:
    templates = vectors(seed, len(ids))
    probe = vectors(seed + 1, 1).tobytes()
    found = Gallery(ids, templates).identify(probe)
    scores = reference(probe, templates)
    best = {holder: scores[[i == holder for i in ids]].max() for holder in set(ids)}
    first, *others = sorted(best.values(), reverse=True)
    assert found is not None
    assert best[found.holder_id] == pytest.approx(first)
    assert abs(found.similarity_e4 / 1e4 - first) <= 1e-4
    second = others[0] if others else FLOOR / 1e4
    assert abs(found.margin_e4 / 1e4 - (first - second)) <= 1.01e-4


def test_verify_takes_the_best_of_the_holders_templates() -> None:
    templates = vectors(5, 4)
    assert verify(templates[2].tobytes(), templates) == 10_000
    assert verify(templates[2].tobytes(), templates[:2]) < 10_000


def test_several_templates_of_one_holder_do_not_shrink_the_margin() -> None:
    template, other = vectors(6, 2)
    twice = Gallery(["a", "a", "b"], np.stack([template, template, other]))
    once = Gallery(["a", "b"], np.stack([template, other]))
    assert twice.identify(template.tobytes()) == once.identify(template.tobytes())


def test_twins_have_no_margin() -> None:
    twin = vectors(7, 1)[0]
    found = Gallery(["a", "b"], np.stack([twin, twin])).identify(twin.tobytes())
    assert found is not None
    assert (found.similarity_e4, found.margin_e4) == (10_000, 0)


def test_nobody_is_enrolled() -> None:
    nobody = np.empty((0, LENGTH), np.int8)
    probe = vectors(8, 1).tobytes()
    assert verify(probe, nobody) == FLOOR
    assert Gallery([], nobody).identify(probe) is None
    assert len(Gallery([], nobody)) == 0


def test_zero_vectors_match_nothing_not_even_each_other() -> None:
    zero, template = bytes(LENGTH), vectors(9, 1)
    assert verify(zero, template) == FLOOR
    assert verify(zero, np.zeros((1, LENGTH), np.int8)) == FLOOR
    mixed = Gallery(["zero", "real"], np.vstack([np.zeros((1, LENGTH), np.int8), template]))
    found = mixed.identify(template.tobytes())
    assert found is not None
    assert found == ("real", 10_000, 20_000)


@pytest.mark.parametrize("size", [0, 1, 511, 513, 2048])
def test_a_probe_of_another_length_is_named(size: int) -> None:
    with pytest.raises(MatchFault, match=f"{size} bytes instead of 512"):
        verify(bytes(size), vectors(1, 1))
    with pytest.raises(MatchFault, match=f"{size} bytes instead of 512"):
        Gallery(["a"], vectors(1, 1)).identify(bytes(size))


def test_templates_of_another_shape_are_named() -> None:
    with pytest.raises(MatchFault, match="int8 n x 512"):
        verify(bytes(LENGTH), np.zeros((2, 128), np.int8))
    with pytest.raises(MatchFault, match="int8 n x 512"):
        Gallery(["a"], np.zeros((1, LENGTH), np.float32))
    with pytest.raises(MatchFault, match="2 ids for 1 templates"):
        Gallery(["a", "b"], np.zeros((1, LENGTH), np.int8))


def exactly_blended(templates: list[bytes]) -> NDArray[np.int64]:
    """The rule of messages.TEMPLATE_LENGTH over the mean direction, in sixty decimal digits."""
    with localcontext() as context:
        context.prec = 60
        rows = [
            [Decimal(value) for value in np.frombuffer(one, np.int8).tolist()] for one in templates
        ]
        units = [[value / _length(row) for value in row] for row in rows]
        whole = [sum(column, Decimal()) for column in zip(*units, strict=True)]
        length = _length(whole)
        steps = [int((value / length * 508).to_integral_value()) for value in whole]
    return np.clip(np.array(steps), -127, 127)


def _length(row: list[Decimal]) -> Decimal:
    return sum((value * value for value in row), Decimal()).sqrt()


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("spread", [20, 60, 127])
def test_a_blend_is_the_exact_mean_direction(count: int, spread: int) -> None:
    templates = [row.tobytes() for row in np.maximum(vectors(count, count, spread), -127)]
    found = np.frombuffer(blended(templates), np.int8)
    assert (found == exactly_blended(templates)).all()


@pytest.mark.parametrize("spread", [20, 127])
def test_a_blend_of_one_is_itself_and_of_one_twice_its_direction(spread: int) -> None:
    (template,) = (row.tobytes() for row in vectors(7, 1, spread))
    assert blended([template]) == template
    twice = blended([template, template])
    assert verify(twice, np.frombuffer(template, np.int8).reshape(1, -1)) > 9_900


def test_a_blend_is_nearer_to_a_third_picture_than_either() -> None:
    generator = np.random.default_rng(3)
    person = generator.normal(size=LENGTH)
    pictures = [
        np.rint(20 * (person + generator.normal(size=LENGTH))).clip(-127, 127).astype(np.int8)
        for _ in range(3)
    ]
    probe = pictures[2].tobytes()
    alone = [verify(probe, picture.reshape(1, -1)) for picture in pictures[:2]]
    blend = np.frombuffer(blended([p.tobytes() for p in pictures[:2]]), np.int8).reshape(1, -1)
    assert verify(probe, blend) > max(alone) + 300


@pytest.mark.parametrize("templates", [[], [b"\1" * 511], [b"\1" * 512, b"\xff" * 512]])
def test_what_has_no_blend_is_told(templates: list[bytes]) -> None:
    with pytest.raises(MatchFault):
        blended(templates)


@given(st.lists(st.binary(min_size=LENGTH, max_size=LENGTH), min_size=1, max_size=4))
def test_any_bytes_blend_to_a_template_or_a_fault(templates: list[bytes]) -> None:
    with suppress(MatchFault):
        assert len(blended(templates)) == LENGTH


@pytest.mark.parametrize("count", [2, 3, 5])
def test_a_blend_is_the_one_that_accuracy_was_measured_with(count: int) -> None:
    """docs/accuracy.md blends in the co-processor's room: at most a rounding apart."""
    templates = [row.tobytes() for row in np.maximum(vectors(count, count, 60), -127)]
    measured = Blend()
    for template in templates:
        last = measured.add(template)
    apart = np.frombuffer(blended(templates), np.int8).astype(int) - np.frombuffer(last, np.int8)
    assert np.abs(apart).max() <= 1
    assert np.count_nonzero(apart) <= 2
