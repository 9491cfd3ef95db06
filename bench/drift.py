"""How often drift is told of a made-up site that is the same, and how soon of one that is not."""

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.coprocessor.drift_site import FAULTS, SAME, Shift, Site

SETTLE_DAYS = 21


def alarms(sites: int, days: int, approaches: int, daily: float) -> list[int]:
    """After how many approaches each site that nothing happened to was told of all the same."""
    found = (told(seed, days, approaches, daily, SAME) for seed in range(sites))
    return [after for after in found if after is not None]


def told(seed: int, days: int, approaches: int, daily: float, shift: Shift) -> int | None:
    """Approaches from the shift, after SETTLE_DAYS, to the first figure above the limit."""
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder) / "drift.json", seed, daily=daily)
        for _ in range(SETTLE_DAYS):
            site.day(approaches)
        if shift != SAME:
            site.worst.clear()
        for _ in range(days):
            site.day(approaches, shift)
        alarm = site.alarm()
        return alarm[0] if alarm else None


def lines(sites: int, days: int) -> Iterator[str]:
    yield f"{sites} sites each, {SETTLE_DAYS} + {days} days, 30 people; light as seen by a camera"
    for approaches in (40, 150):
        for daily in (0.0, 0.3, 0.5, 0.7):
            count = len(alarms(sites, days, approaches, daily))
            yield f"{approaches:4} a day, day to day {daily}: {count} of {sites} told for nothing"
        for name, shift in FAULTS.items():
            after = [told(seed, 14, approaches, 0.3, shift) for seed in range(sites)]
            found = [count for count in after if count is not None]
            spread = f"after {median(found):.0f}, at most {max(found)}" if found else ""
            yield f"{approaches:4} a day, {name}: {len(found)} of {sites} found {spread}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=20)
    parser.add_argument("--days", type=int, default=60)
    options = parser.parse_args()
    for line in lines(options.sites, options.days):
        print(line, flush=True)


if __name__ == "__main__":
    main()
