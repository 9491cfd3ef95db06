"""Who may ask what on the admin socket: a role for each account, a least role for each request."""

import grp
import os
import pwd
from collections.abc import Sequence
from typing import Final

from appliance import sections
from board.link import admin, answers

NOBODY: Final = ""
AUDITOR: Final = "auditor"
OPERATOR: Final = "operator"
INSTALLER: Final = "installer"

ORDER: Final = (NOBODY, AUDITOR, OPERATOR, INSTALLER)
"""Each may do what those before it may."""

LEAST: Final[dict[type[admin.Request], str]] = {
    admin.Status: AUDITOR,
    admin.Journal: AUDITOR,
    admin.Checkpoints: AUDITOR,
    admin.Holders: AUDITOR,
    admin.Schedules: AUDITOR,
    admin.Groups: AUDITOR,
    admin.OwnRights: AUDITOR,
    admin.Areas: AUDITOR,
    admin.Cards: OPERATOR,
    admin.AddCard: OPERATOR,
    admin.SetCard: OPERATOR,
    admin.SetHolder: OPERATOR,
    admin.Enrol: OPERATOR,
    admin.Reenrol: OPERATOR,
    admin.Erase: OPERATOR,
    admin.SetMode: OPERATOR,
    admin.SetSchedule: OPERATOR,
    admin.RemoveSchedule: OPERATOR,
    admin.SetHoliday: OPERATOR,
    admin.SetGroup: OPERATOR,
    admin.RemoveGroup: OPERATOR,
    admin.SetMember: OPERATOR,
    admin.SetRight: OPERATOR,
    admin.Amnesty: OPERATOR,
    admin.Retention: AUDITOR,
    admin.ShowHolder: OPERATOR,
    admin.ChangeHolder: OPERATOR,
    admin.UnlockHolder: OPERATOR,
    admin.RosterBegin: OPERATOR,
    admin.RosterRows: OPERATOR,
    admin.RosterCommit: OPERATOR,
    admin.RosterExport: OPERATOR,
    admin.Clock: INSTALLER,
    admin.Golden: INSTALLER,
    admin.Commission: INSTALLER,
}


class NoAccount(Exception):
    """An account or group of site.toml that this machine does not have; names key and remedy."""


class Roles:
    """The roles of one site. group: the id of the group that reaches the socket, -1 for none."""

    def __init__(self, site: sections.Admin) -> None:
        """Raises NoAccount."""
        self._by_uid = dict.fromkeys((0, os.getuid()), INSTALLER)
        # The highest role first: an account that is named twice keeps it.
        for role, accounts in (
            (INSTALLER, site.installer),
            (OPERATOR, site.operator),
            (AUDITOR, site.auditor),
        ):
            for uid in _uids(f"admin.{role}", accounts):
                self._by_uid.setdefault(uid, role)
        self.group = _gid(site.group) if site.group else -1

    @property
    def uids(self) -> frozenset[int]:
        """Every account with a role."""
        return frozenset(self._by_uid)

    def refusal(self, request: admin.Request, uid: int) -> answers.Refused | None:
        """What to answer an account whose role is too low for this request; else None."""
        least, has = LEAST[type(request)], self._by_uid.get(uid, NOBODY)
        if ORDER.index(has) >= ORDER.index(least):
            return None
        return answers.Refused(
            "role",
            f"this is for the role {least}; uid {uid} has {has or 'none'}: ask one who has it, or "
            f"let an installer name the account in site.toml (admin.{least})",
        )


def _uids(key: str, accounts: Sequence[str | int]) -> list[int]:
    return [one if isinstance(one, int) else _uid(key, one) for one in accounts]


def _uid(key: str, name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError as fault:
        sentence = f"{key}: there is no account {name!r} here; make it, or name another"
        raise NoAccount(sentence) from fault


def _gid(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError as fault:
        sentence = f"admin.group: there is no group {name!r} here; make it, or name another"
        raise NoAccount(sentence) from fault
