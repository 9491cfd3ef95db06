"""The end of an attempt: decided, journalled, and only then the strike released."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from appliance import attempt, company, decision, sections
from appliance.account import Account
from appliance.case import Case
from appliance.company import Shown
from appliance.link import Link
from appliance.outcome import Outcomes
from appliance.party import Party
from appliance.people import NOBODY, People, Person
from appliance.portal import Portal
from appliance.tries import Tries
from appliance.vault.store import Store

GUESSES: Final = (decision.UNKNOWN_CREDENTIAL, decision.WRONG_PIN, decision.LOCKED_OUT)
"""Refusals that count against the reader: whoever guesses cards or PINs gets these."""


class Grant(NamedTuple):
    """Who was let in just now, for whoever follows them through the door.

    track: the newest face of the attempt, -1 where no face was looked for. templates: of all of
    them, int8, n x 512; none where one of them has no face here. extended: the strike is released
    for longer.
    """

    number: int
    holders: tuple[str, ...]
    track: int
    templates: NDArray[np.int8]
    extended: bool


class Conclusion:
    """Of one portal's attempts. No journal, no grant.

    on_granted: called after the strike was released.
    """

    def __init__(
        self,
        portal: Portal,
        site: sections.Portal,
        people: People,
        link: Link,
        outcomes: Outcomes,
        tries: Tries,
        *,
        learn: bool,
    ) -> None:
        """learn: the co-processor may count who passed by face and another factor as living."""
        self._portal = portal
        self._people = people
        self._link = link
        self._outcomes = outcomes
        self._tries = tries
        self._learn = learn
        self._party = Party(site)
        self.on_granted: Callable[[Grant], None] = lambda _: None

    def facts(self, person: Person) -> decision.Facts:
        """What is known of somebody before any further factor was shown."""
        return self.as_it_stands(person.facts())

    def as_it_stands(self, facts: decision.Facts) -> decision.Facts:
        """The facts with what the door says at this moment."""
        standing = facts.standing._replace(
            lockdown=self._portal.locked_down, interlock=self._portal.interlocked
        )
        return facts._replace(standing=standing)

    async def conclude(self, case: Case) -> None:
        """Grant, refuse, or wait for company. Raises VaultFault: then nobody passes."""
        facts = self.as_it_stands(case.attempt.facts)
        decided = decision.decide(facts, case.limits)
        account = _account(case, facts)
        if decided.reason == decision.LOST:
            self._outcomes.lost_card(case.number, account.holder, case.person.credential)
        if not decided.granted:
            if facts.wants_pin and facts.pin == decision.PIN_DURESS:
                self._outcomes.help_wanted(account.number, account.holder)
            await self._refuse(account, decided.reason)
            return
        before = self._party.waiting(account.holder)
        if before:  # they showed themselves anew: one holder is one, however often
            self._outcomes.superseded(before.number)
        together = self._party.join(case)
        if together:
            await self._grant(together, account)
        else:
            self._wait(account, decided.duress)

    def _wait(self, account: Account, duress: bool) -> None:
        """Say who is wanted. Help is called at once: nobody else may come."""
        self._outcomes.company_wanted(account, self._party.wanted)
        if duress:
            self._outcomes.help_wanted(account.number, account.holder)

    async def _grant(self, together: tuple[Case, ...], account: Account) -> None:
        """Release the strike for all of them, if each still stands; the last one's is told."""
        try:
            await self._release(together, account)
        finally:
            self._people.withdraw([case.person for case in together], self._portal.name)
        self._party.leave(together)

    async def _release(self, together: tuple[Case, ...], account: Account) -> None:
        account = account._replace(holders=tuple(case.person.holder for case in together))
        asks = [self._people.stands(case.person, self._portal.name) for case in together]
        duress = any(decision.decide(case.attempt.facts, case.limits).duress for case in together)
        keep = self._people.remember([case.person for case in together], self._portal.name)

        def provided(store: Store) -> bool:
            stand = all(ask(store) for ask in asks)
            if stand:
                keep(store)
            return stand

        if not await self._outcomes.granted(account, provided=provided, duress=duress):
            reasons = [await self._taken_away(case, len(together)) for case in together]
            for case, reason in zip(together, reasons, strict=True):
                self._outcomes.refused(_account(case, case.attempt.facts), reason)
        elif not self._portal.grant(extended=any(case.person.extended for case in together)):
            # a lockdown, or somebody at another door of the lock, came while it was being written
            locked_down = self._portal.locked_down
            reason = decision.LOCKDOWN if locked_down else decision.INTERLOCK
            self._outcomes.refused(account, reason)
        else:
            self._outcomes.welcome()
            self._tell_granted(together, account)

    def _tell_granted(self, together: tuple[Case, ...], account: Account) -> None:
        last = together[-1]
        facts = last.attempt.facts
        self._tell_passed(facts, account.factors)
        track = self._outcomes.track if facts.wants_face else -1
        extended = any(case.person.extended for case in together)
        self.on_granted(Grant(account.number, account.holders, track, _faces(together), extended))

    def forget(self) -> None:
        """Refuse those for whom nobody came in time, or to whom a lockdown came."""
        gone = self._party.all() if self._portal.locked_down else self._party.late()
        self._party.leave(gone)
        for case in gone:
            self._outcomes.refused(_account(case, case.attempt.facts), self._alone(case))

    @property
    def wanted(self) -> int:
        """decision.ENOUGH, or who is wanted by those who wait at the door."""
        return self._party.wanted

    def _alone(self, case: Case) -> str:
        """Why who waited is refused: nobody came, or nobody may pass any more."""
        wanted = company.wanted((Shown(case.person.holder, case.person.escort, 0),), 2)
        return decision.LOCKDOWN if self._portal.locked_down else decision.COMPANY[wanted]

    def _tell_passed(self, facts: decision.Facts, factors: str) -> None:
        if self._learn and facts.wants_face and factors != attempt.FACE:
            self._link.passed(self._outcomes.track, facts.face.similarity_e4)

    async def _refuse(self, account: Account, reason: str) -> None:
        """Tell a refusal, and which guess was one too many."""
        shut = reason in GUESSES and self._tries.guessed(self._portal.name)
        if reason == decision.WRONG_PIN:
            await self._outcomes.wrong_pin(account)
            if self._tries.locked(account.holder):
                self._outcomes.locked_out(account.holder)
        else:
            self._outcomes.refused(account, reason)
        if shut:
            self._outcomes.locked_out()

    async def _taken_away(self, case: Case, people: int) -> str:
        """Why who was about to pass may not any more: suspended, lost or erased meanwhile."""
        now = await self._people.again(case.person, self._portal.name)
        decided = decision.decide(self.facts(now), case.limits)
        if not decided.granted:
            return str(decided.reason)
        return self._alone(case) if people > 1 else decision.FAULT


def _faces(together: tuple[Case, ...]) -> NDArray[np.int8]:
    """Everybody's templates, or none: whoever has no face here would look like a stranger."""
    faces = [case.person.templates for case in together]
    return np.vstack(faces) if all(map(len, faces)) else NOBODY.templates


def _account(case: Case, facts: decision.Facts) -> Account:
    return Account(
        case.number,
        (case.person.holder,),
        case.shown,
        facts.step_up,
        facts.face if facts.wants_face else None,
        case.limits,
        case.person.unusual,
    )
