"""A test's folder opened to other accounts, however deep below the machine's own it lies."""

import tempfile
from pathlib import Path


def let_pass(folder: Path) -> None:
    """Let every account pass through `folder` and those above it, up to the machine's own."""
    machines = Path(tempfile.gettempdir()).resolve()
    folder = folder.resolve()
    while machines in folder.parents:
        folder.chmod(0o711)
        folder = folder.parent
