"""The wrong tries at this terminal: whose PIN counts now, and which reader takes cards."""

from appliance import decision, lockout
from appliance.vault.store import Store
from appliance.vault.tries import pin_tries
from appliance.wallclock import Milliseconds, monotonic_ms


class Tries:
    """PINs are counted by holder, whichever door they are entered at; guesses by reader.

    now_ms: the time that waits are measured in; it never goes back.
    """

    def __init__(self, now_ms: Milliseconds = monotonic_ms) -> None:
        self.now_ms = now_ms
        self._counts: tuple[lockout.Count, ...] = lockout.NO_COUNTS
        self._readers: dict[str, lockout.Reader] = {}

    def recall(self, store: Store, *, doubted: bool) -> None:
        """Count what the journal holds: a power cut is no way to more guesses. Raises VaultFault.

        Only time that the terminal ran was waited, however far the clock is by now. doubted: the
        clock had jumped while it ran, and each entry is taken as of now: that waits longest.
        """
        now_ms = self.now_ms()
        tries, ran_ms = pin_tries(store)
        for entered in tries:
            if entered.right:
                self._counts = lockout.right(self._counts, entered.holder)
            else:
                ago_ms = 0 if doubted else ran_ms - entered.ran_ms
                self._counts = lockout.wrong(self._counts, entered.holder, now_ms - ago_ms)

    def pin(self, holder: str, pin: int) -> int:
        """Count what became of a PIN (decision.PIN_*), and return what it counts as.

        While it waits, a right one counts as little as a wrong one, and neither makes it longer.
        """
        now_ms = self.now_ms()
        if lockout.waits(self._counts, holder, now_ms):
            return decision.PIN_LOCKED
        if pin == decision.PIN_WRONG:
            self._counts = lockout.wrong(self._counts, holder, now_ms)
        else:
            self._counts = lockout.right(self._counts, holder)
        return pin

    def unlock(self, holder: str) -> None:
        """Forget this holder's wrong PINs."""
        self._counts = lockout.right(self._counts, holder)

    def locked(self, holder: str) -> bool:
        """Whether the last wrong PIN of this holder was one too many."""
        return lockout.locked(self._counts, holder)

    def guessed(self, portal: str) -> bool:
        """Count a guess at the reader of a portal; whether it is shut from now on."""
        now_ms = self.now_ms()
        reader = lockout.guessed(self._reader(portal), now_ms)
        self._readers[portal] = reader
        return lockout.shut(reader, now_ms)

    def shut(self, portal: str) -> bool:
        """Whether the reader of a portal takes no card now."""
        return lockout.shut(self._reader(portal), self.now_ms())

    def _reader(self, portal: str) -> lockout.Reader:
        return self._readers.get(portal, lockout.QUIET)
