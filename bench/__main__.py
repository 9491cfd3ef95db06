"""Every figure of this machine, one bench after the other: python -m bench."""

import subprocess
import sys

BENCHES = ("reading", "matching", "opening", "terminal", "holders", "alerts", "walk")


def main() -> int:
    """Run each bench in a process of its own, so that none warms another's caches."""
    for name in BENCHES:
        print(f"== {name}", flush=True)
        done = subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
