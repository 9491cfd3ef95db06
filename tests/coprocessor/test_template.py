import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.link.messages import TEMPLATE_LENGTH
from coprocessor.align import upright
from coprocessor.detect import Detector
from coprocessor.landmarks import Landmarker
from coprocessor.template import Blend, Embedder, quantised, similarity_e4, unit

VECTORS = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(size=TEMPLATE_LENGTH).astype(np.float32)
)


@pytest.fixture(scope="module")
def crop_of(bundle):
    detector, landmarker = Detector(bundle), Landmarker(bundle)
    return lambda rgb: upright(rgb, landmarker.mesh(rgb, detector.faces(rgb)[0]).five())


@given(one=VECTORS, other=VECTORS)
def test_int8_keeps_the_cosine(one, other):
    told = similarity_e4(quantised(unit(one)).tobytes(), quantised(unit(other)).tobytes())
    assert told == pytest.approx(10_000 * float(unit(one) @ unit(other)), abs=60)


def test_a_component_beyond_the_scale_is_clipped():
    assert quantised(np.array([1.0, -1.0, 0.25, 0.0], np.float32)).tolist() == [127, -127, 127, 0]


def test_noughts_agree_with_nobody():
    assert similarity_e4(bytes(TEMPLATE_LENGTH), b"\x01" * TEMPLATE_LENGTH) == 0
    assert not unit(np.zeros(4, np.float32)).any()


def test_a_template_agrees_with_itself_and_not_with_its_opposite():
    some = quantised(unit(np.arange(TEMPLATE_LENGTH, dtype=np.float32) - 256))
    assert similarity_e4(some.tobytes(), some.tobytes()) == 10_000
    assert similarity_e4(some.tobytes(), (-some).tobytes()) == -10_000


def test_the_same_face_seen_otherwise_agrees(bundle, crop_of, astronaut):
    embedder = Embedder(bundle)
    one = embedder.template(crop_of(astronaut))
    darker = np.asarray(cv2.resize(astronaut, (430, 430)) * 0.7, np.uint8)
    assert len(one) == TEMPLATE_LENGTH
    assert similarity_e4(one, embedder.template(crop_of(darker))) > 8_000


def test_mirroring_makes_a_template_that_does_not_know_left_from_right(bundle, crop_of, astronaut):
    embedder, crop = Embedder(bundle), crop_of(astronaut)
    one, other = embedder.template(crop, True), embedder.template(crop[:, ::-1], True)
    assert similarity_e4(one, other) > 9_990


def test_what_is_no_face_agrees_less(bundle, crop_of, astronaut):
    embedder = Embedder(bundle)
    noise = np.random.default_rng(1).integers(0, 256, (112, 112, 3)).astype(np.uint8)
    told = similarity_e4(embedder.template(crop_of(astronaut)), embedder.template(noise))
    assert told < 3_000


def test_a_blend_of_one_is_that_one_whatever_its_weight():
    one = quantised(unit(np.arange(TEMPLATE_LENGTH, dtype=np.float32) - 200)).tobytes()
    assert similarity_e4(Blend().add(one), one) > 9_990
    assert similarity_e4(Blend().add(one, 0.1), one) > 9_990


@given(seed=st.integers(0, 2**32 - 1))
def test_a_blend_is_nearer_to_the_person_than_any_moment(seed):
    random = np.random.default_rng(seed)
    person = unit(random.normal(size=TEMPLATE_LENGTH).astype(np.float32))
    blend, single = Blend(), []
    for _ in range(5):
        noise = unit(random.normal(size=TEMPLATE_LENGTH).astype(np.float32))
        moment = quantised(unit(person + noise)).tobytes()
        single.append(similarity_e4(moment, quantised(person).tobytes()))
        blended = blend.add(moment)
    assert similarity_e4(blended, quantised(person).tobytes()) > max(single) + 500


def test_a_better_picture_counts_for_more():
    one, other = (
        quantised(unit(np.random.default_rng(seed).normal(size=512).astype(np.float32))).tobytes()
        for seed in (1, 2)
    )
    blend = Blend()
    blend.add(one, 3.0)
    both = blend.add(other, 1.0)
    assert similarity_e4(both, one) > similarity_e4(both, other) + 3_000


def test_noughts_blend_into_nothing():
    assert Blend().add(bytes(TEMPLATE_LENGTH)) == bytes(TEMPLATE_LENGTH)
