"""A signed permutation for each key: exact under one, unlike under two, and always undone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from appliance.vault import transform
from appliance.vault.records import VECTOR_LENGTH

KEYS = st.binary(min_size=transform.KEY_BYTES, max_size=transform.KEY_BYTES)
VECTORS = st.binary(min_size=VECTOR_LENGTH, max_size=VECTOR_LENGTH)


def number(vector: bytes) -> NDArray[np.int64]:
    return np.frombuffer(vector, np.int8).astype(np.int64)


@given(st.lists(st.tuples(KEYS, VECTORS), min_size=1, max_size=4))
def test_every_vector_comes_back(pairs: list[tuple[bytes, bytes]]) -> None:
    hidden = b"".join(transform.applied(key, vector) for key, vector in pairs)
    out = np.empty((len(pairs), VECTOR_LENGTH), np.int8)
    matrix = np.frombuffer(hidden, np.int8).reshape(out.shape)
    transform.undone([key for key, _ in pairs], matrix, out)
    assert out.tobytes() == b"".join(vector for _, vector in pairs)


@given(KEYS, VECTORS, VECTORS)
def test_inner_products_are_kept_to_the_last_digit(key: bytes, one: bytes, two: bytes) -> None:
    one, two = (vector.replace(b"\x80", b"\x81") for vector in (one, two))
    hidden = [number(transform.applied(key, vector)) for vector in (one, two)]
    assert hidden[0] @ hidden[1] == number(one) @ number(two)
    assert hidden[0] @ hidden[0] == number(one) @ number(one)


def test_under_two_keys_one_face_is_as_unlike_as_two_strangers() -> None:
    generator = np.random.default_rng(3)
    vector = generator.integers(-127, 128, VECTOR_LENGTH, np.int8).tobytes()
    made = np.stack([number(transform.applied(generator.bytes(32), vector)) for _ in range(200)])
    alike = made @ made.T / (number(vector) @ number(vector))
    others = alike[~np.eye(len(made), dtype=bool)]
    assert abs(others.mean()) < 0.01
    assert abs(others).max() < 6 / np.sqrt(VECTOR_LENGTH)


def test_a_key_makes_the_same_for_ever() -> None:
    """A build that sorts or draws otherwise would turn every stored face into noise."""
    vector = bytes(range(1, 128)) * 4 + bytes(4)
    hidden = transform.applied(bytes(range(32)), vector)
    assert hidden[:12].hex() == "2fb525c05f47539a3d4be309"
