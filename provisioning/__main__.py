"""cardea: the installer's tools, one file for each command."""

import argparse
import ast
import importlib
import pkgutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Final

import provisioning

NOT_COMMANDS: Final = frozenset({"__main__", "pages", "table", "terminal"})
"""Files of this folder that serve several commands."""


def commands() -> dict[str, str]:
    """Return each command's words and its module: `journal verify` is journal_verify.py."""
    files = (
        module.name for module in pkgutil.iter_modules(provisioning.__path__) if not module.ispkg
    )
    return {name.replace("_", " "): name for name in sorted(files) if name not in NOT_COMMANDS}


def load(name: str) -> ModuleType:
    """Return a command's module; only the chosen one is loaded, so that `cardea` starts at once."""
    return importlib.import_module(f"provisioning.{name}")


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    known = commands()
    chosen = [name for name in known if words[: len(name.split())] == name.split()]
    if not chosen:
        print(_overview(known), file=sys.stderr if words not in ([], ["--help"]) else sys.stdout)
        return 0 if words in ([], ["--help"]) else 2
    name = max(chosen, key=len)
    module = load(known[name])
    parser = argparse.ArgumentParser(prog=f"cardea {name}", description=module.__doc__)
    module.arguments(parser)
    result: int = module.run(parser.parse_args(words[len(name.split()) :]))
    return result


def _overview(known: dict[str, str]) -> str:
    lines = [f"  cardea {name:<16} {_summary(module)}" for name, module in known.items()]
    return "\n".join(["usage: cardea COMMAND [--help]", "", *lines])


def _summary(name: str) -> str:
    """Read, not imported: a command whose libraries are missing is listed all the same."""
    source = (Path(__file__).parent / f"{name}.py").read_text()
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]


if __name__ == "__main__":
    sys.exit(main())
