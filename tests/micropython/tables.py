"""What the pure rooms say to everything, printed: run by CPython and by MicroPython alike."""

from appliance import (
    areas,
    attempt,
    company,
    decision,
    door,
    factor_sets,
    habits,
    hours,
    lockout,
    passage,
    schedule,
    stepup,
    supervision,
)
from appliance.readers import keypad
from board import wiegand


def doors() -> None:
    """Every reachable state and every event."""
    seen = [door.START]
    for state in seen:
        for event in range(door.HOURS_END + 1):
            on_close = door.step(state, event, "close")
            after = door.step(state, event)
            told = door.released(after), door.sounding(after), door.alarm(after)
            told += (door.alarm(after, True), door.alarm(after, False, True, event % 2 == 1))
            print(tuple(state), event, tuple(after), tuple(on_close), told)
            if after not in seen:
                seen.append(after)


def free_hours() -> None:
    """Every state, after every event."""
    for number in range(4):
        before = hours.Hours(bool(number & 1), bool(number & 2))
        shut, opened = hours.looked(before, False), hours.looked(before, True)
        for after in (shut, opened, hours.arrived(before), hours.locked_down(before)):
            print(tuple(before), tuple(after), hours.free(after, False), hours.free(after, True))


def decisions() -> None:
    """Every credential with every PIN and a face on each side of each threshold."""
    limits = decision.Limits(400, 700, 3500, 500)
    faces = [None]
    for enough in (0, 1):
        for attack in (400, 401, 700):
            for refused in (0, 1):
                for similarity in (3499, 3500):
                    for margin in (499, 500):
                        faces.append(decision.Face(enough, attack, refused, similarity, margin))
    for flags in range(1 << 10):
        bits = [bool(flags >> place & 1) for place in range(10)]
        for wanted in range(3):
            facts = decision.unshown(decision.Standing(*bits))
            facts = decision.Facts(*facts[:7], wanted)
            print(flags, wanted, *decision.decide(facts, limits))
    for wants in range(8):
        bits = [bool(wants >> place & 1) for place in range(3)]
        for pin in range(6):
            for number, face in enumerate(faces):
                for turn in range(4):
                    shown = (bits[0], pin, bits[1], face, turn, bits[2], decision.ENOUGH)
                    facts = decision.Facts(decision.ADMISSIBLE, *shown)
                    print(wants, pin, number, turn, *decision.decide(facts, limits))


def attempts() -> None:
    """Two readings after each other, of all sorts, with and without a PIN."""
    limits = decision.Limits(400, 700, 3500, 0)
    known = decision.unshown(decision.ADMISSIBLE)
    look = stepup.Look(1, True, 0, 60)
    good = (True, 100, False, 6000, 0)
    sorts = [good, (True, 100, False, 500, 0), (True, 500, False, 6000, 0)]
    sorts += [(True, 900, False, 6000, 0), (True, 100, True, 0, 0), (False, 0, False, 6000, 0)]
    for wanted in ((), ("pin",), ("face",), ("pin", "face")):
        for pin in range(4):
            for first in sorts:
                for second in sorts:
                    current = attempt.with_pin(attempt.begin(7, wanted, known), pin)
                    for at_ms, face in ((0, first), (4000, second)):
                        face = decision.Face(*face)
                        current = attempt.with_face(current, face, limits, look, at_ms)
                    ends = attempt.missing(current), attempt.hopeless(current, limits)
                    ends += (attempt.wants_step_up(current, limits),)
                    ends += (attempt.wants_turn(current, limits),)
                    print(wanted, pin, first, second, *ends, current.misses)


def either() -> None:
    """A face and a PIN where one of them is enough, and a card after a face."""
    limits = decision.Limits(400, 700, 3500, 0)
    known = decision.Facts(*decision.unshown(decision.ADMISSIBLE)[:6], True, decision.ENOUGH)
    look = stepup.Look(1, True, 0, 60)
    for pin in range(6):
        for attack in (100, 500, 900):
            for similarity in (500, 6000):
                face = decision.Face(True, attack, False, similarity, 0)
                current = attempt.begin(7, ("pin", "face"), known)
                current = attempt.with_face(current, face, limits, look, 0)
                for after in (current, attempt.with_pin(current, pin)):
                    told = attempt.missing(after), attempt.shown(after)
                    print(pin, attack, similarity, *told, attempt.hopeless(after, limits))
        for or_card in (False, True):
            current = attempt.begin(7, ("face",), decision.unshown(decision.ADMISSIBLE))
            current = attempt.with_second_factor(current, ("face", "pin"), pin, or_card)
            carded = attempt.with_card(current, decision.ADMISSIBLE)
            print(pin, or_card, attempt.missing(current), attempt.takes_card(current), carded)
    for factors in factor_sets.WEAKEST_FIRST:
        told = factor_sets.beyond_card(factors), factor_sets.beyond_face(factors)
        print(factors, *told, factor_sets.begins_by_face(factors))
        for first in (None, False, True):
            for second in (None, False, True):
                when = (("any-two", first), ("card+pin", second))
                print(factors, when, factor_sets.in_force(factors, when))


def companies() -> None:
    """Every three holders one after the other, at doors for one and for two."""
    for people in (1, 2):
        for first in ("", "needs", "may"):
            for second in ("", "needs", "may"):
                for third in ("", "needs", "may"):
                    waiting = ()
                    for number, escort in enumerate((first, second, second, third)):
                        shown = company.Shown(str(number % 3), escort, number * 1000)
                        passing = company.passing(waiting, shown, people)
                        names = [one.holder for one in passing]
                        if not passing:
                            waiting = company.joined(waiting, shown)
                        for holder in names:
                            waiting = company.without(waiting, holder)
                        late = [one.holder for one in company.late(waiting, 3000, 1000)]
                        print(people, first, second, third, names, late, len(waiting))


def routines() -> None:
    """Every hour after passes about one hour, on working days and on others."""
    for usual in (0, 8, 23, 24, 32, 47):
        for passes in (0, 19, 20):
            counts = tuple([passes if place == usual else 0 for place in range(48)])
            for hour in range(24):
                told = habits.unusual(counts, False, hour), habits.unusual(counts, True, hour)
                print(usual, passes, hour, *told)


def turns() -> None:
    """Every three yaws after a step-up was asked for, near and far, in time and late."""
    limits = decision.Limits(400, 700, 3500, 0)
    known = decision.unshown(decision.ADMISSIBLE)
    face = decision.Face(True, 500, False, 6000, 0)
    yaws = (-30, -12, 0, 11, 25)
    for eyes_px in (35, 36):
        for every_ms in (100, 4001):
            for first in yaws:
                for second in yaws:
                    for third in yaws:
                        look = stepup.Look(1, True, 0, eyes_px)
                        current = attempt.begin(1, ("face",), known)
                        for at_ms in (0, 3000):
                            current = attempt.with_face(current, face, limits, look, at_ms)
                        current = attempt.with_step_up(current, ("left",), look, 3000)
                        for yaw in (0, first, second, third, 0):
                            look = stepup.Look(1, True, yaw, 60)
                            at_ms += every_ms
                            current = attempt.with_face(current, face, limits, look, at_ms)
                        told = stepup.asked(current.step_up), attempt.missing(current)
                        print(eyes_px, every_ms, first, second, third, current.step_up, *told)


def schedules() -> None:
    """Windows by day and by night around every corner they have."""
    for days in (1, 0b1_0000, 0b1000_0000, 255):
        for begin, end in ((420, 1140), (1320, 360), (0, 1440), (420, 420)):
            window = schedule.Window(days, begin, end)
            for weekday in range(7):
                for minute in (0, 359, 360, 419, 420, 1139, 1140, 1319, 1320, 1439):
                    for holidays in range(4):
                        today, before = bool(holidays & 1), bool(holidays & 2)
                        at = schedule.moment(weekday, minute, today, before)
                        opened = schedule.covers((window,), at), schedule.covers((), at)
                        print(tuple(window), tuple(at), *opened)


def lockouts() -> None:
    """Wrong PINs of two holders at many paces, and guesses at a reader."""
    for every_ms in (0, 3_000, 9_999, 10_000, 3_600_000, 86_400_000):
        counts, reader, now_ms = lockout.NO_COUNTS, lockout.QUIET, 0
        for number in range(25):
            now_ms += every_ms
            holder = "ben" if number % 3 else "anna"
            print(every_ms, number, lockout.waits(counts, holder, now_ms), lockout.wait_ms(number))
            counts = lockout.wrong(counts, holder, now_ms)
            reader = lockout.guessed(reader, now_ms)
            print([tuple(count) for count in counts], lockout.locked(counts, holder))
            print(tuple(reader), lockout.shut(reader, now_ms), lockout.right(counts, holder))
    counts = lockout.NO_COUNTS
    for number in range(lockout.MOST_HOLDERS + 3):
        counts = lockout.wrong(counts, str(number), number)
    print(len(counts), counts[0], counts[-1])


def lines() -> None:
    """A supervised line from every state to every other, with noise at each limit."""
    limits = supervision.Limits(250, 590, 850, True)
    values = (0, 234, 235, 249, 250, 265, 500, 574, 589, 590, 605, 667, 834, 849, 850, 865, 1000)
    for first in values:
        for then in values:
            line = supervision.found(first, limits)
            for number in range(13):
                line = supervision.polled(line, then if number % 7 else first, limits)
            print(first, then, tuple(line), supervision.WORDS[line.believed])


def passages() -> None:
    """Three sights after each other, of all sorts, before the door opens and after."""
    sights = [passage.Sight(1, px, True, like) for px in (41, 42) for like in (1999, 2000, 4000)]
    sights += [passage.Sight(2, 60, True, -10000), passage.Sight(1, 0, False, 0)]
    for is_open in (False, True):
        for first in sights:
            for second in sights:
                for third in sights:
                    current = passage.granted(60, 250, is_open, 0)
                    for number, sight in enumerate((first, second, third)):
                        current = passage.seen(current, sight, 4000, number * 100)
                    after = passage.opened(current)
                    told = passage.follows(current, 300), passage.closes(after)
                    print(is_open, *current, *told)


def ways() -> None:
    """Every rule on both sides of a portal, from every place, soon and late."""
    rules = [areas.OUTSIDE]
    for name in ("a", "b"):
        for kind in (areas.OFF, areas.SOFT, areas.HARD, areas.TIMED):
            rules.append(areas.Rule(name, kind, 100, 2))
    for place in (None, areas.Place("", 0), areas.Place("a", 0), areas.Place("b", 0)):
        for leads_from in rules:
            for leads_to in rules:
                way = areas.Way(leads_from, leads_to)
                told = [areas.passback(place, way, now_ms) for now_ms in (99, 100)]
                told += [areas.full(place, way, inside) for inside in (1, 2)]
                print(place, leads_from[:2], leads_to[:2], areas.tracked(way), told)


def cards() -> None:
    """Every format's corners, and pulses that come and pause."""
    for name in sorted(wiegand.FORMATS):
        for facility in (0, 1, 200):
            for number in (0, 1, 65535):
                try:
                    bits = wiegand.encode(name, facility, number)
                    print(name, bits, [tuple(card) for card in wiegand.decode(bits)])
                except ValueError as fault:
                    print(fault)
    own = {"own": wiegand.Layout(20, (0, 0), (1, 18), ((0, 0, ((1, 9),)), (19, 1, ((10, 9),))))}
    for number in (0, 1, 262143):
        bits = wiegand.encode("own", 0, number, own)
        print(bits, [tuple(card) for card in wiegand.decode(bits, own)], wiegand.decode(bits))
    pulses = wiegand.Pulses()
    at_us = 1000
    for number in range(60):
        at_us += 2000 if number % 13 else 40000
        print(pulses.edge(number % 3 == 0, at_us), pulses.idle(at_us + 100))
    print(pulses.idle(at_us + 50000))
    for value in range(16):
        print(keypad.key((value >> 3, value >> 2 & 1, value >> 1 & 1, value & 1)), keypad.key(()))


for table in (
    doors,
    free_hours,
    decisions,
    attempts,
    either,
    companies,
    routines,
    turns,
    schedules,
    lockouts,
    lines,
    ways,
    passages,
    cards,
):
    table()
