"""What an import would change: the roster's rows beside the vault's holders, none touched."""

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

from appliance.rosterline import Fault, Said
from appliance.vault.records import CardStatus
from appliance.vault.roster import Changes, Given, Kept, Line, without
from board import wiegand


class Known(NamedTuple):
    """What the vault holds. others: cards of holders without a key, by who has them.

    formats: of the cards that readers here know.
    """

    kept: Mapping[str, Kept]
    others: Iterable[tuple[str, wiegand.Card]]
    groups: frozenset[str]
    formats: dict[str, wiegand.Layout] = wiegand.FORMATS


def plan(known: Known, rows: list[Said], *, remove_missing: bool) -> Changes | list[Fault]:
    """Return what to change, or everything that stands against it."""
    wanted, faults = _wanted(known, rows)
    keys = {line.key for _, line in wanted}
    missing = [kept for key, kept in known.kept.items() if key not in keys]
    faults += _groups_there(known, wanted)
    faults += _cards_free(known, wanted, [] if remove_missing else missing)
    if faults:
        return sorted(faults)
    added = tuple((secrets.token_hex(8), line) for _, line in wanted if line.key not in known.kept)
    changed = tuple(
        (kept.holder_id, kept.line, line)
        for _, line in wanted
        if (kept := known.kept.get(line.key)) and kept.line != line
    )
    removed = tuple(kept.holder_id for kept in missing) if remove_missing else ()
    return Changes(added, changed, removed, _given(known, added, changed))


def _wanted(known: Known, rows: list[Said]) -> tuple[list[tuple[int, Line]], list[Fault]]:
    """Each row over what is there already; and which rows cannot be."""
    faults, wanted = [], []
    first: dict[str, int] = {}
    for number, values in rows:
        before = first.setdefault(values["key"], number)
        if before != number:
            faults.append(Fault(number, "key", f"line {before} has it already; keep one of them"))
            continue
        kept = known.kept.get(values["key"])
        line = (kept.line if kept else Line(values["key"], ""))._replace(**values)
        faults += contradictions(number, line)
        wanted.append((number, line))
    return wanted, faults


def contradictions(number: int, line: Line) -> list[Fault]:
    """What in one line cannot be true at once."""
    faults = []
    if not line.name:
        faults.append(Fault(number, "name", "this holder is new; give the name"))
    begins, ends = line.valid_from_ms, line.valid_until_ms
    if begins is not None and ends is not None and begins >= ends:
        faults.append(Fault(number, "valid_until", "it is not after valid_from; give a later day"))
    if line.visitor and ends is None:
        faults.append(Fault(number, "valid_until", "a visitor's days end; give the last one"))
    return faults


def _groups_there(known: Known, wanted: list[tuple[int, Line]]) -> list[Fault]:
    return [
        Fault(number, "groups", f"there is no group {group}; `cardea groups set {group}` makes it")
        for number, line in wanted
        for group in line.groups
        if group not in known.groups
    ]


def _cards_free(known: Known, wanted: list[tuple[int, Line]], left: list[Kept]) -> list[Fault]:
    """Who would have a card that a reader takes for somebody else's as well."""
    owners: dict[object, str] = {}
    seat = partial(seat_of, formats=known.formats, shared=shared(known.formats))
    for holder_id, card in known.others:
        owners[seat(card)] = f"holder {holder_id}, who has no key"
    for kept in left:
        for card in kept.line.cards:
            owners[seat(card)] = f"holder {kept.holder_id}, who is not in this file"
    faults = []
    for number, line in wanted:
        for card in line.cards:
            owner = owners.setdefault(seat(card), f"line {number}")
            if owner != f"line {number}":
                reason = f"a card of this row is that of {owner}; take it from one of them"
                faults.append(Fault(number, "cards", reason))
    return faults


def shared(formats: dict[str, wiegand.Layout]) -> frozenset[str]:
    """Formats of which a reader cannot tell two apart: the same bits may be a card of either."""
    lengths = [layout.bits for layout in formats.values()]
    return frozenset(name for name, layout in formats.items() if lengths.count(layout.bits) > 1)


def seat_of(
    card: wiegand.Card, formats: dict[str, wiegand.Layout], shared: frozenset[str]
) -> object:
    """What a reader can tell of a card: two with the same are one at the door."""
    return wiegand.encode(*card, formats) if card.format in shared else card


def _given(
    known: Known,
    added: tuple[tuple[str, Line], ...],
    changed: tuple[tuple[str, Line, Line], ...],
) -> tuple[Given, ...]:
    """Cards for their new holders. One that was lost or suspended stays so in other hands."""
    worth: dict[wiegand.Card, CardStatus] = {
        card: status
        for kept in known.kept.values()
        for card, status in zip(kept.line.cards, kept.statuses, strict=True)
    }
    new = [(holder_id, card) for holder_id, line in added for card in line.cards]
    new += [
        (holder_id, card)
        for holder_id, before, after in changed
        for card in without(after.cards, before.cards)
    ]
    return tuple(Given(holder_id, card, worth.get(card, "active")) for holder_id, card in new)
