"""A packaged ONNX graph (NCHW) becomes a float TFLite graph (NHWC); plain convolution nets only."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from coprocessor.models.build.graph import Graph
from coprocessor.models.model import ModelError

LOWEST: Final = np.float32(-1e30)
SHAPE_ARITHMETIC: Final = frozenset({"Constant", "Shape", "Gather", "Unsqueeze", "Concat"})
"""These only compute the shape of a flattening Reshape; any other reader is refused."""

SAME, VALID = 0, 1


class Converter:
    """Walks the nodes in order; one method for each kind of node."""

    def __init__(self, source: Any) -> None:
        self.graph = Graph.empty()
        self.weights = {t.name: numpy_helper.to_array(t) for t in source.initializer}
        self.tensors: dict[str, int] = {}
        self.kinds: dict[str, Callable[[Any, dict[str, Any]], None]] = {
            "Conv": self.convolution,
            "BatchNormalization": self.batch_normalisation,
            "PRelu": self.prelu,
            "Relu": partial(self.elementwise, "RELU", None),
            "Sigmoid": partial(self.elementwise, "LOGISTIC", None),
            "Add": partial(self.elementwise, "ADD", {}),
            "Mul": partial(self.elementwise, "MUL", {}),
            "MaxPool": self.max_pool,
            "GlobalAveragePool": self.global_average_pool,
            "Reshape": self.flatten,
            "Flatten": self.flatten,
            "MatMul": self.matrix_product,
        }

    def convert(self, source: Any) -> Graph:
        """The whole graph. Raises ModelError for a node it does not know."""
        inputs = [value for value in source.input if value.name not in self.weights]
        _, channels, height, width = (
            side.dim_value for side in inputs[0].type.tensor_type.shape.dim
        )
        tensor = self.graph.add_tensor(inputs[0].name, (1, height, width, channels))
        self.tensors[inputs[0].name] = tensor
        self.graph.main.inputs = [tensor]
        for node in source.node:
            if node.op_type in SHAPE_ARITHMETIC:
                continue
            if node.op_type not in self.kinds:
                raise ModelError(f"ONNX node {node.op_type}: not supported; pin another model")
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            self.kinds[node.op_type](node, attributes)
        self.graph.main.outputs = [self.activation(value.name) for value in source.output]
        self.graph.prune()
        return self.graph

    def activation(self, name: str) -> int:
        """The tensor a node reads."""
        if name not in self.tensors:
            raise ModelError(f"ONNX value {name}: not an activation; pin another model")
        return self.tensors[name]

    def emit(
        self,
        kind: str,
        inputs: list[int],
        output: str,
        shape: tuple[int, ...],
        options: dict[str, Any] | None = None,
    ) -> int:
        """Append an operator that makes `output`."""
        tensor = self.tensors[output] = self.graph.add_tensor(output, shape)
        self.graph.operators.append(self.graph.operator(kind, inputs, tensor, options))
        return tensor

    def constant(self, values: NDArray[Any]) -> int:
        """An unnamed constant."""
        return self.graph.add_constant(f"constant_{len(self.graph.main.tensors)}", values)

    def padded(self, node: Any, pads: list[int], fill: np.float32 | None) -> int:
        """The node's input with its explicit padding (top, left, bottom, right) around it."""
        tensor = self.activation(node.input[0])
        top, left, bottom, right = pads
        if not any(pads):
            return tensor
        around = self.constant(np.array([[0, 0], [top, bottom], [left, right], [0, 0]], np.int32))
        batch, height, width, channels = self.graph.shape(tensor)
        shape = (batch, height + top + bottom, width + left + right, channels)
        if fill is None:
            return self.emit("PAD", [tensor, around], f"{node.output[0]}_padded", shape, {})
        value = self.constant(np.array([fill]))
        return self.emit("PADV2", [tensor, around, value], f"{node.output[0]}_padded", shape, {})

    def convolution(self, node: Any, attributes: dict[str, Any]) -> None:
        """Full or depthwise, dilation 1."""
        weights = self.weights[node.input[1]].astype(np.float32)
        count, per_group, height, width = weights.shape
        bias = self.weights[node.input[2]] if len(node.input) > 2 else np.zeros(count)
        groups, dilations = attributes.get("group", 1), attributes.get("dilations", [1, 1])
        depthwise = groups == count and per_group == 1 and groups > 1
        if list(dilations) != [1, 1] or (groups > 1 and not depthwise):
            raise ModelError(f"ONNX Conv {node.output[0]}: grouped or dilated; pin another model")
        pads, strides = attributes.get("pads", [0] * 4), attributes.get("strides", [1, 1])
        # TFLite's SAME is ONNX's symmetric padding only at stride 1 and odd kernels.
        same = (
            strides == [1, 1]
            and pads == [height // 2, width // 2] * 2
            and height % 2 == width % 2 == 1
        )
        tensor = self.activation(node.input[0]) if same else self.padded(node, pads, None)
        area = (
            self.graph.shape(self.activation(node.input[0])) if same else self.graph.shape(tensor)
        )
        shape = area[:3] if same else _swept(area, (height, width), strides)
        options = {"padding": SAME if same else VALID, "strideH": strides[0], "strideW": strides[1]}
        options |= {"dilationHFactor": 1, "dilationWFactor": 1}
        if depthwise:
            kind, order = "DEPTHWISE_CONV_2D", weights[:, 0].transpose(1, 2, 0)[None]
            options |= {"depthMultiplier": 1}
        else:
            kind, order = "CONV_2D", weights.transpose(0, 2, 3, 1)
        inputs = [tensor, self.constant(order), self.constant(bias.astype(np.float32))]
        self.emit(kind, inputs, node.output[0], (*shape, count), options)

    def max_pool(self, node: Any, attributes: dict[str, Any]) -> None:
        """Padding counts as lowest, never as largest."""
        tensor = self.padded(node, attributes.get("pads", [0] * 4), LOWEST)
        kernel, strides = attributes["kernel_shape"], attributes.get("strides", [1, 1])
        options = {"padding": VALID, "filterHeight": kernel[0], "filterWidth": kernel[1]}
        options |= {"strideH": strides[0], "strideW": strides[1]}
        area = self.graph.shape(tensor)
        shape = (*_swept(area, kernel, strides), area[3])
        self.emit("MAX_POOL_2D", [tensor], node.output[0], shape, options)

    def batch_normalisation(self, node: Any, attributes: dict[str, Any]) -> None:
        """A stand-alone one: multiply and add, channel by channel."""
        scale, shift, mean, variance = (self.weights[name] for name in node.input[1:5])
        factor = scale / np.sqrt(variance + attributes.get("epsilon", 1e-5))
        tensor, name = self.activation(node.input[0]), node.output[0]
        shape = self.graph.shape(tensor)
        times = self.constant(factor.astype(np.float32))
        plus = self.constant((shift - mean * factor).astype(np.float32))
        scaled = self.emit("MUL", [tensor, times], f"{name}_scaled", shape, {})
        self.emit("ADD", [scaled, plus], name, shape, {})

    def prelu(self, node: Any, attributes: dict[str, Any]) -> None:
        """One slope for each channel."""
        slopes = self.weights[node.input[1]].astype(np.float32).reshape(1, 1, -1)
        tensor = self.activation(node.input[0])
        shape = self.graph.shape(tensor)
        self.emit("PRELU", [tensor, self.constant(slopes)], node.output[0], shape)

    def elementwise(
        self, kind: str, options: dict[str, Any] | None, node: Any, attributes: dict[str, Any]
    ) -> None:
        """One or two activations, the smaller one broadcast."""
        tensors = [self.activation(name) for name in node.input]
        shape = np.broadcast_shapes(*(self.graph.shape(tensor) for tensor in tensors))
        self.emit(kind, tensors, node.output[0], shape, options)

    def global_average_pool(self, node: Any, attributes: dict[str, Any]) -> None:
        """Mean over height and width, both kept as 1."""
        tensor = self.activation(node.input[0])
        axes = self.constant(np.array([1, 2], np.int32))
        shape = (1, 1, 1, self.graph.shape(tensor)[3])
        self.emit("MEAN", [tensor, axes], node.output[0], shape, {"keepDims": True})

    def flatten(self, node: Any, attributes: dict[str, Any]) -> None:
        """Only where height and width are 1: there NCHW and NHWC flatten alike."""
        tensor = self.activation(node.input[0])
        area = self.graph.shape(tensor)
        if any(side != 1 for side in area[:-1]):
            raise ModelError(f"ONNX Reshape {node.output[0]}: of {area}; pin another model")
        shape = (1, area[-1])
        target = self.constant(np.array(shape, np.int32))
        self.emit("RESHAPE", [tensor, target], node.output[0], shape, {"newShape": list(shape)})

    def matrix_product(self, node: Any, attributes: dict[str, Any]) -> None:
        """A row times constant weights."""
        weights = self.weights[node.input[1]].astype(np.float32).T
        bias = self.constant(np.zeros(len(weights), np.float32))
        inputs = [self.activation(node.input[0]), self.constant(weights), bias]
        self.emit("FULLY_CONNECTED", inputs, node.output[0], (1, len(weights)), {})


def convert(content: bytes) -> Graph:
    """The bytes of an .onnx file as a float TFLite graph. Raises ModelError."""
    source = onnx.load_from_string(content).graph
    return Converter(source).convert(source)


def _swept(
    area: tuple[int, ...], kernel: Sequence[int], strides: list[int]
) -> tuple[int, int, int]:
    rows = (area[1] - kernel[0]) // strides[0] + 1
    return 1, rows, (area[2] - kernel[1]) // strides[1] + 1
