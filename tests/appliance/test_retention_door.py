"""Who was kept for long enough is gone by itself; a clock that jumps erases nobody."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from appliance import retention, sections
from appliance.vault import journal, search
from appliance.vault.journal import Journal
from appliance.vault.records import Template
from appliance.vault.retention import DAY_MS, Limits, due, read_passes
from board.link import admin, answers
from tests.appliance.bench import TEMPLATES, Scene, Vault, running, site, vector
from tests.appliance.test_admin import Installer, stream
from tests.appliance.test_erasure import traces
from tests.coprocessor.waiting import eventually

LIMITS = {"visitors_days": 30, "expired_days": 400}


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def ago(days: float) -> int:
    return now_ms() - int(days * DAY_MS)


def told(
    vault: Vault,
    folder: Path,
    story: Callable[[Scene, Installer], Awaitable[None]],
    wall_ms: Callable[[], int] = now_ms,
    **limits: int,
) -> None:
    """A terminal that has run before: its journal was written just now."""
    whole = msgspec.structs.replace(
        site(factors="card"), retention=sections.Retention(**(LIMITS | limits))
    )

    async def run() -> None:
        async with running(vault, folder, whole=whole, wall_ms=wall_ms) as scene:
            installer = Installer(await stream.connect(folder / "run" / "admin.sock"))
            await story(scene, installer)
            installer.connection.close()

    asyncio.run(run())


@pytest.fixture
def used(vault: Vault) -> Vault:
    wrote(vault, now_ms())
    return vault


def wrote(vault: Vault, at_ms: int, kind: str = "started", **body: Any) -> None:
    vault.do(lambda store: Journal(store, "before").append(at_ms, kind, body=body))


def there(vault: Vault) -> set[str]:
    return {line.holder.id for line in vault.do(lambda store: store.holders())}


def erased(vault: Vault) -> list[dict[str, Any]]:
    return [vault.body(entry) for entry in vault.journal() if entry.kind == "erased"]


def face(at_ms: int) -> tuple[Template, ...]:
    return (Template(TEMPLATES, vector(1), at_ms),)


def test_a_visitor_is_gone_without_a_trace_when_the_days_are_over(
    used: Vault, tmp_path: Path
) -> None:
    def visitor(number: int, days: float) -> str:
        until = ago(days)
        return used.enrol(number, name=f"Zenobia {number}", valid_until_ms=until, visitor=True)

    gone, left = visitor(11, 31), visitor(12, 29)
    other = used.enrol(13, valid_until_ms=ago(31), templates=face(now_ms()))
    vector_of = used.do(lambda store: search.marks_of(store, gone))

    async def story(scene: Scene, _installer: Installer) -> None:
        await eventually(lambda: gone not in there(used), "erased")
        await scene.card(11)
        await scene.denied("unknown_credential")

    told(used, tmp_path, story)
    assert there(used) == {left, other}
    assert erased(used) == [{"holder": gone, "reason": "retention"}]
    assert traces(used, vector_of._replace(secrets=vector_of.secrets[:1])) == []
    assert used.do(journal.verify).fault == ""


def test_others_have_limits_of_their_own_and_a_face_may_go_alone(
    used: Vault, tmp_path: Path
) -> None:
    """The face of who was let in lately stays, and the card of who was not."""
    expired = used.enrol(11, valid_until_ms=ago(401), templates=())
    stays = used.enrol(12, valid_until_ms=ago(399), templates=())
    unused = used.enrol(13, templates=face(ago(91)))
    passing = used.enrol(14, templates=face(ago(91)))
    fresh = used.enrol(15, templates=face(ago(89)))
    wrote(used, ago(3), "granted", holder=passing)
    wrote(used, ago(200), "granted", holder=passing)
    wrote(used, ago(100), "granted", holder=unused)
    wrote(used, now_ms(), "denied", holder=unused)
    wrote(used, now_ms())

    async def story(scene: Scene, _installer: Installer) -> None:
        await eventually(lambda: len(erased(used)) == 2, "both")
        await scene.card(13)
        await scene.released()

    told(used, tmp_path, story, unused_face_days=90)
    assert there(used) == {stays, unused, passing, fresh}
    faces = {line.holder.id: line.templates for line in used.do(lambda s: s.holders())}
    assert faces == {stays: 0, unused: 0, passing: 1, fresh: 1}
    assert {body["holder"] for body in erased(used)} == {expired, unused}
    (alone,) = (body for body in erased(used) if body["holder"] == unused)
    assert alone == {"holder": unused, "reason": "retention", "factors": ["face"], "count": 1}


def test_a_clock_that_jumps_erases_nobody(
    used: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "EVERY_MS", 100)
    monkeypatch.setattr(retention, "LOOK_S", 0.02)
    used.enrol(11, valid_until_ms=now_ms() + DAY_MS, visitor=True)
    moved = [0]

    async def story(scene: Scene, installer: Installer) -> None:
        await asyncio.sleep(0.2)
        moved[0] = 400 * DAY_MS
        await eventually(lambda: not scene.terminal._people._clock.now().believed)
        await asyncio.sleep(0.5)
        answer = await installer.ask(admin.Retention())
        assert not answer.believed
        assert [line.why for line in answer.due] == ["visitor"]

    told(used, tmp_path, story, wall_ms=lambda: now_ms() + moved[0])
    assert erased(used) == []


@pytest.mark.parametrize("days", [0.5, 40])
def test_a_clock_that_is_ahead_at_the_start_waits_for_its_hour(
    days: float, vault: Vault, tmp_path: Path
) -> None:
    """Nobody can tell a clock that is wrong from a terminal that was off: an hour will tell."""
    wrote(vault, now_ms())
    vault.enrol(11, valid_until_ms=ago(30.1), visitor=True)

    async def story(_scene: Scene, _installer: Installer) -> None:
        if days < 1:
            await eventually(lambda: len(erased(vault)) == 1)
        await asyncio.sleep(0.3)

    told(vault, tmp_path, story, wall_ms=lambda: now_ms() + int(days * DAY_MS))
    assert len(erased(vault)) == (days < 1)


def test_it_is_looked_at_again_and_who_was_given_more_days_stays(
    used: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "EVERY_MS", 50)
    monkeypatch.setattr(retention, "LOOK_S", 0.02)
    ends = now_ms() - 30 * DAY_MS + 1_500
    gone = used.enrol(11, valid_until_ms=ends, visitor=True)
    stays = used.enrol(12, valid_until_ms=ends, visitor=True)

    async def story(_scene: Scene, installer: Installer) -> None:
        answer = await installer.ask(admin.Retention())
        assert [line.id for line in answer.due] == sorted((gone, stays))
        assert (answer.visitors_days, answer.believed) == (30, True)
        assert gone in there(used)
        done = await installer.ask(admin.ChangeHolder(stays, {"valid_until": "2999-01-01"}))
        assert done == answers.Done(stays)
        await eventually(lambda: gone not in there(used), "the next look")

    told(used, tmp_path, story)
    assert there(used) == {stays}


def test_without_limits_nobody_is_due(vault: Vault) -> None:
    vault.enrol(11, valid_until_ms=1, visitor=True, templates=face(1))
    assert vault.do(lambda store: due(store, Limits(0, 0, 0), now_ms(), 9)) == []
    assert len(vault.do(lambda store: due(store, Limits(1, 1, 1), now_ms(), 9))) == 2
    assert len(vault.do(lambda store: due(store, Limits(1, 1, 1), now_ms(), 1))) == 1


def test_passes_are_read_in_pieces_and_never_go_back(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.vault.retention.ENTRIES", 2)
    ada, ben = vault.enrol(11), vault.enrol(12)
    for at_ms, holders in ((9, (ada,)), (5, (ada,)), (7, (ada, ben))):
        wrote(vault, at_ms, "granted", holder=holders[-1], holders=list(holders))
    reads = vault.do(lambda store: [read_passes(store) for _ in range(3)])
    assert reads == [2, 1, 0]
    passed = vault.do(lambda s: dict(s.database.rows("SELECT id, passed_ms FROM holders")))
    assert passed == {ada: 9, ben: 7}
