"""What is wrong with the factors that site.toml wants at a door: the key, why, and the remedy."""

from collections.abc import Iterator
from typing import Final

from appliance import factor_sets
from appliance.attempt import FACE, PIN
from appliance.sections import Portal

TWO: Final = (factor_sets.FACE_PIN, factor_sets.ANY_TWO)
"""Sets that promise two factors whatever happens: no card may stand in for them alone."""


def faults(portal: Portal) -> Iterator[str]:
    """Each contradiction as `key: what; remedy`, the key without its portal."""
    sets = (portal.factors,)
    if not portal.reader.keypad and any(
        factor_sets.uses(each, PIN) for each in (*sets, portal.without_face)
    ):
        yield (
            "reader.keypad: a PIN is wanted and there is no keypad; "
            "leave pin and any-two out of factors and without_face"
        )
    two = [each for each in sets if each in TWO]
    if two and portal.without_face == "card":
        yield (
            f'without_face: a card alone would stand in for the two factors of "{two[0]}"; '
            f'choose "card+pin" or "refuse"'
        )


def opens_to_a_face_alone(portal: Portal) -> bool:
    """Whether there is an hour at which a face and nothing else opens it."""
    return FACE in (portal.factors,)
