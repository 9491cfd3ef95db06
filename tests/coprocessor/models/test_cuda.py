"""The calls into CUDA's library have the arguments they should; no CUDA has ever been here.

The library stands where NVIDIA's would and keeps "the device's" memory in the processor's. Its
signatures are those of CUDA's runtime API, so that the calling convention checks ours.
"""

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from coprocessor.models import cuda
from coprocessor.models.cuda import Cuda
from coprocessor.models.model import ModelError

SOURCE = """
#include <stdlib.h>
#include <string.h>
static int one, rooms; static size_t most = 1 << 20;
int left(void) { return rooms; }
int cudaFree(void *address) { free(address); rooms--; return 0; }
int cudaStreamDestroy(void *stream) { return stream == &one ? 0 : 400; }
int cudaStreamCreate(void **stream) { *stream = &one; return 0; }
int cudaStreamSynchronize(void *stream) { return stream == &one ? 0 : 400; }
int cudaMalloc(void **address, size_t size)
{ if (size > most) return 2; *address = malloc(size); rooms++; return 0; }
int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream)
{ if (stream != &one || (kind != 1 && kind != 2)) return 1; memcpy(to, from, size); return 0; }
int cudaGetDeviceProperties(void *found, int device)
{ if (device) return 101; strcpy(found, "Orin (stand-in)"); return 0; }
"""


def stand_in(folder: Path) -> Path:
    """The library, built in this folder under a name that CUDA's would have."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: the calls into CUDA are not tested; install gcc")
    text, made = folder / "cudart.c", folder / "libcudart.so"
    text.write_text(SOURCE)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(text)], check=True)
    return made


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "LIBRARIES", (str(tmp_path / "absent.so"), str(stand_in(tmp_path))))


@pytest.mark.usefixtures("library")
def test_what_goes_there_comes_back() -> None:
    device = Cuda()
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    back = np.zeros_like(values)
    address = device.room(values.nbytes)
    device.give(address, values)
    device.take(back, address)
    device.finish()
    assert np.array_equal(values, back)
    assert device.name() == "Orin (stand-in)"
    assert ctypes.CDLL(cuda.LIBRARIES[1]).left() == 1
    device.close()
    assert ctypes.CDLL(cuda.LIBRARIES[1]).left() == 0


@pytest.mark.usefixtures("library")
def test_what_fails_is_told_with_its_number() -> None:
    device = Cuda()
    with pytest.raises(ModelError, match="cudaMalloc failed with 2; see"):
        device.room(1 << 30)
    with pytest.raises(ValueError, match="whole float32"):
        device.give(device.room(64), np.zeros((4, 4), np.float32)[:, ::2])


def test_a_missing_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "LIBRARIES", ("libcudart.so.absent",))
    with pytest.raises(ModelError, match=r"no libcudart\.so\.absent; install JetPack's"):
        Cuda()
