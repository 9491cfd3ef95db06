"""What the Edge TPU's backend says when something is missing. It never ran on that hardware.

The libraries here stand where the vendor's would: one that refuses, and one that takes nothing of a
graph, so that all of it stays on the processor.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path

import numpy as np
import pytest

from board.bundle import check_file
from coprocessor.models import edgetpu
from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.model import Bundle, ModelError

REFUSES = """
void *tflite_plugin_create_delegate(char **k, char **v, unsigned long n, void (*tell)(const char *))
{ tell("no device"); return 0; }
void tflite_plugin_destroy_delegate(void *delegate) { }
"""
TAKES_NOTHING = """
struct delegate { void *data; int (*prepare)(void *, void *); void *buffers[3]; long flags[4]; };
static int prepare(void *context, void *delegate) { return %d; }
static struct delegate one = { 0, prepare };
void *tflite_plugin_create_delegate(char **k, char **v, unsigned long n, void (*tell)(const char *))
{ return &one; }
void tflite_plugin_destroy_delegate(void *delegate) { }
"""

Library = Callable[[str], None]


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Put the library of this C source in the vendor's place."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler: the delegate's refusals are not tested; install gcc")

    def build(source: str) -> None:
        # Another name each time: a loaded library must not change under its reader.
        text = Path(tempfile.mkdtemp(dir=tmp_path)) / "delegate.c"
        text.write_text(source)
        made = text.with_suffix(".so")
        subprocess.run([compiler, "-shared", "-fPIC", "-o", str(made), str(text)], check=True)
        monkeypatch.setattr(edgetpu, "DELEGATE", str(made))

    return build


@pytest.mark.skipif(find_library("edgetpu") is not None, reason="libedgetpu is installed here")
def test_a_missing_library_is_told() -> None:
    with pytest.raises(ModelError, match=r"m_edgetpu\.tflite: .*libedgetpu.*install libedgetpu1"):
        edgetpu.open_model("m_edgetpu.tflite", b"", 1)


def test_a_missing_device_is_told(library: Library) -> None:
    library(REFUSES)
    with pytest.raises(ModelError, match=r"m_edgetpu\.tflite: .*no device; plug in the Edge TPU"):
        edgetpu.open_model("m_edgetpu.tflite", b"", 1)


def test_a_refused_graph_is_told(library: Library, bundle: Bundle) -> None:
    content = check_file(bundle.directory, bundle.entry("eyes"))
    library(TAKES_NOTHING % 1)
    with pytest.raises(ModelError, match=r"eyes\.tflite: the Edge TPU refuses.*edgetpu_compiler"):
        edgetpu.open_model("eyes.tflite", content, 1)
    library(TAKES_NOTHING % 0)
    with pytest.raises(ModelError, match=r"bad\.tflite: the Edge TPU refuses.*edgetpu_compiler"):
        edgetpu.open_model("bad.tflite", b"no graph at all", 1)


def test_what_the_device_does_not_take_stays_on_the_processor(
    library: Library, bundle: Bundle
) -> None:
    library(TAKES_NOTHING % 0)
    entry = bundle.entry("eyes")
    model = edgetpu.open_model("eyes.tflite", check_file(bundle.directory, entry), 1)
    tensor = np.ones(entry.input.shape, np.float32)
    assert model.backend == "edgetpu"
    assert np.allclose(model.run(tensor), bundle.model("eyes").run(tensor), atol=1e-5)


def test_a_bundle_without_its_files_runs_on_the_processor(
    bundle: Bundle, public_key: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = open_chosen(bundle.directory, public_key, Choice("edgetpu"))
    assert (found.backend, found.fallback) == ("ai_edge_litert (edgetpu lost)", True)
    assert "no *_edgetpu.tflite in the bundle; docs/hardware.md says how" in caplog.text
    assert found.model("embedder").backend == "ai_edge_litert"
