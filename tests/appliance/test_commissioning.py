"""Commissioning from the installer's side: what is asked, answered, refused and journalled."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from appliance.commissioning import lacking
from board.link import admin, answers
from board.link.messages import Commission, Commissioned, Status
from tests.appliance.bench import Scene, Vault
from tests.appliance.test_admin import Installer, tell
from tests.coprocessor.waiting import eventually

DONE = Commissioned(0, "", "site", {"1 live": 5}, 10, 20, 3, "print", 561, 561, 50)
OBSERVE = admin.Commission("observe", "phone", 2, 3_000)


async def told(scene: Scene, installer: Installer, request: admin.Commission, **change: object):  # type: ignore[no-untyped-def]
    """The installer's answer, when the co-processor says DONE with these changes."""
    peer = scene.peers[-1]
    asking = asyncio.create_task(installer.ask(request))
    asked = await peer.asked(Commission, len(peer.of(Commission)) + 1)
    await peer.say(msgspec.structs.replace(DONE, request=asked.request, **change))
    return asked, await asking


def test_a_step_reaches_the_coprocessor_and_its_outcome_comes_back(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        await scene.coprocessor()
        asked, answer = await told(scene, installer, OBSERVE)
        assert msgspec.structs.replace(asked, request=0) == Commission(
            0, "observe", "phone", 2, 3_000
        )
        assert answer == answers.CommissionAnswer(
            "site", {"1 live": 5}, 10, 20, 3, "print", 561, 561, 50
        )
        command = vault.body(await scene.recorded("command"))
        assert command.pop("uid") >= 0
        assert command == {
            "action": "commission_observe",
            "instrument": "phone",
            "person": 2,
        }
        outcome = vault.body(await scene.recorded("commissioned"))
        assert (outcome["state"], outcome["reason"]) == ("site", "")

    tell(vault, tmp_path, story)


def test_a_report_leaves_no_trace(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        await scene.coprocessor()
        await told(scene, installer, admin.Commission("report"))
        assert not {"command", "commissioned"} & set(vault.kinds())

    tell(vault, tmp_path, story)


@pytest.mark.parametrize(
    ("refusal", "says"),
    [
        ("nobody", "no clear face"),
        ("too_few", "person 1 lacks print, phone, tablet; person 2 lacks live"),
        ("not_separable", "of prints 1 % would pass"),
        ("storage", "commission forget"),
    ],
)
def test_a_refusal_names_the_remedy(vault: Vault, tmp_path: Path, refusal: str, says: str) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        await scene.coprocessor()
        _, answer = await told(
            scene, installer, admin.Commission("fit"), refusal=refusal, calibration="none"
        )
        assert isinstance(answer, answers.Refused)
        assert answer.reason == refusal
        assert says in answer.sentence
        assert vault.body(await scene.recorded("commissioned"))["reason"] == refusal

    tell(vault, tmp_path, story)


@pytest.mark.parametrize(
    ("person", "observe_ms"), [(0, 3_000), (-1, 3_000), (100, 3_000), (1, 0), (1, -5), (1, 60_001)]
)
def test_a_step_that_makes_no_sense_is_refused_before_it_is_asked(
    vault: Vault, tmp_path: Path, person: int, observe_ms: int
) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        answer = await installer.refused(admin.Commission("observe", "live", person, observe_ms))
        assert answer.reason == "request"
        assert not peer.of(Commission)
        assert "command" not in vault.kinds()

    tell(vault, tmp_path, story)


def test_without_a_coprocessor_it_says_so(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        assert (await installer.refused(OBSERVE)).reason == "no_answer"

    tell(vault, tmp_path, story)


def test_a_coprocessor_that_dies_meanwhile_keeps_nobody_waiting(
    vault: Vault, tmp_path: Path
) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        asking = asyncio.create_task(installer.refused(OBSERVE))
        await peer.asked(Commission)
        peer.hang_up()
        assert (await asyncio.wait_for(asking, 10)).reason == "no_answer"

    tell(vault, tmp_path, story)


def test_what_a_lying_coprocessor_adds_is_not_repeated(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        await scene.coprocessor()
        more = {"1 live": 5, "Vera's card is 4711": 1, "\x1b[2J": 2, "100 live": 3}
        _, answer = await told(scene, installer, OBSERVE, observed=more)
        assert answer.observed == {"1 live": 5}
        _, answer = await told(scene, installer, OBSERVE, observed=more, refusal="too_few")
        assert "Vera" not in answer.sentence

    tell(vault, tmp_path, story)


def test_the_door_works_meanwhile(vault: Vault, tmp_path: Path) -> None:
    vault.enrol(21)

    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor()
        asking = asyncio.create_task(installer.ask(OBSERVE))
        await peer.asked(Commission)
        await scene.card(21)
        await peer.face(21)
        await scene.released()
        asking.cancel()

    tell(vault, tmp_path, story)


def test_the_status_tells_the_calibration(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        assert (await installer.ask(admin.Status())).calibration == "none"
        peer = await scene.coprocessor()
        await peer.say(Status(True, True, "test", 0, 0, 0, calibration="void"))
        async with asyncio.timeout(10):
            while (await installer.ask(admin.Status())).calibration != "void":
                await asyncio.sleep(0.01)

    tell(vault, tmp_path, story)


def test_the_journal_tells_when_a_camera_was_fitted_and_moved(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene, installer: Installer) -> None:
        peer = await scene.coprocessor(calibration="none")

        def told() -> list[str]:
            entries = [one for one in vault.journal() if one.kind == "calibration"]
            return [vault.body(one)["state"] for one in entries]

        for calibration in ("none", "none", "site", "site", "void", "void"):
            await peer.say(Status(True, True, "test", 0, 0, 0, calibration=calibration))
        await eventually(lambda: "void" in told())
        assert told() == ["site", "void"]

    tell(vault, tmp_path, story)


def test_what_is_lacking_is_told_person_by_person() -> None:
    whole = {f"{person} {what}": 3 for person in (1, 3) for what in ("live", "print", "phone")}
    assert lacking(whole | {"1 tablet": 1, "3 tablet": 1, "7 live": 2}) == (
        "person 2 lacks live, print, phone, tablet; person 7 lacks print, phone, tablet"
    )
    assert lacking({}).count("lacks") == 3
