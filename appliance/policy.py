"""What is wrong with the factors that site.toml wants at a door: the key, why, and the remedy."""

from collections.abc import Iterator
from typing import Final

from appliance import factor_sets
from appliance.attempt import FACE, PIN
from appliance.sections import Portal, Site

TWO: Final = (factor_sets.FACE_PIN, factor_sets.ANY_TWO)
"""Sets that promise two factors whatever happens: no card may stand in for them alone."""


def sets(portal: Portal) -> tuple[str, ...]:
    """Every factor set that counts at some hour, the usual one first."""
    return (portal.factors, *(each.factors for each in portal.when))


def wants_face(portal: Portal) -> bool:
    """Whether a face plays a part at some hour."""
    return any(factor_sets.uses(each, FACE) for each in sets(portal))


def schedules(site: Site) -> dict[str, tuple[str, ...]]:
    """What rests on each schedule that site.toml names, in the words of a schedule's uses."""
    uses: dict[str, tuple[str, ...]] = {}
    for name, portal in site.portals.items():
        if portal.free_schedule:
            uses[portal.free_schedule] = (
                *uses.get(portal.free_schedule, ()),
                f"free hours of {name}",
            )
        for each in portal.when:
            uses[each.schedule] = (*uses.get(each.schedule, ()), f"{each.factors} at {name}")
    return uses


def switching(site: Site) -> frozenset[str]:
    """The schedules by which the factors of some door change."""
    return frozenset(each.schedule for portal in site.portals.values() for each in portal.when)


def asking(site: Site) -> frozenset[str]:
    """The doors that ask for more at an hour that is unusual for a holder."""
    return frozenset(name for name, portal in site.portals.items() if portal.unusual_hour == "ask")


def faults(portal: Portal) -> Iterator[str]:
    """Each contradiction as `key: what; remedy`, the key without its portal."""
    wanted = sets(portal)
    if not portal.reader.keypad and any(
        factor_sets.uses(each, PIN) for each in (*wanted, portal.without_face)
    ):
        yield (
            "reader.keypad: a PIN is wanted and there is no keypad; "
            "leave pin and any-two out of factors and without_face"
        )
    two = [each for each in wanted if each in TWO]
    if two and portal.without_face == "card":
        yield (
            f'without_face: a card alone would stand in for the two factors of "{two[0]}"; '
            f'choose "card+pin" or "refuse"'
        )


def opens_to_a_face_alone(portal: Portal) -> bool:
    """Whether there is an hour at which a face and nothing else opens it."""
    return FACE in sets(portal)
