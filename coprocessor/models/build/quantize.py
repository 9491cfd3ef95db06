"""A float graph becomes an int8 graph, its ranges taken from calibration pictures."""

from collections.abc import Iterable

import numpy as np
from ai_edge_litert import _pywrap_tensorflow_lite_calibration_wrapper as calibration
from numpy.typing import NDArray

from coprocessor.models.model import ModelError

Picture = NDArray[np.float32]


def quantize(content: bytes, pictures: Iterable[Picture]) -> bytes:
    """Full int8, weights by output channel, int8 input and outputs.

    pictures: normalised input tensors. The calibrator is a private module of ai-edge-litert, the
    only one that needs no TensorFlow; its version is pinned. Raises ModelError.
    """
    wrapper = calibration.CalibrationWrapper(content, [], [])
    prepared = False
    for picture in pictures:
        if not prepared:
            wrapper.Prepare([list(picture.shape)])
            prepared = True
        wrapper.FeedTensor([picture])
    if not prepared:
        raise ModelError("quantisation: no calibration picture; give at least one")
    int8, int32 = np.dtype(np.int8).num, np.dtype(np.int32).num
    quantized: bytes = wrapper.QuantizeModel(int8, int8, False, int8, int32, False, False)
    return quantized
