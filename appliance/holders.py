"""One holder looked up, or changed, as an operator asks for it."""

from datetime import tzinfo
from functools import partial
from typing import Any

from appliance import rosterline, rosterplan
from appliance.admin import Handler
from appliance.clerk import Clerk
from appliance.rosterline import Said
from appliance.tries import Tries
from appliance.vault import holders
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.journal import Value
from appliance.vault.roster import Line
from appliance.vault.store import Store
from appliance.vault.tries import UNLOCK
from board.link import admin, alerts, answers


class Holders:
    """Each change is one transaction with its line in the journal."""

    def __init__(self, clerk: Clerk, zone: tzinfo, tries: Tries) -> None:
        self._clerk = clerk
        self._zone = zone
        self._tries = tries

    def handlers(self) -> dict[type[admin.Request], Handler]:
        """Who carries out what."""
        return {
            admin.ShowHolder: self.show,
            admin.ChangeHolder: self.change,
            admin.UnlockHolder: self.unlock,
        }

    async def show(self, request: admin.ShowHolder, _uid: int) -> answers.Answer:
        try:
            sheet = await self._clerk.ask(partial(holders.sheet, holder_id=request.holder))
        except VaultFault as fault:
            return refused(fault)
        return answers.HolderAnswer(
            id=request.holder,
            cells=rosterline.cells(sheet.line, self._zone),
            pin=sheet.has_pin,
            pin_locked=self._tries.locked(request.holder),
            faces=tuple(map(_face, sheet.faces)),
            rights=tuple(answers.Right(one.portal, one.schedule) for one in sheet.rights),
            last_passed=_utc(sheet.passed_ms),
        )

    async def change(self, request: admin.ChangeHolder, uid: int) -> answers.Answer:
        if not request.cells:
            return answers.Refused("cells", "nothing to change is said; name it, such as --until")
        body: dict[str, Value] = {"action": "change_holder", "holder": request.holder, "uid": uid}
        try:
            values = said(request.cells, self._zone)
            holders.check_known(values)
            await self._clerk.change(
                partial(_changed, holder_id=request.holder, values=values),
                "command",
                lambda _: body | {"changed": sorted(values)},
            )
        except VaultFault as fault:
            return refused(fault)
        return answers.Done(request.holder)

    async def unlock(self, request: admin.UnlockHolder, uid: int) -> answers.Answer:
        """A restart recalls it: what the journal says of wrong PINs ends here."""
        body: dict[str, Value] = {"action": UNLOCK, "holder": request.holder, "uid": uid}
        try:
            await self._clerk.change(
                lambda store: store.holder(request.holder), "command", lambda _: body
            )
        except VaultFault as fault:
            return refused(fault)
        self._tries.unlock(request.holder)
        return answers.Done(request.holder)


def said(cells: dict[str, str], zone: tzinfo) -> dict[str, Any]:
    """Return what cells of a roster say, by fields of Line. Raises VaultFault: which, and why."""
    keyed = {"key": "x"} | cells
    read = rosterline.read(admin.RosterRow(0, keyed), zone)
    if not isinstance(read, Said):
        raise VaultFault("; ".join(f"{fault.column}: {fault.reason}" for fault in read))
    return {field: value for field, value in read.values.items() if field in _fields(cells)}


def check(line: Line) -> None:
    """Raise VaultFault for what cannot be true of one holder at once."""
    for fault in rosterplan.contradictions(0, line):
        raise VaultFault(f"{fault.column}: {fault.reason}")


def refused(fault: VaultFault) -> answers.Refused:
    """The answer that a fault is."""
    return answers.Refused("vault" if isinstance(fault, StorageFault) else "refused", str(fault))


def _fields(cells: dict[str, str]) -> set[str]:
    return {rosterline.READERS[column][0] for column in cells}


def _changed(store: Store, holder_id: str, values: dict[str, Any]) -> None:
    check(holders.line(store, holder_id)._replace(**values))
    holders.change(store, holder_id, values)


def _face(face: holders.FaceLine) -> answers.Face:
    return answers.Face(
        face.networks, _utc(face.enrolled_at_ms), face.consent, _utc(face.consent_at_ms)
    )


def _utc(at_ms: int | None) -> str:
    return "" if at_ms is None else alerts.utc(at_ms)
