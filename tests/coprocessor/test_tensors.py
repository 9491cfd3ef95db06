import numpy as np

from board.bundle import Normalisation
from coprocessor.tensors import tensor

RED = np.zeros((2, 3, 3), np.uint8)
RED[..., 0] = 255


def test_rgb_is_centred_and_scaled():
    told = tensor(RED, Normalisation(channels="RGB", subtract=127.5, divide=127.5))
    assert told.shape == (1, 2, 3, 3)
    assert told.dtype == np.float32
    assert told[0, 0, 0].tolist() == [1.0, -1.0, -1.0]


def test_bgr_is_turned_round_and_raw():
    told = tensor(RED, Normalisation(channels="BGR", subtract=0, divide=1))
    assert told[0, 1, 2].tolist() == [0.0, 0.0, 255.0]


def test_grey_is_luma_in_one_channel():
    told = tensor(RED, Normalisation(channels="GREY", subtract=0, divide=255))
    assert told.shape == (1, 2, 3, 1)
    assert abs(told[0, 0, 0, 0] - 0.299) < 0.01
