"""Each small lie a pure room could tell: its source with one row, comparison or word changed."""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def mutants(path: Path) -> Iterator[tuple[str, ast.Module]]:
    """Yield (what was changed, the changed tree) for every change there is."""
    tree = ast.parse(path.read_text())
    for index, node in enumerate(ast.walk(tree)):
        for change in range(changes(node)):
            mutant = copy.deepcopy(tree)
            changed = next(n for i, n in enumerate(ast.walk(mutant)) if i == index)
            what = apply(changed, change)
            yield f"{path.name}:{getattr(node, 'lineno', 0)} {what}", mutant


def changes(node: ast.AST) -> int:
    """How many changes this node allows."""
    match node:
        case ast.Dict(keys=keys):
            return len(keys)
        case ast.Compare(ops=[operator]) if type(operator) in OPPOSITE:
            return 1
        case ast.BoolOp() | ast.UnaryOp(op=ast.Not()):
            return 1
        case ast.Constant(value=bool()):
            return 1
    return 0


def apply(node: ast.AST, change: int) -> str:
    """Make one change in place; say which."""
    match node:
        case ast.Dict():
            row = ast.unparse(node.keys.pop(change) or node)
            return f"row {row}: {ast.unparse(node.values.pop(change))} dropped"
        case ast.Compare():
            before = ast.unparse(node)
            node.ops = [OPPOSITE[type(node.ops[0])]()]
            return f"{before} -> {ast.unparse(node)}"
        case ast.BoolOp():
            before = ast.unparse(node)
            node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            return f"{before} -> {ast.unparse(node)}"
        case ast.UnaryOp():
            before = ast.unparse(node)
            node.operand = ast.UnaryOp(ast.Not(), node.operand)
            return f"{before} -> {ast.unparse(node.operand)}"
        case ast.Constant(value=bool(value)):
            node.value = not value
            return f"{value} -> {not value}"
    raise AssertionError(node)
