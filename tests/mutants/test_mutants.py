"""The tests are tested: every small lie of the pure rooms makes some test fail."""

import ast
import itertools
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mutants.mutate import mutants

ROOT = Path(__file__).parents[2]
ROOMS = (
    "door",
    "decision",
    "attempt",
    "stepup",
    "schedule",
    "lockout",
    "areas",
    "passage",
    "factor_sets",
    "company",
    "habits",
    "supervision",
    "hours",
)


def module(name: str, tree: ast.Module) -> types.ModuleType:
    made = types.ModuleType(name)
    exec(compile(ast.fix_missing_locations(tree), name, "exec"), made.__dict__)
    return made


def told(room: str, mutant: types.ModuleType) -> Iterator[Callable[[], object]]:
    """Every test of a room, told that the mutant is the room."""
    tree = ast.parse((ROOT / "tests" / "appliance" / f"test_{room}.py").read_text())
    namespace: dict[str, Any] = {"__name__": f"mutated_{room}"}
    for statement in tree.body:
        part = ast.Module([statement], [])
        if isinstance(statement, ast.ImportFrom) and statement.module == f"appliance.{room}":
            names = {alias.name: getattr(mutant, alias.name) for alias in statement.names}
            namespace.update(names)
            continue
        exec(compile(part, f"test_{room}.py", "exec"), namespace)
        namespace[room] = mutant
    for name, test in namespace.items():
        if name.startswith("test_"):
            yield from calls(test)


def calls(test: Callable[..., object]) -> Iterator[Callable[[], object]]:
    """A test with each of its parameters."""
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    for values in itertools.product(*(mark.args[1] for mark in marks)):
        arguments: list[Any] = []
        for mark, value in zip(marks, values, strict=True):
            several = not isinstance(mark.args[0], str) or "," in mark.args[0]
            arguments += value if several else [value]
        yield lambda arguments=arguments: test(*arguments)  # type: ignore[misc]


def killed(room: str, tree: ast.Module) -> bool:
    """Whether some test fails, or the mutant cannot even be loaded."""
    try:
        for call in told(room, module(room, tree)):
            call()
    except Exception:  # noqa: BLE001 - a mutant may fail in any way
        return True
    return False


@pytest.mark.parametrize("room", ROOMS)
def test_the_room_itself_passes(room: str) -> None:
    assert not killed(room, ast.parse((ROOT / "appliance" / f"{room}.py").read_text()))


@pytest.mark.parametrize("room", ROOMS)
def test_every_mutant_is_noticed(room: str) -> None:
    lies = list(mutants(ROOT / "appliance" / f"{room}.py"))
    assert len(lies) > 5
    assert [what for what, tree in lies if not killed(room, tree)] == []
