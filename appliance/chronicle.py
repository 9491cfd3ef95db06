"""What the journal and the building hear of a door's changes."""

from collections.abc import Iterator
from typing import Final

from appliance import door
from board.link import alerts

Line = tuple[str, alerts.Event | None]
"""The kind of a journal entry, with the alert that goes with it."""

LASTING: Final[dict[int, alerts.Kind]] = {door.HELD: "door_held", door.FORCED: "door_forced"}
LEAF: Final = {
    (door.SHUT, door.OPEN): "opened",
    (door.OPEN, door.SHUT): "closed",
    (door.HELD, door.SHUT): "closed",
    (door.FORCED, door.SHUT): "closed",
    (door.AJAR, door.OPEN): "opened",
    (door.AJAR, door.SHUT): "rattled",
}
"""A door that only moved in its frame is one line, once it is shut again."""


def lines(portal: str, before: door.State, now: door.State, event: int) -> Iterator[Line]:
    """What is to be told of one change, in order."""
    if event == door.REX and before.lock != door.EXITING:
        yield "exit", None
    if now.lock != before.lock and now.lock == door.SECURED:
        yield "secured", None
    if now.leaf != before.leaf:
        yield from _leaf(portal, before.leaf, now.leaf)
    if now.mode != before.mode:
        yield from _mode(portal, before.mode, now.mode)
    if now.hours != before.hours:
        yield "free_hours" if now.hours == door.FREE_HOURS else "free_hours_over", None
    if now.fire != before.fire:
        make = alerts.raised if now.fire == door.CALLING else alerts.cleared
        yield "fire" if now.fire else "fire_over", make("fire_release", portal)


def _leaf(portal: str, was: int, leaf: int) -> Iterator[Line]:
    if was in LASTING:
        kind = LASTING[was]
        yield f"{kind}_over", alerts.cleared(kind, portal)
    if leaf in LASTING:
        yield LASTING[leaf], alerts.raised(LASTING[leaf], portal)
    if (was, leaf) in LEAF:
        yield LEAF[was, leaf], None


def _mode(portal: str, was: int, mode: int) -> Iterator[Line]:
    event = None
    if mode == door.LOCKDOWN:
        event = alerts.raised("lockdown", portal)
    elif was == door.LOCKDOWN:
        event = alerts.cleared("lockdown", portal)
    yield f"mode_{door.MODE_WORDS[mode]}", event
