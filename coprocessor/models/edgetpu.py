"""The Edge TPU backend: a .tflite compiled for it, through LiteRT and the vendor's delegate.

Never run on that hardware (docs/hardware.md).
"""

import ctypes
from pathlib import Path
from typing import Any, Final

from coprocessor.models.litert import LiteRtModel, runtime
from coprocessor.models.model import ModelError

DELEGATE: Final = "libedgetpu.so.1"
"""Of the package libedgetpu1-std. Never by way of pycoral: on PyPI that name is somebody else's."""


def open_model(name: str, content: bytes, threads: int, engines: Path | None = None) -> LiteRtModel:
    """See model.Opener. A delegate for each model, as the vendor's examples do; they share the
    device. Raises ModelError when the library or the device is missing, or refuses the graph."""
    delegate = _delegate(name)
    try:
        interpreter = runtime.Interpreter(
            model_content=content, experimental_delegates=[delegate], num_threads=threads
        )
        return LiteRtModel(interpreter, "edgetpu")
    except (ValueError, RuntimeError) as error:
        remedy = "compile it with edgetpu_compiler for the runtime installed here"
        raise ModelError(f"{name}: the Edge TPU refuses the graph ({error}); {remedy}") from None


def _delegate(name: str) -> Any:
    try:
        # LiteRT's own loader leaves a half-made object behind where there is no such library.
        ctypes.CDLL(DELEGATE)
        return runtime.load_delegate(DELEGATE)
    except OSError as error:
        raise ModelError(f"{name}: {error}; install libedgetpu1-std") from None
    except ValueError as error:
        # The delegate's own word for a device that is not there, or not ours to open.
        said = " ".join(str(error).split())
        raise ModelError(f"{name}: {said}; plug in the Edge TPU, see docs/hardware.md") from None
