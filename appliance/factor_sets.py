"""The factor sets that a door may want: what each uses, how it begins, and which is stricter."""

# Pure: runs unchanged under MicroPython.

from appliance import attempt

FACE_PIN = "face+pin"
ANY_TWO = "any-two"

WEAKEST_FIRST = (
    "face",
    "card",
    "any-two",
    "face+pin",
    "card+pin",
    "card+face",
    "card+pin+face",
)
"""By how many factors; among as many, by what an attacker has to get hold of. A face alone can be
guessed at by everybody who passes, a card must be had. Of any two the weakest two will do."""


def uses(factors: str, factor: str) -> bool:
    """Return whether a factor plays a part in a set."""
    return factors == ANY_TWO or factor in factors.split("+")


def begins_by_face(factors: str) -> bool:
    """Return whether a face without a card begins an attempt."""
    return factors in (attempt.FACE, FACE_PIN, ANY_TWO)


def looks_among_all(factors: str) -> bool:
    """Return whether a face is looked for among all holders even when a card was shown."""
    return bool(factors == attempt.FACE)


def beyond_card(factors: str) -> tuple[str, ...]:
    """Return what a card's holder has to show besides; of any two, what they may."""
    return tuple(factor for factor in (attempt.PIN, attempt.FACE) if uses(factors, factor))


def beyond_face(factors: str) -> tuple[str, ...]:
    """Return what would do besides a face that no card came before; empty: nothing is wanted."""
    if factors == FACE_PIN:
        return (attempt.PIN,)
    return (attempt.CARD, attempt.PIN) if factors == ANY_TWO else ()


def strictest(sets: tuple[str, ...]) -> str:
    """Return the strictest of some sets."""
    return max(sets, key=WEAKEST_FIRST.index)


def in_force(usual: str, when: tuple[tuple[str, bool | None], ...]) -> str:
    """Return the set that counts: the first whose schedule is open, else the usual one.

    when: sets, each with whether its schedule is open. Where one before that is not known (None),
    the strictest of all.
    """
    for factors, opened in when:
        if opened is None:
            return strictest(tuple([usual] + [each for each, _ in when]))
        if opened:
            return factors
    return usual
