"""Who may ask what: a role for each account, and a refusal that is journalled."""

import asyncio
import grp
import os
import pwd
import stat
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from appliance import wiring
from appliance.config import SiteError
from appliance.roles import AUDITOR, INSTALLER, LEAST, OPERATOR, ORDER, NoAccount, Roles
from appliance.sections import Admin as Accounts
from board.link import admin
from board.table import read_table
from tests.appliance.bench import Vault, running
from tests.appliance.test_config import GOOD, read
from tests.others import let_pass

ASKED: dict[str, tuple[admin.Request, ...]] = {
    AUDITOR: (admin.Status(), admin.Journal(), admin.Holders()),
    OPERATOR: (admin.SetMode("front", "free"), admin.Erase("x"), admin.Cards()),
    INSTALLER: (admin.Golden(), admin.Commission("report")),
}
ACCOUNTS = {"auditor": (70001,), "operator": (70002,), "installer": (70003,)}


def test_every_request_has_a_least_role() -> None:
    assert set(LEAST) == set(get_args(admin.Request))
    assert set(LEAST.values()) == {AUDITOR, OPERATOR, INSTALLER}


@pytest.mark.parametrize("has", ["", *ACCOUNTS])
@pytest.mark.parametrize("least", ASKED)
def test_each_may_do_what_is_below_and_nothing_above(has: str, least: str) -> None:
    roles = Roles(Accounts(**ACCOUNTS))
    uid = ACCOUNTS[has][0] if has else 70004
    for request in ASKED[least]:
        refusal = roles.refusal(request, uid)
        if ORDER.index(has) >= ORDER.index(least):
            assert refusal is None
        else:
            assert refusal is not None
            assert refusal.reason == "role"
            assert f"role {least}; uid {uid} has {has or 'none'}" in refusal.sentence


def test_root_and_the_appliance_are_installers_and_nobody_else_is_anything() -> None:
    assert Roles(Accounts()).uids == {0, os.getuid()}
    low = Roles(Accounts(auditor=(0, os.getuid())))
    assert low.refusal(admin.Golden(), os.getuid()) is None
    both = Roles(Accounts(auditor=(70001,), operator=(70001,)))
    assert both.refusal(admin.Cards(), 70001) is None


def test_an_account_or_group_that_is_not_there_is_named() -> None:
    assert pwd.getpwnam("nobody").pw_uid in Roles(Accounts(auditor=("nobody",))).uids
    for key, accounts in (
        ("admin.operator", Accounts(operator=("nemo",))),
        ("admin.group", Accounts(group="nemo")),
    ):
        with pytest.raises(NoAccount, match=rf"{key}: there is no \w+ 'nemo' here; make it"):
            Roles(accounts)


def test_the_site_is_checked_and_the_co_processor_has_no_role(tmp_path: Path) -> None:
    def check(text: str) -> None:
        wiring.check(tmp_path / "site.toml", read(tmp_path, text), read_table("simulated"))

    check(GOOD + '\n[admin]\noperator = ["nobody"]\n')
    with pytest.raises(SiteError, match=r"admin.operator: there is no account 'nemo' here"):
        check(GOOD + '\n[admin]\noperator = ["nemo"]\n')
    account = GOOD.replace("[terminal]", '[terminal]\ncoprocessor_account = "nobody"', 1)
    check(account)
    with pytest.raises(SiteError, match="'nobody' has a role on the admin socket"):
        check(account + '\n[admin]\nauditor = ["nobody"]\n')


AS_NOBODY = """
import os, shutil, sys
from provisioning.__main__ import load, main
for name in ("holders", "cards", "erase"):
    load(name)
os.setgroups([])
os.setgid(int(sys.argv[1]))
os.setuid(65534)
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_another_account_does_what_its_role_lets_it_do(vault: Vault, tmp_path: Path) -> None:
    """The real command under a real other account: through the group's socket, or not at all."""
    holder = vault.enrol(11, name="Ada")
    gid = pwd.getpwnam("nobody").pw_gid
    group = grp.getgrgid(gid).gr_name
    let_pass(tmp_path)

    async def cardea(*words: str, gid: int = gid) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            (sys.executable, "-c", AS_NOBODY, str(gid), *words, "--state", str(tmp_path)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    async def story(accounts: Accounts, *, listed: bool, cards: bool) -> None:
        async with running(vault, tmp_path, roles=accounts) as scene:
            path = tmp_path / "run" / "admin.sock"
            assert stat.S_IMODE(path.stat().st_mode) == 0o660
            assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0o001
            assert stat.S_IMODE((tmp_path / "run" / "link.sock").stat().st_mode) == 0o600
            said = await cardea("holders")
            assert (holder in said.stdout) == listed, said.stderr
            said = await cardea("cards")
            assert (holder in said.stdout) == cards, said.stderr
            said = await cardea("holders", gid=12345)
            assert "Permission denied" in said.stderr
            if listed and not cards:
                said = await cardea("erase", holder)
                assert "this is for the role operator; uid 65534 has auditor" in said.stderr
                entry = await scene.recorded("command_refused")
                assert vault.body(entry) == {"action": "cards", "reason": "role", "uid": 65534}

    asyncio.run(story(Accounts(group=group), listed=False, cards=False))
    asyncio.run(story(Accounts(group=group, auditor=("nobody",)), listed=True, cards=False))
    asyncio.run(story(Accounts(group=group, operator=(65534,)), listed=True, cards=True))
    assert "erased" not in vault.kinds()
