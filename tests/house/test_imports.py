"""The house of docs/architecture.md: arrows go down only, and nothing is hidden."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("board", "appliance", "coprocessor", "provisioning")
MAY_IMPORT = {
    "board": ("board",),
    "appliance": ("appliance", "board"),
    "coprocessor": ("coprocessor", "board"),
    "provisioning": (
        "provisioning",
        "board",
        "appliance.vault",
        "coprocessor.models",
        "coprocessor.evaluate",
        "coprocessor.evaluation",
    ),
}
PURE = (
    "appliance/door.py",
    "appliance/decision.py",
    "appliance/attempt.py",
    "appliance/stepup.py",
    "appliance/schedule.py",
    "appliance/lockout.py",
    "appliance/areas.py",
    "appliance/passage.py",
    "appliance/factor_sets.py",
    "appliance/company.py",
    "appliance/habits.py",
    "appliance/hours.py",
    "appliance/supervision.py",
    "board/wiegand.py",
)
PURE_MAY_IMPORT = {"collections", "appliance", "appliance.decision"}
LOADERS = {
    "board/load.py",
    "coprocessor/models/model.py",
    "provisioning/__main__.py",  # docs/decisions/0003
}
FILES = {
    str(path.relative_to(ROOT)): ast.parse(path.read_text())
    for room in ROOMS
    for path in sorted((ROOT / room).rglob("*.py"))
}


def imports(tree: ast.AST) -> list[str]:
    """Every module a tree imports, wherever the import stands."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the room they come from"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def ours(name: str) -> bool:
    return name.split(".")[0] in ROOMS


def module_of(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


MODULES = {module_of(file): file for file in FILES}


def owner(name: str) -> str | None:
    """The file that `name` (a module, or a name inside one) comes from."""
    return MODULES.get(name) or MODULES.get(name.rpartition(".")[0])


@pytest.mark.parametrize("file", FILES)
def test_arrows_go_down_only(file: str) -> None:
    allowed = MAY_IMPORT[file.split("/")[0]]
    for name in filter(ours, imports(FILES[file])):
        assert any(name == room or name.startswith(f"{room}.") for room in allowed), (
            f"{file} imports {name}; it may import {', '.join(allowed)}"
        )


def test_no_import_circles() -> None:
    arrows = {
        file: {owner(name) for name in imports(tree) if ours(name)} - {file, None}
        for file, tree in FILES.items()
    }
    done: set[str] = set()

    def visit(file: str, path: tuple[str, ...]) -> None:
        assert file not in path, " -> ".join((*path, file))
        if file not in done:
            for target in arrows[file]:
                visit(target, (*path, file))
            done.add(file)

    for file in FILES:
        visit(file, ())


@pytest.mark.parametrize("file", [file for file in FILES if file.endswith("__init__.py")])
def test_package_faces_stay_empty(file: str) -> None:
    assert not FILES[file].body


@pytest.mark.parametrize("file", sorted(set(FILES) - LOADERS))
def test_imports_stand_at_the_top(file: str) -> None:
    for node in ast.walk(FILES[file]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert not any(
                isinstance(part, ast.Import | ast.ImportFrom) for part in ast.walk(node)
            ), f"{file}:{node.lineno} {node.name}() imports"
        if isinstance(node, ast.Name | ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            assert name not in ("__import__", "import_module"), f"{file} loads by itself"


@pytest.mark.parametrize("file", PURE)
def test_pure_rooms_have_no_clock_and_no_io(file: str) -> None:
    for name in imports(FILES[file]):
        assert name.rpartition(".")[0] in PURE_MAY_IMPORT, f"{file} imports {name}"
    called = {
        node.func.id
        for node in ast.walk(FILES[file])
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval"}


@pytest.mark.parametrize("file", FILES)
def test_a_file_begins_with_what_leaves_the_room(file: str) -> None:
    tree = FILES[file]
    if not tree.body:
        return
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    assert first, f"{file} does not say what it is for"


def test_only_the_board_knows_what_is_simulated() -> None:
    for file, tree in FILES.items():
        if file.startswith(("board/", "provisioning/")):
            continue
        for name in imports(tree):
            assert not name.startswith(("board.simulated", "board.stimulus")), f"{file}: {name}"


def test_the_rules_would_notice() -> None:
    """The checks above are checks: each is shown a file that breaks it."""
    wings = ast.parse("from coprocessor import track")
    assert [name for name in imports(wings) if ours(name)] == ["coprocessor.track"]
    hidden = ast.parse("def late():\n    import appliance.door\n")
    assert imports(hidden) == ["appliance.door"]
