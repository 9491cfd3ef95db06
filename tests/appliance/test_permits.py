"""Schedules, groups and rights over the admin socket: refused with the remedy, or journalled."""

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from board import windows
from board.link import admin, answers
from tests.appliance.bench import Scene, Vault
from tests.appliance.test_admin import NEW, Installer, tell

OFFICE = admin.SetSchedule("office", ("mon-fri 07:00-19:00", "sat 08:00-12:00"))
STAFF = admin.SetGroup("staff", ("front",), "office")


def told(vault: Vault, folder: Path, *requests: admin.Request) -> list[Any]:
    """Each one's answer."""
    heard: list[Any] = []

    async def story(_scene: Scene, installer: Installer) -> None:
        heard.extend([await installer.ask(request) for request in requests])

    tell(vault, folder, story)
    return heard


def commands(vault: Vault) -> list[dict[str, Any]]:
    return [vault.body(entry) for entry in vault.journal() if entry.kind == "command"]


def test_each_change_is_in_the_journal_with_who_made_it(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(11)
    changes: tuple[tuple[admin.Request, dict[str, Any]], ...] = (
        (
            OFFICE,
            {
                "action": "set_schedule",
                "schedule": "office",
                "windows": ["mon-fri_07:00-19:00", "sat_08:00-12:00"],
            },
        ),
        (admin.SetHoliday("2026-12-25", "Noël"), {"action": "add_holiday", "date": "2026-12-25"}),
        (
            STAFF,
            {"action": "set_group", "group": "staff", "door": ["front"], "schedule": "office"},
        ),
        (
            admin.SetMember("staff", anna),
            {"action": "add_member", "group": "staff", "holder": anna},
        ),
        (
            admin.SetRight(anna, "front", "office"),
            {"action": "set_right", "holder": anna, "door": "front", "schedule": "office"},
        ),
        (
            admin.SetRight(anna, "front", allowed=False),
            {"action": "drop_right", "holder": anna, "door": "front", "schedule": ""},
        ),
        (
            admin.SetMember("staff", anna, member=False),
            {"action": "drop_member", "group": "staff", "holder": anna},
        ),
        (admin.RemoveGroup("staff"), {"action": "remove_group", "group": "staff"}),
        (
            admin.SetHoliday("2026-12-25", remove=True),
            {"action": "remove_holiday", "date": "2026-12-25"},
        ),
        (admin.RemoveSchedule("office"), {"action": "remove_schedule", "schedule": "office"}),
    )
    heard = told(vault, tmp_path, *(request for request, _ in changes))
    assert heard == [answers.Done()] * len(changes)
    assert commands(vault) == [body | {"uid": os.getuid()} for _, body in changes]


def test_what_is_set_is_listed(vault: Vault, tmp_path: Path) -> None:
    anna = vault.enrol(11)
    asked = (admin.Schedules(), admin.Groups(), admin.OwnRights(), admin.Holders())
    changes = (OFFICE, STAFF, admin.SetMember("staff", anna), admin.SetHoliday("2027-01-01"))
    heard = told(vault, tmp_path, *changes, *asked)[len(changes) :]
    office = answers.Schedule("office", OFFICE.windows, ("group staff at front",))
    assert heard[0] == answers.SchedulesAnswer(
        "UTC", (office,), (answers.Holiday("2027-01-01", ""),)
    )
    group = answers.Group("staff", (answers.Right("front", "office"),), (anna,))
    assert heard[1] == answers.GroupsAnswer((group,))
    always = answers.HolderRight(anna, "Holder 11", answers.Right("front", ""))
    assert heard[2] == answers.OwnRightsAnswer((always,))
    assert heard[3].holders[0].groups == ("staff",)


@pytest.mark.parametrize(
    ("request_", "reason", "sentence"),
    [
        (admin.SetSchedule("Office", ()), "name", "1 to 32 small letters"),
        (admin.SetSchedule("a b", ()), "name", "1 to 32 small letters"),
        (admin.SetSchedule("x" * 33, ()), "name", "1 to 32 small letters"),
        (admin.SetGroup("", ()), "name", "1 to 32 small letters"),
        (admin.SetMember("'; DROP", "x"), "name", "1 to 32 small letters"),
        (admin.SetSchedule("office", ("mon 7-19",)), "window", "write days and hours"),
        (admin.SetSchedule("office", ("mon always",) * 99), "window", "at most 12"),
        (admin.SetHoliday("25.12.2026"), "date", "write a day like 2026-12-25"),
        (admin.SetHoliday("2026-02-30"), "date", "write a day like 2026-12-25"),
        (admin.SetHoliday("20261225"), "date", "write a day like 2026-12-25"),
        (admin.SetHoliday("2026-12-25", "x" * 61), "vault", "printable characters"),
        (admin.SetHoliday("2026-12-25", remove=True), "vault", "no holiday"),
        (admin.SetGroup("staff", ("back",)), "no_portal", "there is front"),
        (admin.SetGroup("staff", ("front",), "none"), "vault", "no schedule none"),
        (admin.SetRight("nobody", "front"), "vault", "no holder nobody"),
        (admin.SetRight("nobody", "side"), "no_portal", "there is front"),
        (admin.SetMember("staff", "nobody"), "vault", "no group staff"),
        (admin.RemoveGroup("staff"), "vault", "no group staff"),
        (admin.RemoveSchedule("office"), "vault", "no schedule office"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    vault: Vault, tmp_path: Path, request_: admin.Request, reason: str, sentence: str
) -> None:
    refused, schedules, groups = told(vault, tmp_path, request_, admin.Schedules(), admin.Groups())
    assert refused.reason == reason
    assert sentence in refused.sentence
    assert schedules == answers.SchedulesAnswer("UTC", (), ())
    assert groups == answers.GroupsAnswer(())
    assert commands(vault) == []


def test_a_schedule_in_use_is_not_removed(vault: Vault, tmp_path: Path) -> None:
    remove = admin.RemoveSchedule("office")
    refused, listed = told(vault, tmp_path, OFFICE, STAFF, remove, admin.Schedules())[2:]
    assert refused.sentence.startswith("schedule office is in use by group staff at front; ")
    assert [schedule.name for schedule in listed.schedules] == ["office"]


def test_who_is_enrolled_into_a_group_has_its_rights_alone(vault: Vault, tmp_path: Path) -> None:
    cleaner = msgspec.structs.replace(NEW, groups=("staff",))
    made, listed = told(vault, tmp_path, OFFICE, STAFF, cleaner, admin.Holders())[2:]
    assert isinstance(made, answers.Done)
    (holder,) = listed.holders
    assert (holder.portals, holder.groups) == ((), ("staff",))


def test_nobody_is_enrolled_into_a_group_that_is_not_there(vault: Vault, tmp_path: Path) -> None:
    refused, listed = told(
        vault, tmp_path, msgspec.structs.replace(NEW, groups=("none",)), admin.Holders()
    )
    assert "no group none" in refused.sentence
    assert listed.holders == ()


def test_the_longest_schedule_fits_into_the_journal(vault: Vault, tmp_path: Path) -> None:
    long = [windows.write((0b1101_0101, 600 + number, 500)) for number in range(windows.MOST)]
    (answer,) = told(vault, tmp_path, admin.SetSchedule("x" * 32, tuple(long)))
    assert answer == answers.Done()


def test_of_many_users_the_number_is_told(vault: Vault, tmp_path: Path) -> None:
    groups = [admin.SetGroup(f"g{number:02}", ("front",), "office") for number in range(23)]
    listed = told(vault, tmp_path, OFFICE, *groups, admin.Schedules())[-1]
    used_by = listed.schedules[0].used_by
    assert used_by[:2] == ("group g00 at front", "group g01 at front")
    assert (len(used_by), used_by[-1]) == (21, "and 3 more")
