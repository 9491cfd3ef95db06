"""The TensorRT backend: an engine built on this very device from the bundle's ONNX, and kept.

Never run on that hardware (docs/hardware.md).
"""

import weakref
from pathlib import Path
from typing import Any, Final

import numpy as np
import tensorrt

from board.bundle import Tensor
from coprocessor.models.cuda import Cuda
from coprocessor.models.engines import keep_engine, kept_as, read_engine
from coprocessor.models.model import Array, ModelError, Stored

WORKSPACE_BYTES: Final = 256 << 20


class TensorRtModel:
    """One engine and its context; for the thread that made it."""

    backend = "tensorrt"

    def __init__(self, engine: Any, cuda: Cuda) -> None:
        self._engine, self._cuda = engine, cuda
        weakref.finalize(self, cuda.close)
        self._context = engine.create_execution_context()
        names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        forms = {name: _tensor(engine, name) for name in names}
        inputs = [name for name in names if _is_input(engine, name)]
        if self._context is None or len(inputs) != 1:
            raise ModelError("the engine has no context, or not one input")
        self.input = forms[inputs[0]]
        self.outputs = tuple(forms[name] for name in names if name not in inputs)
        self._room = {name: cuda.room(4 * int(np.prod(form.shape))) for name, form in forms.items()}
        for name, address in self._room.items():
            self._context.set_tensor_address(name, address)

    def run(self, tensor: Stored) -> list[Array]:
        """See model.Model.run."""
        if tensor.shape != self.input.shape or tensor.dtype != np.float32:
            raise ValueError(f"input {tensor.shape} {tensor.dtype}, wanted {self.input.shape}")
        whole = np.ascontiguousarray(tensor, np.float32)
        answers = [np.empty(form.shape, np.float32) for form in self.outputs]
        self._cuda.give(self._room[self.input.name], whole)
        if not self._context.execute_async_v3(self._cuda.stream):
            raise ModelError("TensorRT refuses to run; see its log")
        for answer, form in zip(answers, self.outputs, strict=True):
            self._cuda.take(answer, self._room[form.name])
        self._cuda.finish()
        return answers


def open_model(
    name: str, content: bytes, threads: int, engines: Path | None = None
) -> TensorRtModel:
    """See model.Opener. The first time takes minutes, and an update of JetPack is a first time.
    Raises ModelError."""
    if engines is None:
        raise ModelError(f"{name}: nowhere to keep an engine; set models.engines")
    cuda, logger = Cuda(), tensorrt.Logger(tensorrt.Logger.WARNING)
    path = engines / kept_as(content, tensorrt.__version__, cuda.name())
    runtime = tensorrt.Runtime(logger)
    kept = read_engine(path)
    engine = runtime.deserialize_cuda_engine(kept) if kept else None
    if engine is None:
        made = _built(name, content, logger)
        keep_engine(path, made)
        engine = runtime.deserialize_cuda_engine(made)
    if engine is None:
        raise ModelError(f"{name}: TensorRT refuses the engine it built; see its log")
    return TensorRtModel(engine, cuda)


def _built(name: str, content: bytes, logger: Any) -> bytes:
    builder = tensorrt.Builder(logger)
    network = builder.create_network(
        1 << int(tensorrt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
    )
    parser = tensorrt.OnnxParser(network, logger)
    if not parser.parse(content):
        said = "; ".join(str(parser.get_error(index)) for index in range(parser.num_errors))
        raise ModelError(f"{name}: TensorRT cannot read the graph ({said[:200]})")
    wanted = builder.create_builder_config()
    # float32: the spoof net takes 0 to 255 as they are, which half precision may not hold.
    wanted.set_memory_pool_limit(tensorrt.MemoryPoolType.WORKSPACE, WORKSPACE_BYTES)
    made = builder.build_serialized_network(network, wanted)
    if made is None:
        raise ModelError(f"{name}: TensorRT builds no engine of it; see its log")
    return bytes(made)


def _is_input(engine: Any, name: str) -> bool:
    return bool(engine.get_tensor_mode(name) == tensorrt.TensorIOMode.INPUT)


def _tensor(engine: Any, name: str) -> Tensor:
    if engine.get_tensor_dtype(name) != tensorrt.DataType.FLOAT:
        raise ModelError(f"{name} is no float32 in the engine; delete it")
    shape = tuple(int(side) for side in engine.get_tensor_shape(name))
    return Tensor(name=name, shape=shape, dtype="float32")
