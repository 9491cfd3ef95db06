"""Whether a holder may go from one area into the next: where they are, and how many are there."""

# Pure: values in, new values out; the time (monotonic) is an argument. Runs unchanged under
# MicroPython.

from collections import namedtuple

OFF = "off"
HARD = "hard"
SOFT = "soft"
TIMED = "timed"

FINE, TOLD, REFUSED = range(3)
"""Nothing against it; let in, and told; not let in. The larger one counts."""

STRENGTH = {OFF: FINE, SOFT: TOLD, HARD: REFUSED, TIMED: FINE}
"""What going against an area's rule comes to, whenever it was that they entered."""

# One area's rule, as site.toml has it. passback_ms: of TIMED only. limit: 0 for none.
Rule = namedtuple("Rule", ("name", "anti_passback", "passback_ms", "limit"))

OUTSIDE = Rule("", OFF, 0, 0)
"""Where no area is."""

# A portal: from which area into which; one of them may be OUTSIDE.
Way = namedtuple("Way", ("leads_from", "leads_to"))

NOWHERE = Way(OUTSIDE, OUTSIDE)

# Where a holder went last ("" is outside all areas), and when. Unknown is no Place but None.
Place = namedtuple("Place", ("area", "since_ms"))


def tracked(way: Way) -> bool:
    """Return whether going this way changes where somebody is."""
    return bool(way.leads_from.name or way.leads_to.name)


def passback(place: Place | None, way: Way, now_ms: int) -> int:
    """Return what becomes of somebody who is there and goes this way: FINE, TOLD, REFUSED."""
    if place is None:
        return FINE
    return max(_entering(place, way.leads_to, now_ms), _leaving(place, way.leads_from))


def _entering(place: Place, rule: Rule, now_ms: int) -> int:
    """Return what speaks against entering: they are there already."""
    if not rule.name or place.area != rule.name:
        return FINE
    if rule.anti_passback == TIMED and now_ms - place.since_ms < rule.passback_ms:
        return REFUSED
    return STRENGTH[rule.anti_passback]


def _leaving(place: Place, rule: Rule) -> int:
    """Return what speaks against leaving: they are not there. No time makes that right."""
    if not rule.name or place.area == rule.name:
        return FINE
    return STRENGTH[rule.anti_passback]


def comes(place: Place | None, way: Way) -> bool:
    """Return whether this way makes them one more in the area it leads to."""
    if not way.leads_to.name:
        return False
    return place is None or bool(place.area != way.leads_to.name)


def full(place: Place | None, way: Way, inside: int) -> bool:
    """Return whether there is no room for them. inside: who is there, or is about to be.

    Who leaves for outside is never refused for it, nor who is counted there already.
    """
    limit = way.leads_to.limit
    return bool(comes(place, way) and limit and inside >= limit)
