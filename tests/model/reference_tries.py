"""What wrong PINs and guesses ought to cost."""

# Written from docs/, not from the code: see reference_door.py.

from dataclasses import dataclass, field

DAY_MS = 24 * 3_600_000
WAITS_S = (0, 0, 10, 20, 15 * 60, 30 * 60)
"""After the first wrong PIN, the second, and so on; then an hour each."""


@dataclass
class Wrongs:
    """The wrong PINs of one holder."""

    number: int = 0
    last_ms: int = 0
    wait_until_ms: int = 0


@dataclass
class Tries:
    """At one reader."""

    wrongs: dict[int, Wrongs] = field(default_factory=dict)
    guesses_ms: list[int] = field(default_factory=list)
    shut_until_ms: int = 0

    def waits(self, holder: int, now_ms: int) -> bool:
        return holder in self.wrongs and now_ms < self.wrongs[holder].wait_until_ms

    def wrong_pin(self, holder: int, now_ms: int) -> None:
        """A day without any is a new beginning."""
        wrongs = self.wrongs.setdefault(holder, Wrongs())
        if now_ms - wrongs.last_ms >= DAY_MS:
            wrongs.number = 0
        wrongs.number += 1
        wrongs.last_ms = now_ms
        wait_s = WAITS_S[wrongs.number - 1] if wrongs.number <= len(WAITS_S) else 3_600
        wrongs.wait_until_ms = now_ms + wait_s * 1000

    def right_pin(self, holder: int) -> None:
        self.wrongs.pop(holder, None)

    def guess(self, now_ms: int) -> None:
        """Twenty in a minute shut the reader for 30 s."""
        self.guesses_ms = [at for at in self.guesses_ms if now_ms - at < 60_000] + [now_ms]
        if len(self.guesses_ms) == 20:
            self.guesses_ms, self.shut_until_ms = [], now_ms + 30_000

    def shut(self, now_ms: int) -> bool:
        return now_ms < self.shut_until_ms
