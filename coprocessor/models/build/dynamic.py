"""A float graph whose convolutions keep int8 weights and quantise their input as they run."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from coprocessor.models.build.graph import Graph

STEPS: Final = 127
"""Weights are stored in -127..127, symmetric: nought stays nought."""


def quantize_weights(graph: Graph) -> int:
    """Weights of full convolutions become int8, one scale for each output channel; how many.

    Activations stay float: the kernel chooses the range of its input anew for each picture, so no
    calibration picture can be wrong about it. Depthwise weights stay float: they are few, and no
    XNNPACK kernel takes them so, which would cut the graph.
    """
    convolutions = [op for op in graph.operators if graph.kind(op) == "CONV_2D"]
    for operator in convolutions:
        weights = int(operator.inputs[1])
        stored, scales = by_channel(graph.value(weights))
        graph.set_constant(weights, stored)
        graph.set_scales(weights, scales, axis=0)
    graph.prune()
    return len(convolutions)


def by_channel(weights: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights (channels first) to int8 and each channel's scale, so that the largest is 127."""
    largest = np.abs(weights).reshape(len(weights), -1).max(1)
    # A dead channel must not have a denormal scale: XNNPACK refuses it.
    scales = (np.maximum(largest, np.float32(1e-6)) / STEPS).astype(np.float32)
    steps = np.rint(weights / scales.reshape(-1, *[1] * (weights.ndim - 1)))
    return np.clip(steps, -STEPS, STEPS).astype(np.int8), scales
