"""The few calls of CUDA's runtime library that one network needs: memory, copies, a stream.

Never run on that hardware (docs/hardware.md).
"""

import ctypes
from typing import Any, Final

import numpy as np

from coprocessor.models.model import Array, ModelError

LIBRARIES: Final = ("libcudart.so", "libcudart.so.13", "libcudart.so.12", "libcudart.so.11.0")
"""The first name comes with the development package alone; the others are JetPack's 7, 6 and 5."""
TO_DEVICE, TO_HOST = 1, 2
PROPERTIES_BYTES: Final = 1 << 16
"""cudaDeviceProp is about a thousand bytes, more with each release; it begins with the name."""
NAME_BYTES: Final = 256


class Cuda:
    """The first device. Every method raises ModelError with the call and CUDA's number for what
    went wrong; ctypes lets go of the interpreter, so a call that hangs holds up one thread."""

    def __init__(self) -> None:
        self._library = _library()
        stream = ctypes.c_void_p()
        self._call("cudaStreamCreate", ctypes.byref(stream))
        self.stream = int(stream.value or 0)
        self._rooms: list[int] = []

    def name(self) -> str:
        """The device's, as NVIDIA calls it."""
        properties = ctypes.create_string_buffer(PROPERTIES_BYTES)
        self._call("cudaGetDeviceProperties", properties, ctypes.c_int(0))
        return properties.raw[:NAME_BYTES].split(b"\0")[0].decode("ascii", "replace")

    def room(self, size: int) -> int:
        """The address of so many bytes on the device, until `close`."""
        address = ctypes.c_void_p()
        self._call("cudaMalloc", ctypes.byref(address), ctypes.c_size_t(size))
        self._rooms.append(int(address.value or 0))
        return self._rooms[-1]

    def close(self) -> None:
        """Give back all of it. What fails is left: the device may be gone, and then it is free."""
        for address in self._rooms:
            self._library.cudaFree(ctypes.c_void_p(address))
        self._rooms.clear()
        self._library.cudaStreamDestroy(ctypes.c_void_p(self.stream))

    def give(self, address: int, values: Array) -> None:
        """Copy to the device."""
        self._copy(ctypes.c_void_p(address), ctypes.c_void_p(values.ctypes.data), values, TO_DEVICE)

    def take(self, values: Array, address: int) -> None:
        """Copy from the device, after what is queued; wait for it with `finish`."""
        self._copy(ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(address), values, TO_HOST)

    def finish(self) -> None:
        """Wait until all that was queued is done."""
        self._call("cudaStreamSynchronize", ctypes.c_void_p(self.stream))

    def _copy(self, target: Any, source: Any, values: Array, kind: int) -> None:
        if not values.flags.c_contiguous or values.dtype != np.float32:
            raise ValueError("only whole float32 arrays are copied")
        size, stream = ctypes.c_size_t(values.nbytes), ctypes.c_void_p(self.stream)
        self._call("cudaMemcpyAsync", target, source, size, ctypes.c_int(kind), stream)

    def _call(self, name: str, *arguments: Any) -> None:
        number = getattr(self._library, name)(*arguments)
        if number:
            raise ModelError(f"{name} failed with {number}; see CUDA's list of errors, and dmesg")


def _library() -> Any:
    for name in LIBRARIES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise ModelError(f"no {LIBRARIES[0]}; install JetPack's package nvidia-cuda")
