"""Stands where NVIDIA's TensorRT would: an engine is the ONNX itself, run by ONNX Runtime.

Only what our backend calls, with the names and arguments of TensorRT 10's Python API. That the real
one behaves so is what nobody has seen yet.
"""

import ctypes
import enum

import numpy as np
import onnxruntime

__version__ = "10.3.0"

NetworkDefinitionCreationFlag = enum.IntEnum("Flag", {"EXPLICIT_BATCH": 0})
MemoryPoolType = enum.Enum("MemoryPoolType", "WORKSPACE")
TensorIOMode = enum.Enum("TensorIOMode", "NONE INPUT OUTPUT")
DataType = enum.Enum("DataType", "FLOAT HALF")


class Logger:
    WARNING = 2

    def __init__(self, level):
        assert level == self.WARNING


class Network:
    content = b""


class Configuration:
    def set_memory_pool_limit(self, pool, size):
        assert pool is MemoryPoolType.WORKSPACE
        assert size > 0


class Builder:
    def __init__(self, logger):
        print("built")

    def create_network(self, flags):
        assert flags == 1
        return Network()

    def create_builder_config(self):
        return Configuration()

    def build_serialized_network(self, network, configuration):
        return memoryview(network.content)


class OnnxParser:
    def __init__(self, network, logger):
        self._network = network
        self.num_errors = 0

    def parse(self, content):
        self._network.content = content
        self.num_errors = int(len(content) < 1_000)
        return not self.num_errors

    def get_error(self, index):
        return "no graph in sight"


class Runtime:
    def __init__(self, logger):
        pass

    def deserialize_cuda_engine(self, engine):
        try:
            return Engine(onnxruntime.InferenceSession(engine))
        except Exception:  # noqa: BLE001 - NVIDIA's logs and gives None
            return None


class Engine:
    def __init__(self, session):
        self.session = session
        self._forms = [*session.get_inputs(), *session.get_outputs()]
        self.num_io_tensors = len(self._forms)

    def get_tensor_name(self, index):
        return self._forms[index].name

    def get_tensor_mode(self, name):
        first = self._forms[0].name == name
        return TensorIOMode.INPUT if first else TensorIOMode.OUTPUT

    def get_tensor_dtype(self, name):
        return DataType.FLOAT

    def get_tensor_shape(self, name):
        return next(form.shape for form in self._forms if form.name == name)

    def create_execution_context(self):
        return Context(self)


class Context:
    def __init__(self, engine):
        self._engine = engine
        self._places = {}

    def set_tensor_address(self, name, address):
        self._places[name] = address

    def execute_async_v3(self, stream):
        names = [self._engine.get_tensor_name(i) for i in range(self._engine.num_io_tensors)]
        given = np.array(self._at(names[0]))
        answers = self._engine.session.run(None, {names[0]: given})
        for name, answer in zip(names[1:], answers, strict=True):
            self._at(name)[...] = answer
        return True

    def _at(self, name):
        shape = tuple(self._engine.get_tensor_shape(name))
        kind = ctypes.c_float * int(np.prod(shape))
        return np.frombuffer(kind.from_address(self._places[name]), np.float32).reshape(shape)
