"""The generated documents are fresh, and the tests that SAFETY.md names exist."""

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from board.link import conversation

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def generator() -> ModuleType:
    """docs/ is no package: its one program is loaded from its file."""
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = generator()


def test_generated_pages_are_fresh() -> None:
    assert GENERATE.main(["--check"]) == 0


@pytest.mark.parametrize("name", ["messages.md", "alerts.md", "alert.schema.json"])
def test_a_stale_page_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert GENERATE.main(["--into", str(tmp_path)]) == 0
    assert GENERATE.main(["--check", "--into", str(tmp_path)]) == 0
    (tmp_path / name).write_text((tmp_path / name).read_text() + " ")
    assert GENERATE.main(["--check", "--into", str(tmp_path)]) == 1
    assert f"{tmp_path / name}: stale" in capsys.readouterr().err
    (tmp_path / name).unlink()
    assert GENERATE.main(["--check", "--into", str(tmp_path)]) == 1


def test_every_way_to_be_ignored_is_told() -> None:
    source = Path(conversation.__file__).read_text()
    words = re.findall(r'_ignore\("(\w+)"\)|ignored\["(\w+)"\]', source)
    assert {one or other for one, other in words} == set(GENERATE.IGNORED)


def named_tests(page: str) -> list[str]:
    return re.findall(r"`(tests/[\w/]+\.py::\w+)`", page)


def missing_tests(page: str) -> list[str]:
    return [name for name in named_tests(page) if not is_a_test(*name.split("::"))]


def is_a_test(file: str, function: str) -> bool:
    path = ROOT / file
    if not path.is_file() or not function.startswith("test_"):
        return False
    return function in {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_test_that_safety_names_exists() -> None:
    safety = (DOCS / "SAFETY.md").read_text()
    assert named_tests(safety)
    assert missing_tests(safety) == []
    for promise in re.split(r"^## ", safety, flags=re.MULTILINE)[1:4]:
        assert named_tests(promise), promise.partition("\n")[0]


def test_a_test_that_does_not_exist_would_be_missed() -> None:
    absent = "tests/house/test_documents.py::test_of_nothing"
    assert missing_tests(f"`{absent}` `tests/nowhere.py::test_x`") == [
        absent,
        "tests/nowhere.py::test_x",
    ]
