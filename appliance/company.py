"""Who passes together: of those who have shown all their factors, whether they are enough."""

# Pure: values in, new values out; time is an argument. Runs unchanged under MicroPython.

from collections import namedtuple

from appliance import decision

NEEDS = "needs"
MAY = "may"

# holder: their id. escort: NEEDS one, MAY be one, or neither. at_ms: since when they wait.
Shown = namedtuple("Shown", ("holder", "escort", "at_ms"))


def wanted(shown: tuple[Shown, ...], people: int) -> int:
    """Return decision.ENOUGH, or who else is wanted. people: so many different holders at least."""
    escorts = [one.escort for one in shown]
    if NEEDS in escorts and MAY not in escorts:
        return decision.ESCORT_WANTED
    return decision.SECOND_WANTED if len(shown) < people else decision.ENOUGH


def joined(waiting: tuple[Shown, ...], newcomer: Shown) -> tuple[Shown, ...]:
    """Return all of them; the same holder counts once, from now on."""
    together = list(without(waiting, newcomer.holder))
    together.append(newcomer)
    return tuple(together)


def without(waiting: tuple[Shown, ...], holder: str) -> tuple[Shown, ...]:
    """Return those who wait, but for this holder."""
    return tuple([one for one in waiting if one.holder != holder])


def passing(waiting: tuple[Shown, ...], newcomer: Shown, people: int) -> tuple[Shown, ...]:
    """Return who passes now that this one came; empty: all wait.

    Who needs nobody and helps nobody passes alone, and the others go on waiting.
    """
    together = joined(waiting, newcomer)
    for those in (together, (newcomer,)):
        if wanted(those, people) == decision.ENOUGH:
            return those
    return ()


def late(waiting: tuple[Shown, ...], now_ms: int, second_ms: int) -> tuple[Shown, ...]:
    """Return those who have waited for too long."""
    return tuple([one for one in waiting if now_ms - one.at_ms >= second_ms])
