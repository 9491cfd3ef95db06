"""What one leaf and its strike ought to do, told as plainly as it can be."""

# Written from DESIGN.md and docs/, not from the code. Nothing here is quick, and no state machine
# has a table: what is so now follows from what happened and how long ago.

from dataclasses import dataclass


@dataclass
class Times:
    """As in site.toml."""

    unlock_ms: int = 5_000
    extended_ms: int = 15_000
    held_ms: int = 30_000
    forced_ms: int = 0
    factor_ms: int = 8_000
    relock: str = "open"


@dataclass
class Door:
    """The strike and the leaf. Times are monotonic milliseconds; None: it is not so."""

    times: Times
    now_ms: int = 0
    grant_until_ms: int | None = None
    exit_until_ms: int | None = None
    pressed: bool = False
    contact_open: bool = False
    open_since_ms: int = 0
    unexplained_since_ms: int | None = None
    mode: str = "normal"
    hours: bool = False
    burning: bool = False

    def free_to_all(self) -> bool:
        by_hours = self.hours and self.mode != "lockdown"
        return self.mode == "free" or by_hours or self.burning

    def released(self) -> bool:
        return self.free_to_all() or self.granted() or self.exiting()

    def granted(self) -> bool:
        return self.grant_until_ms is not None and self.now_ms < self.grant_until_ms

    def exiting(self) -> bool:
        return self.exit_until_ms is not None and self.now_ms < self.exit_until_ms

    def leaf(self) -> str:
        if not self.contact_open:
            return "shut"
        if self.unexplained_since_ms is not None:
            waited_ms = self.now_ms - self.unexplained_since_ms
            return "forced" if waited_ms >= self.times.forced_ms else "ajar"
        too_long = self.now_ms - self.open_since_ms >= self.times.held_ms
        return "held" if too_long and not self.free_to_all() else "open"

    def sounding(self) -> bool:
        return self.leaf() in ("held", "forced")

    def alarm(self) -> str:
        if self.leaf() == "forced":
            return "forced-open"
        if self.leaf() == "held":
            return "door-open-too-long"
        if self.burning:
            return "egress-open"
        if self.mode == "lockdown":
            return "lock-down"
        return "free-access" if self.free_to_all() else "normal"

    # What happens

    def wait(self, for_ms: int) -> None:
        """Time passes. A sensor that still asks for exit when its time is up asks again."""
        until_ms = self.now_ms + for_ms
        while self.pressed and self.exit_until_ms is not None and self.exit_until_ms <= until_ms:
            self.now_ms = self.exit_until_ms
            self._exit()
        self.now_ms = until_ms

    def press(self, pressed: bool) -> None:
        if pressed and not self.pressed:
            self._exit()
        self.pressed = pressed

    def _exit(self) -> None:
        """Never shorter than what somebody was promised before."""
        promised_ms = self.grant_until_ms if self.granted() else self.exit_until_ms
        self.exit_until_ms = max(self.now_ms + self.times.unlock_ms, promised_ms or 0)
        self.grant_until_ms = None
        self._explain()

    def grant(self, *, extended: bool = False) -> bool:
        if self.mode == "lockdown":
            return False
        until_ms = self.now_ms + (self.times.extended_ms if extended else self.times.unlock_ms)
        if self.exiting():
            self.exit_until_ms = max(until_ms, self.exit_until_ms or 0)
        else:
            self.grant_until_ms = max(until_ms, self.grant_until_ms or 0)
        self._explain()
        return True

    def walk_away(self) -> None:
        """Whom it was granted is gone again."""
        if not self.free_to_all():
            self.grant_until_ms = None

    def open(self) -> None:
        if self.contact_open:
            return
        unexplained = not self.released()
        self.contact_open, self.open_since_ms = True, self.now_ms
        self.unexplained_since_ms = self.now_ms if unexplained else None
        if self.times.relock == "open":
            self.grant_until_ms = None

    def shut(self) -> None:
        if not self.contact_open:
            return
        self.contact_open, self.unexplained_since_ms = False, None
        if self.times.relock == "close":
            self.grant_until_ms = None

    def order(self, mode: str) -> None:
        before = self.free_to_all()
        self.mode = mode
        if mode == "lockdown":
            self.grant_until_ms = None
        self._after_freedom(before)

    def free_by_hours(self, free: bool) -> None:
        before, self.hours = self.free_to_all(), free
        self._after_freedom(before)

    def fire(self, burning: bool) -> None:
        before = self.free_to_all()
        self.burning = burning
        self._after_freedom(before)

    def _explain(self) -> None:
        """Somebody may have it open: an alarm about that ends, and the time begins anew."""
        if self.leaf() in ("held", "forced", "ajar"):
            self.unexplained_since_ms, self.open_since_ms = None, self.now_ms

    def _after_freedom(self, before: bool) -> None:
        if self.free_to_all():
            self.unexplained_since_ms = None
        elif before:
            self.open_since_ms = self.now_ms
