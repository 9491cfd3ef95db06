"""What a holder's cards are worth: given, suspended, lost, counted again, taken away."""

from typing import Final

from appliance.admin import LARGEST_PAGE, Handler
from appliance.clerk import Clerk
from appliance.vault import cards
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.journal import Value
from appliance.vault.records import Card, CardLine
from board import wiegand
from board.link import admin, answers

TAKEN: Final = "remove"


class Standing:
    """Each change is one transaction with its line in the journal, and counts from the next swipe.

    An attempt that is open is asked again before it may end in a grant (Admission).
    """

    def __init__(self, clerk: Clerk) -> None:
        self._clerk = clerk

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """Who carries out what."""
        return {
            admin.Cards: self.cards,
            admin.AddCard: self.add,
            admin.SetCard: self.set_card,
            admin.SetHolder: self.set_holder,
        }

    async def cards(self, request: admin.Cards, _uid: int) -> answers.Answer:
        try:
            lines = await self._clerk.ask(
                lambda store: cards.cards(store, request.holder, request.after, LARGEST_PAGE)
            )
        except VaultFault as fault:
            return _refused(fault)
        return answers.CardsAnswer(tuple(map(_line, lines)))

    async def add(self, request: admin.AddCard, uid: int) -> answers.Answer:
        try:
            wiegand.encode(request.format, request.facility, request.number, self._clerk.formats)
        except ValueError as fault:
            return answers.Refused("card", str(fault))
        card = Card(request.format, request.facility, request.number)
        body: dict[str, Value] = {"action": "add_card", "holder": request.holder, "uid": uid}
        try:
            made = await self._clerk.change(
                lambda store: cards.add(store, request.holder, card),
                "command",
                lambda made: body | {"credential": made},
            )
        except VaultFault as fault:
            return _refused(fault)
        return answers.Done(made)

    async def set_card(self, request: admin.SetCard, uid: int) -> answers.Answer:
        taken = request.status == TAKEN
        body: dict[str, Value] = {"action": "remove_card" if taken else "set_card", "uid": uid}
        body |= {"credential": request.card} | ({} if taken else {"state": request.status})
        try:
            await self._clerk.change(
                lambda store: cards.set_status(store, request.card, request.status),
                "command",
                lambda holder: body | {"holder": holder},
            )
        except VaultFault as fault:
            return _refused(fault)
        return answers.Done(request.card)

    async def set_holder(self, request: admin.SetHolder, uid: int) -> answers.Answer:
        body: dict[str, Value] = {"action": "set_holder", "holder": request.holder, "uid": uid}
        try:
            await self._clerk.change(
                lambda store: store.set_holder_status(request.holder, request.status),
                "command",
                lambda _: body | {"state": request.status},
            )
        except VaultFault as fault:
            return _refused(fault)
        return answers.Done(request.holder)


def _refused(fault: VaultFault) -> answers.Refused:
    return answers.Refused("vault" if isinstance(fault, StorageFault) else "refused", str(fault))


def _line(line: CardLine) -> answers.Card:
    return answers.Card(
        line.id, line.holder_id, line.name, line.format, line.facility, line.number, line.status
    )
