"""The figures of one bench, as lines for people or as one line of JSON."""

import json
from collections.abc import Mapping


def tell(figures: Mapping[str, float], *, as_json: bool) -> None:
    """Print them; the unit stands in each name."""
    if as_json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:<28} {value:10.2f}")
