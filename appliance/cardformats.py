"""The card formats of a site: the built-in ones beside those that it declares."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from appliance.sections import CardFormat
from board.wiegand import FORMATS, Layout

WIDEST: Final = 59
"""Bits of a field: its greatest number still has 18 digits, which a roster can carry."""

UNUSED: Final = (0, 0)
Rule = tuple[int, int, tuple[tuple[int, int], ...]]


def known(declared: Mapping[str, CardFormat]) -> dict[str, Layout]:
    """Return every format by its name."""
    return FORMATS | {name: layout(one) for name, one in declared.items()}


def layout(one: CardFormat) -> Layout:
    """Return the format as its decoder wants it: bits from 0, fields with their length."""
    return Layout(one.bits, _field(one.facility), _field(one.number), _in_order(_rules(one)))


def faults(name: str, declared: Mapping[str, CardFormat]) -> Iterator[str]:
    """What is wrong with a declared format: its key, what, and the remedy."""
    one = declared[name]
    fields = {"number": one.number} | ({"facility": one.facility} if one.facility else {})
    wrong = list(_ranges(one, fields))
    yield from wrong or (*_overlaps(one, fields), *_twins(name, declared))


def _ranges(one: CardFormat, fields: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    """Bits that there are not."""
    for key, (first, last) in fields.items():
        if not 1 <= first <= last <= one.bits or last - first >= WIDEST:
            yield (
                f"{key}: {first} to {last} is no field of at most {WIDEST} bits; "
                f"give its first and last bit, of 1 to {one.bits}"
            )
    for key, rules in (("even", one.even), ("odd", one.odd)):
        for rule in rules:
            if not _covers(one.bits, rule):
                yield (
                    f"{key}: {list(rule)} is no parity; give a bit of 1 to {one.bits}, and the "
                    f"first and last bit of each range that it covers, none twice and not itself"
                )


def _covers(bits: int, rule: tuple[int, ...]) -> bool:
    """Whether the ranges come in pairs, one behind the other, and leave the parity bit out."""
    at, *ends = rule
    covered = [bit for first, last in _pairs(ends) for bit in range(first, last + 1)]
    whole = len(ends) % 2 == 0 and all(first <= last for first, last in _pairs(ends))
    there = all(1 <= bit <= bits for bit in (at, *ends))
    return there and whole and len({at, *covered}) == 1 + len(covered)


def _overlaps(one: CardFormat, fields: Mapping[str, tuple[int, ...]]) -> Iterator[str]:
    """Bits that would mean two things, and parity that no order of making it makes true."""
    taken: dict[int, str] = {}
    uses = [(key, bit) for key, (first, last) in fields.items() for bit in range(first, last + 1)]
    uses += [(key, rule[0]) for key in ("even", "odd") for rule in getattr(one, key)]
    for key, bit in uses:
        if bit in taken:
            yield f"{key}: bit {bit} is one of {taken[bit]} already; let each bit mean one thing"
            return
        taken[bit] = key
    if len(_in_order(_rules(one))) < len(_rules(one)):
        yield "even: parity bits cover each other; let one of them leave the other out"


def _twins(name: str, declared: Mapping[str, CardFormat]) -> Iterator[str]:
    """Another format that makes the same bits of the same card."""
    mine = layout(declared[name])
    for other, theirs in known(declared).items():
        if other != name and _same(mine, theirs):
            yield f"bits: this is {other}, too; leave one of the two out"
            return


def _same(one: Layout, other: Layout) -> bool:
    return one[:3] == other[:3] and sorted(one.parity) == sorted(other.parity)


def _rules(one: CardFormat) -> list[Rule]:
    return [
        (at - 1, odd, tuple(_field(ends) for ends in _pairs(covered)))
        for odd, rules in enumerate((one.even, one.odd))
        for at, *covered in rules
    ]


def _in_order(rules: list[Rule]) -> tuple[Rule, ...]:
    """A parity bit that others cover is made before them; those in a circle are left out."""
    made: list[Rule] = []
    while ready := [rule for rule in rules if not _waits(rule, rules)]:
        made += ready
        rules = [rule for rule in rules if rule not in ready]
    return tuple(made)


def _waits(rule: Rule, others: list[Rule]) -> bool:
    _at, _odd, covered = rule
    return any(first <= other[0] < first + count for other in others for first, count in covered)


def _pairs(ends: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip(ends[::2], ends[1::2], strict=False))


def _field(ends: tuple[int, int] | None) -> tuple[int, int]:
    return (ends[0] - 1, ends[1] - ends[0] + 1) if ends else UNUSED
