"""A TFLite graph open for changes: tensors, constants and operators by plain index."""

from typing import Any, Final, Self

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from coprocessor.models.model import ModelError

Constant = NDArray[Any]

KINDS: Final[dict[int, str]] = {
    number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)
}
NUMBERS: Final = {name: number for number, name in KINDS.items()}
DTYPES: Final[dict[int, np.dtype[Any]]] = {
    schema.TensorType.FLOAT32: np.dtype(np.float32),
    schema.TensorType.FLOAT16: np.dtype(np.float16),
    schema.TensorType.INT32: np.dtype(np.int32),
    schema.TensorType.INT8: np.dtype(np.int8),
}
TYPES: Final = {dtype: number for number, dtype in DTYPES.items()}
WEIGHTED: Final = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
"""Operators with inputs (activation, weights, bias)."""
RELU: Final = schema.ActivationFunctionType.RELU
RELU6: Final = schema.ActivationFunctionType.RELU6


class Graph:
    """One model of one subgraph, batch 1. Tensors are named by index; prune() renumbers them."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self.main = model.subgraphs[0]

    @classmethod
    def empty(cls) -> Self:
        """No tensors, no operators; buffer 0 is the empty one, as the format wants it."""
        model, main = schema.ModelT(), schema.SubGraphT()
        model.version, model.description = 3, b"cardea"
        model.operatorCodes, model.buffers, model.subgraphs = [], [schema.BufferT()], [main]
        main.name, main.tensors, main.operators = b"main", [], []
        return cls(model)

    @classmethod
    def read(cls, content: bytes) -> Self:
        """The graph in these bytes of a .tflite file."""
        return cls(schema.ModelT.InitFromPackedBuf(bytearray(content), 0))

    def content(self) -> bytes:
        """The graph as bytes of a .tflite file."""
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), file_identifier=b"TFL3")
        return bytes(builder.Output())

    @property
    def operators(self) -> list[Any]:
        """In order of execution; assign a new list to change it."""
        operators: list[Any] = self.main.operators
        return operators

    @operators.setter
    def operators(self, operators: list[Any]) -> None:
        self.main.operators = operators

    def kind(self, operator: Any) -> str:
        """The operator's name in the schema, e.g. CONV_2D."""
        code = self._model.operatorCodes[operator.opcodeIndex]
        return KINDS[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def shape(self, tensor: int) -> tuple[int, ...]:
        """Shape of a tensor."""
        return tuple(int(side) for side in self.main.tensors[tensor].shape)

    def constant(self, tensor: int) -> Constant | None:
        """A copy of a constant's values, or None for an activation."""
        entry = self.main.tensors[tensor]
        data = self._model.buffers[entry.buffer].data
        if data is None or len(data) == 0:
            return None
        values: Constant = np.asarray(data, np.uint8).view(DTYPES[entry.type])
        return values.reshape(self.shape(tensor)).copy()

    def value(self, tensor: int) -> Constant:
        """The values of a tensor that must be constant. Raises ModelError."""
        found = self.constant(tensor)
        if found is None:
            raise ModelError(f"graph: tensor {tensor} is not constant; this graph is not supported")
        return found

    def set_constant(self, tensor: int, values: Constant) -> None:
        """Give a tensor these values and their type, in a new buffer: the old may be shared."""
        entry = self.main.tensors[tensor]
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
        self._model.buffers.append(buffer)
        entry.buffer, entry.type = len(self._model.buffers) - 1, TYPES[values.dtype]
        entry.shape = np.array(values.shape, np.int32)

    def set_scales(self, tensor: int, scales: NDArray[np.float32], axis: int) -> None:
        """Say that a constant's real values are stored times scale, one for each place on axis."""
        form = schema.QuantizationParametersT()
        form.scale, form.zeroPoint = scales, np.zeros(len(scales), np.int64)
        form.quantizedDimension = axis
        self.main.tensors[tensor].quantization = form

    def add_tensor(self, name: str, shape: tuple[int, ...]) -> int:
        """A new float32 activation."""
        tensor = schema.TensorT()
        tensor.name, tensor.buffer, tensor.type = name.encode(), 0, schema.TensorType.FLOAT32
        tensor.shape = np.array(shape, np.int32)
        self.main.tensors.append(tensor)
        return len(self.main.tensors) - 1

    def add_constant(self, name: str, values: Constant) -> int:
        """A new constant."""
        tensor = self.add_tensor(name, values.shape)
        self.set_constant(tensor, values)
        return tensor

    def operator(
        self, kind: str, inputs: list[int], output: int, options: dict[str, Any] | None = None
    ) -> Any:
        """A new operator, not yet in the list; options are the fields of <Kind>Options."""
        made = schema.OperatorT()
        made.opcodeIndex = self._code(NUMBERS[kind])
        made.inputs, made.outputs = np.array(inputs, np.int32), np.array([output], np.int32)
        if options is not None:
            name = OPTIONS[kind]
            made.builtinOptions = getattr(schema, name + "T")()
            made.builtinOptionsType = getattr(schema.BuiltinOptions, name)
            for field, value in options.items():
                setattr(made.builtinOptions, field, value)
        return made

    def _code(self, number: int) -> int:
        for index, code in enumerate(self._model.operatorCodes):
            if max(code.builtinCode, code.deprecatedBuiltinCode) == number:
                return index
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = number, min(number, 127), 1
        self._model.operatorCodes.append(code)
        return len(self._model.operatorCodes) - 1

    def prune(self) -> None:
        """Drop tensors, buffers and codes nobody uses, and metadata; renumber the rest."""
        main, model = self.main, self._model
        used = {int(tensor) for tensor in [*main.inputs, *main.outputs]}
        for operator in main.operators:
            used |= {int(tensor) for tensor in [*operator.inputs, *operator.outputs] if tensor >= 0}
        tensors = {old: new for new, old in enumerate(sorted(used))} | {-1: -1}
        main.inputs, main.outputs = (
            _renumbered(main.inputs, tensors),
            _renumbered(main.outputs, tensors),
        )
        for operator in main.operators:
            operator.inputs = _renumbered(operator.inputs, tensors)
            operator.outputs = _renumbered(operator.outputs, tensors)
            operator.intermediates = None
        main.tensors = [main.tensors[index] for index in sorted(used)]
        kept = sorted({0} | {tensor.buffer for tensor in main.tensors})
        model.buffers = [model.buffers[index] for index in kept]
        for tensor in main.tensors:
            tensor.buffer = kept.index(tensor.buffer)
        codes = sorted({operator.opcodeIndex for operator in main.operators})
        model.operatorCodes = [model.operatorCodes[index] for index in codes]
        for operator in main.operators:
            operator.opcodeIndex = codes.index(operator.opcodeIndex)
        model.metadata = model.metadataBuffer = model.signatureDefs = None


OPTIONS: Final = {
    "ADD": "AddOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MUL": "MulOptions",
    "PAD": "PadOptions",
    "PADV2": "PadV2Options",
    "RESHAPE": "ReshapeOptions",
}


def _renumbered(tensors: Any, numbers: dict[int, int]) -> NDArray[np.int32]:
    return np.array([numbers[int(tensor)] for tensor in tensors], np.int32)
