"""`cardea commission`: what it asks of a terminal, what it tells, and what it says comes next."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from board.link import answers
from board.link.messages import Commission, Commissioned
from provisioning.__main__ import main
from provisioning.commission import SHOWN, following, report
from tests.appliance.bench import PIN, PINS, Vault, running

WHOLE = {f"{person} {what}": 12 for person in (1, 2, 3) for what in SHOWN}
NOTHING = answers.CommissionAnswer("none", {}, -1, -1, 0, "", -1, -1, -1)
FITTED = answers.CommissionAnswer("site", WHOLE, 12, 34, 56, "tablet", 561, 562, 78)


def test_without_a_terminal_one_line_says_how_to_start_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["commission", "fit", "--state", str(tmp_path)]) == 2
    assert "is the terminal running?" in capsys.readouterr().err


def test_it_leads_through_all_that_is_to_be_shown() -> None:
    answer, asked = NOTHING, []
    while (line := following(answer)) != "next: `cardea commission fit`":
        what, person = line.rstrip("`").split("`cardea commission ")[1].split(" --person ")
        asked.append(f"{person} {what}")
        answer = msgspec.structs.replace(answer, observed=answer.observed | {asked[-1]: 3})
    assert sorted(asked) == sorted(WHOLE)
    assert following(FITTED) == ""


def test_a_fit_is_told_with_its_bounds() -> None:
    said = report(FITTED)
    for part in (
        "calibrated to this site",
        "(tablet)",
        "1.2 % (56.1 %)",
        "3.4 % (56.2 %)",
        "7.8 %",
    ):
        assert part in said
    assert "next:" not in said


def test_a_void_calibration_says_why_and_begins_anew() -> None:
    said = report(msgspec.structs.replace(FITTED, calibration="void", observed={}))
    assert said.startswith("VOID")
    assert said.endswith("`cardea commission live --person 1`")


def test_the_table_shows_who_lacks_what() -> None:
    lines = report(msgspec.structs.replace(NOTHING, observed={"2 phone": 7, "4 live": 1}))
    rows = [line.split() for line in lines.splitlines() if line.startswith(("windows", "person"))]
    assert rows[:3] == [
        ["windows", "live", "print", "phone", "tablet"],
        ["person", "1", "-", "-", "-", "-"],
        ["person", "2", "-", "-", "7", "-"],
    ]
    assert rows[4] == ["person", "4", "1", "-", "-", "-"]


def test_a_step_at_a_running_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))
    state = ["--state", str(tmp_path)]

    async def story() -> None:
        async with running(vault, tmp_path) as scene:
            peer = await scene.coprocessor()
            words = ["commission", "phone", "--person", "2", "--seconds", "3", *state]
            command = asyncio.create_task(asyncio.to_thread(main, words))
            asked = await peer.asked(Commission)
            assert (asked.action, asked.instrument, asked.person) == ("observe", "phone", 2)
            assert asked.observe_ms == 3_000
            await peer.say(Commissioned(asked.request, "", "none", {"2 phone": 4}))
            assert await command == 0
            assert "next: person 1: stand before the camera" in capsys.readouterr().out
            command = asyncio.create_task(asyncio.to_thread(main, ["commission", "fit", *state]))
            asked = await peer.asked(Commission, 2)
            await peer.say(Commissioned(asked.request, "too_few", "none", {"2 phone": 4}))
            assert await command == 1
            assert "person 1 lacks live" in capsys.readouterr().err
            words = ["commission", "report", "--json", *state]
            command = asyncio.create_task(asyncio.to_thread(main, words))
            asked = await peer.asked(Commission, 3)
            await peer.say(Commissioned(asked.request, "", "none", {"2 phone": 4}))
            assert await command == 0
            told = msgspec.json.decode(capsys.readouterr().out)
            assert told["observed"] == {"2 phone": 4}

    asyncio.run(story())
    assert main(["commission", "live", *state]) == 2  # nobody is left to answer


def test_a_person_without_a_number_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))

    async def story() -> None:
        async with running(vault, tmp_path):
            words = ["commission", "live", "--state", str(tmp_path)]
            assert await asyncio.to_thread(main, words) == 1
            assert "number them" in capsys.readouterr().err

    asyncio.run(story())
