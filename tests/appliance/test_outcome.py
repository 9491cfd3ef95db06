"""What reader, journal and alerts say of an attempt: the same, once, and nothing too soon."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from appliance import decision, outcome, stepup, wording
from appliance.account import Account
from appliance.clerk import Clerk
from appliance.outcome import BURST, Outcomes
from appliance.vault.faults import VaultFault
from appliance.vault.journal import Journal
from appliance.vault.store import Store
from board.link.answers import Feedback
from tests.appliance.bench import BUNDLE, KEY, SERIAL, Vault
from tests.coprocessor.waiting import eventually

ANNA = Account(1, ("h1",), "card")
ATTACK = ("presentation_attack", "momentary")
REASONS = sorted(wording.REFUSALS)


def tell(vault: Vault, story: Callable[[Outcomes, list[Feedback]], Awaitable[None]]) -> None:
    async def told() -> None:
        store = Store.open(vault.path, KEY)
        clerk = Clerk(store, Journal(store, "boot"), SERIAL, "boot")
        shown: list[Feedback] = []
        outcomes = Outcomes("front", BUNDLE, wording.IDLE, clerk, shown.append)
        try:
            await story(outcomes, shown)
            await asyncio.sleep(0)
        finally:
            clerk.close()

    asyncio.run(told())


def refuse(outcomes: Outcomes, number: int, reason: str = decision.NO_MATCH) -> None:
    outcomes.refused(Account(number, ("h1",), "card+face"), reason)


def test_success_is_shown_only_when_it_is_written(vault: Vault) -> None:
    async def story(outcomes: Outcomes, shown: list[Feedback]) -> None:
        assert shown == [Feedback("red", wording.IDLE, buzzer=False)]
        with pytest.raises(VaultFault):
            await outcomes.granted(Account(1, ("Not an identifier",), "card"), duress=False)
        assert len(shown) == 1
        await outcomes.granted(ANNA, duress=False)
        assert len(shown) == 1
        outcomes.welcome()
        assert shown[1:] == [Feedback("green", wording.WELCOME, buzzer=False)]
        assert vault.kinds() == ["granted"]

    tell(vault, story)


def test_duress_looks_like_any_other_grant(vault: Vault) -> None:
    async def story(outcomes: Outcomes, shown: list[Feedback]) -> None:
        for duress in (False, True):
            await outcomes.granted(ANNA, duress=duress)
            outcomes.welcome()
        assert shown[1] == shown[2]
        assert vault.alerts() == [("duress", "momentary")]

    tell(vault, story)


def test_every_refusal_has_words_a_journal_line_and_a_beep(vault: Vault) -> None:
    async def story(outcomes: Outcomes, shown: list[Feedback]) -> None:
        for number, reason in enumerate(REASONS):
            outcomes.track = number
            refuse(outcomes, number, reason)
            assert shown[-1] == Feedback("red", wording.REFUSALS[reason], buzzer=True)
        await eventually(lambda: not shown[-1].buzzer)
        assert shown[-1].text == wording.REFUSALS[REASONS[-1]]

    tell(vault, story)
    assert vault.reasons() == REASONS
    denied = [entry for entry in vault.journal() if entry.kind == "denied"]
    assert [entry.attempt for entry in denied] == list(range(len(REASONS)))
    assert vault.alerts().count(ATTACK) == len(outcome.ATTACKS)


def test_a_refusal_gives_way_to_idle_and_a_prompt_to_nothing(vault: Vault) -> None:
    async def story(outcomes: Outcomes, shown: list[Feedback]) -> None:
        refuse(outcomes, 1)
        outcomes.prompt("Look at the camera")
        shown.clear()
        await asyncio.sleep(outcome.BEEP_S + 0.1)
        assert shown == []  # no timer of the refusal touches what came after it
        refuse(outcomes, 2)
        await eventually(lambda: shown[-1].text == wording.IDLE)

    tell(vault, story)


def test_a_burst_is_told_at_the_fifth_and_the_tenth(vault: Vault) -> None:
    async def story(outcomes: Outcomes, _shown: list[Feedback]) -> None:
        for number in range(2 * BURST):
            refuse(outcomes, number)

    tell(vault, story)
    kinds = vault.kinds()
    assert [place for place, kind in enumerate(kinds) if kind == "denied_burst"] == [5, 11]
    assert vault.alerts() == [("denied_burst", "momentary")] * 2


def test_a_grant_in_between_hides_no_burst(vault: Vault) -> None:
    async def story(outcomes: Outcomes, _shown: list[Feedback]) -> None:
        for number in range(BURST):
            refuse(outcomes, number)
            await outcomes.granted(ANNA, duress=False)

    tell(vault, story)
    assert vault.alerts() == [("denied_burst", "momentary")]


def test_one_presentation_is_one_alert(vault: Vault) -> None:
    async def story(outcomes: Outcomes, _shown: list[Feedback]) -> None:
        outcomes.attack_seen(1)
        outcomes.attack_seen(1)
        outcomes.attack_seen(2)  # too soon after the other: nobody's attempt can wait
        outcomes.track = 1
        refuse(outcomes, 1, decision.ATTACK_SUSPECTED)  # the same presentation
        outcomes.track = 3
        refuse(outcomes, 2, decision.ATTACK_SUSPECTED)  # another one: told at once

    tell(vault, story)
    assert vault.alerts() == [ATTACK, ATTACK]
    assert vault.kinds() == ["attack_seen", "denied", "denied"]


@pytest.mark.parametrize("track", [-1, 0, 1])
def test_no_track_number_silences_an_attack(track: int, vault: Vault) -> None:
    async def story(outcomes: Outcomes, _shown: list[Feedback]) -> None:
        outcomes.track = track
        refuse(outcomes, 1, decision.ATTACK_SUSPECTED)
        outcomes.forget_tracks()
        refuse(outcomes, 2, decision.ATTACK_SUSPECTED)

    tell(vault, story)
    assert vault.alerts() == [ATTACK, ATTACK]


def test_the_journal_says_what_became_of_a_step_up(vault: Vault) -> None:
    async def story(outcomes: Outcomes, _shown: list[Feedback]) -> None:
        for result in (stepup.NONE, stepup.PASSED):
            account = Account(1, ("h1",), "card+face", result)
            await outcomes.granted(account, duress=False)
        for result in (stepup.ASKED, stepup.FAILED):
            outcomes.refused(ANNA._replace(step_up=result), decision.STEP_UP_FAILED)

    tell(vault, story)
    words = [vault.body(entry).get("step_up") for entry in vault.journal()]
    assert words == [None, "passed", "unanswered", "failed"]
