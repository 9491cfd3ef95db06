"""What became of an attempt: the journal's line, the alert, the display, in that order."""

import asyncio
from collections.abc import Callable
from typing import Final

from appliance import decision, wording
from appliance.account import Account
from appliance.clerk import Clerk
from appliance.showings import Showings
from appliance.vault.store import Store
from appliance.wallclock import monotonic_ms
from board.link import alerts
from board.link.answers import Feedback

SHOWN_S: Final = 3.0
"""How long an outcome stays on the display."""

BEEP_S: Final = 0.4
BURST: Final = 5
BURST_MS: Final = 60_000
"""So many refusals within so long are a `denied_burst`."""

ATTACKS: Final = (decision.ATTACK_SUSPECTED, decision.STEP_UP_FAILED)
"""Refusals that are told to the building as a presentation attack."""

QUIET_MS: Final = 10_000
"""Least time between two alerts about attacks that belong to nobody's attempt."""


class Outcomes:
    """The voice of one portal. `show` sets reader and display.

    track: the person whom the readings of the current attempt are about.
    """

    def __init__(
        self,
        portal: str,
        bundle: str,
        idle_text: str,
        clerk: Clerk,
        show: Callable[[Feedback], None],
    ) -> None:
        self._portal = portal
        self._bundle = bundle
        self._resting = True
        self._rest = Feedback("red", idle_text, buzzer=False)
        self._clerk = clerk
        self._show = show
        self._refused_at_ms: list[int] = []
        self._told_track: int | None = None
        self._quiet_until_ms = 0
        self._turned_away = 0
        self._showings = Showings(portal, clerk, monotonic_ms)
        self._timers: list[asyncio.TimerHandle] = []
        self.track = -1
        self.idle()

    def idle(self) -> None:
        """Wait for somebody."""
        self._say(self._rest)
        self._resting = True

    def rest(self, text: str, wanted: int = decision.ENOUGH) -> None:
        """What to show from now on while nobody is there, or while who is there waits."""
        company = wording.COMPANY.get(wanted)
        rest = Feedback("amber" if company else "red", company or text, buzzer=False)
        changed, self._rest = rest != self._rest, rest
        if changed and self._resting:
            self.idle()

    def prompt(self, text: str) -> None:
        """Ask for something."""
        self._say(Feedback("amber", text, buzzer=False))

    async def granted(
        self,
        account: Account,
        *,
        provided: Callable[[Store], bool] = lambda _: True,
        duress: bool,
    ) -> bool:
        """Return once the grant is on disk; raise VaultFault when it cannot be: nobody passes.

        provided: asked at that moment; False where it says no, and then nobody passes, either.
        """
        self._showings.settle()
        return await self._clerk.record(
            decision.GRANTED,
            self._portal,
            account.body(self._bundle) | {"duress": duress},
            provided=provided,
            attempt=account.number,
            alert=alerts.raised("duress", self._portal) if duress else None,
        )

    def welcome(self) -> None:
        """The strike is released. Nothing that can be seen differs under duress."""
        self._say(Feedback("green", wording.WELCOME, buzzer=False), SHOWN_S)

    def refused(self, account: Account, reason: str) -> None:
        """Tell the person why, in words that help, and the journal in words that count."""
        self._clerk.note(
            "denied",
            self._portal,
            account.body(self._bundle) | {"reason": reason},
            attempt=account.number,
            alert=self._attack(self.track, reason) if reason in ATTACKS else None,
        )
        self._say_no(reason)
        self._count_refusal(reason)

    async def wrong_pin(self, account: Account) -> None:
        """Tell the person once it is on disk: who cuts the power then has had that try.

        Raises VaultFault.
        """
        denial = account.body(self._bundle) | {"reason": decision.WRONG_PIN}
        await self._clerk.record("denied", self._portal, denial, attempt=account.number)
        self._say_no(decision.WRONG_PIN)
        self._count_refusal(decision.WRONG_PIN)

    def company_wanted(self, account: Account, wanted: int) -> None:
        """All that this holder had to show was shown; ask for who else must come."""
        waits = account.body(self._bundle) | {"reason": decision.COMPANY[wanted]}
        self._clerk.note("company_wanted", self._portal, waits, attempt=account.number)
        self._rest = Feedback("amber", wording.COMPANY[wanted], buzzer=False)
        self.idle()

    def locked_out(self, holder: str = "") -> None:
        """A lock-out begins: of a holder's PIN, or of the reader where there is no holder."""
        begun = alerts.raised("denied_burst", self._portal, decision.LOCKED_OUT)
        self._clerk.note("locked_out", self._portal, {"holder": holder}, alert=begun)

    def turned_away(self) -> None:
        """A card at a reader that is shut: the person hears it at once, the journal in one sum."""
        self._turned_away += 1
        self._say_no(decision.LOCKED_OUT)

    def open_again(self) -> None:
        """The reader takes cards; how many it did not is journalled, if any."""
        if self._turned_away:
            self._clerk.note("turned_away", self._portal, {"count": self._turned_away})
        self._turned_away = 0

    def help_wanted(self, number: int, holder: str) -> None:
        """The duress PIN of somebody who is refused: nothing that can be seen tells."""
        called = alerts.raised("duress", self._portal)
        self._clerk.note("duress", self._portal, {"holder": holder}, attempt=number, alert=called)

    def _say_no(self, reason: str) -> None:
        self._say(Feedback("red", wording.REFUSALS[reason], buzzer=True), SHOWN_S)

    def _count_refusal(self, reason: str) -> None:
        self._showings.settle()
        now_ms = monotonic_ms()
        recent = [at_ms for at_ms in self._refused_at_ms if now_ms - at_ms < BURST_MS]
        self._refused_at_ms = [*recent, now_ms]
        if len(self._refused_at_ms) >= BURST:
            self._refused_at_ms = []
            burst = alerts.raised("denied_burst", self._portal, reason)
            self._clerk.note("denied_burst", self._portal, {"count": BURST}, alert=burst)

    def fault(self, number: int) -> None:
        """Something of ours failed; the person is refused."""
        self.refused(Account(number, (), ""), decision.FAULT)

    def superseded(self, number: int) -> None:
        """Another card came before the attempt was decided."""
        self._showings.superseded(number)

    def lost_card(self, number: int, holder: str, credential: str) -> None:
        """The card of this attempt was reported lost."""
        self._showings.lost(number, holder, credential)

    def forget_tracks(self) -> None:
        """Another co-processor gives the same numbers to other people."""
        self._told_track = None

    def attack_seen(self, track: int) -> None:
        """An attack that is nobody's attempt: told once for each presentation."""
        if monotonic_ms() >= self._quiet_until_ms:
            alert = self._attack(track, decision.ATTACK_SUSPECTED)
            if alert:
                self._clerk.note("attack_seen", self._portal, {}, alert=alert)

    def _attack(self, track: int, reason: str) -> alerts.Event | None:
        """The alert about this presentation, unless it has been sent already."""
        if track == self._told_track:
            return None
        self._told_track = track
        self._quiet_until_ms = monotonic_ms() + QUIET_MS
        return alerts.raised("presentation_attack", self._portal, reason)

    def _say(self, feedback: Feedback, shown_s: float = 0) -> None:
        self._resting = False
        for timer in self._timers:
            timer.cancel()
        self._show(feedback)
        loop = asyncio.get_running_loop()
        self._timers = [loop.call_later(shown_s, self.idle)] if shown_s else []
        if feedback.buzzer:
            silent = Feedback(feedback.led, feedback.text, buzzer=False)
            self._timers.append(loop.call_later(BEEP_S, self._show, silent))
