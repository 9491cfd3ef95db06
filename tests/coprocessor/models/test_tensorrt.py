"""The Jetson's backend against stand-ins for its libraries, in a process of its own.

TensorRT has never been here: what this shows is that ours builds once, keeps, finds again, agrees,
and that a machine without it says so.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.model import Bundle
from tests.coprocessor.models.test_cuda import stand_in

STAND_IN = Path(__file__).parent / "stand_in"
STORY = """
import logging, sys
from pathlib import Path
import numpy as np
from coprocessor.models.accelerated import Choice, open_chosen
from coprocessor.models.tensorrt import open_model
from coprocessor.models.model import ModelError
logging.basicConfig(format="%(message)s")
bundle, key, engines = sys.argv[1:]
found = open_chosen(Path(bundle), key, Choice("tensorrt", 1, Path(engines)))
print(found.backend, found.fallback)
for role in ("embedder", "spoof", "eyes"):
    model = found.model(role)
    print(role, model.backend, model.run(np.ones(model.input.shape, np.float32))[0].shape)
for given in ((b"no graph", Path(engines)), (b"", None)):
    try:
        open_model("bad.onnx", given[0], 1, given[1])
    except ModelError as error:
        print(error)
"""


def told(bundle: Bundle, public_key: str, engines: Path, libraries: Path | None) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(STAND_IN)}
    if libraries:
        environment["LD_LIBRARY_PATH"] = str(libraries)
    words = [sys.executable, "-c", STORY, str(bundle.directory), public_key, str(engines)]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
    return ran.stdout.splitlines()


def test_an_engine_is_built_once_and_found_again(
    bundle: Bundle, public_key: str, tmp_path: Path
) -> None:
    stand_in(tmp_path)
    engines = tmp_path / "engines"
    lines = [
        "tensorrt False",
        "embedder tensorrt (1, 512)",
        "spoof tensorrt (1, 3)",
        "eyes tensorrt (1, 2)",
        "bad.onnx: TensorRT cannot read the graph (no graph in sight)",
        "bad.onnx: nowhere to keep an engine; set models.engines",
    ]
    first = told(bundle, public_key, engines, tmp_path)
    assert [line for line in first if line != "built"] == lines
    assert first.count("built") == 4
    assert sorted(file.suffix for file in engines.iterdir()) == [".engine"] * 3
    assert all("-10.3.0-orin_stand_in_." in file.name for file in engines.iterdir())
    again = told(bundle, public_key, engines, tmp_path)
    assert [line for line in again if line != "built"] == lines
    assert again.count("built") == 1
    for file in engines.iterdir():
        file.write_bytes(b"of another TensorRT")
    assert told(bundle, public_key, engines, tmp_path).count("built") == 4


@pytest.mark.skipif(find_spec("tensorrt") is not None, reason="TensorRT is installed here")
def test_a_machine_without_it_runs_on_the_processor(
    bundle: Bundle, public_key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = open_chosen(bundle.directory, public_key, Choice("tensorrt", 1, tmp_path / "engines"))
    assert (found.backend, found.fallback) == ("ai_edge_litert (tensorrt lost)", True)
    assert "No module named 'tensorrt'; install JetPack's python3-libnvinfer" in caplog.text
