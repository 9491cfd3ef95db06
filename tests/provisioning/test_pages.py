"""Long lists over the admin socket: page after page, everybody once and in order."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from appliance.admin import LARGEST_PAGE
from appliance.vault import access
from appliance.vault.store import Store
from board.link import admin, answers
from provisioning import pages, terminal
from tests.appliance.bench import Scene, Vault
from tests.provisioning.conftest import Cardea

MANY = 2 * LARGEST_PAGE + 500
FILL = (
    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
    " INSERT INTO holders (id, name) SELECT printf('%016x', i), 'Holder ' || (i % 700) FROM n"
)

MEMBERS = (
    "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
    " INSERT INTO holders (id, name) SELECT printf('more%d', i), 'Zoe' FROM n"
)
Line = answers.Card | answers.HolderRight | answers.Group


def fill(vault: Vault) -> None:
    def work(store: Store) -> None:
        with store.transaction():
            store.database.run(FILL, MANY)

    vault.do(work)


def expected() -> list[tuple[str, str]]:
    """Names repeat, so that a page may end between two of one name."""
    return sorted((f"Holder {i % 700}", f"{i:016x}") for i in range(MANY))


def test_thousands_are_listed_each_once_and_in_order(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    fill(vault)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        said = await cardea("holders", "--json")
        listed = msgspec.json.decode(said, type=list[answers.Holder])
        assert [(one.name, one.id) for one in listed] == expected()
        assert len((await cardea("holders")).splitlines()) == 1 + MANY
        page = await asyncio.to_thread(terminal.ask, tmp_path, admin.Holders(limit=MANY))
        assert isinstance(page, answers.HoldersAnswer)
        assert len(page.holders) == LARGEST_PAGE

    told(story)


def test_a_part_of_a_name_is_no_pattern(vault: Vault, told: Callable[..., None]) -> None:
    for number, name in enumerate(
        ("Ada Lovelace", "100% Sure", "Snake_Case", "SnakeXCase", "O!m"), 1
    ):
        vault.enrol(number, name=name)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        async def named(*words: str) -> list[str]:
            listed = await cardea("holders", *words, "--json")
            return [one.name for one in msgspec.json.decode(listed, type=list[answers.Holder])]

        assert await named("--name", "LOVE") == ["Ada Lovelace"]
        assert await named("list", "--name", "love") == ["Ada Lovelace"]
        assert await named("--name", "%") == ["100% Sure"]
        assert await named("--name", "e_c") == ["Snake_Case"]
        assert await named("--name", "!") == ["O!m"]
        assert await named("--name", "nobody") == []
        assert len(await named()) == 5

    told(story)


def test_who_comes_or_goes_between_two_pages_disturbs_nobody_else(vault: Vault) -> None:
    fill(vault)
    seen: list[tuple[str, str]] = []

    def work(store: Store) -> None:
        first = store.holders(limit=LARGEST_PAGE)
        for gone in (first[0], first[-1]):
            store.erase(gone.holder.id)
        with store.transaction():
            sql = "INSERT INTO holders (id, name) VALUES (?, ?)"
            store.database.run(sql, "early", "Aaron")
            store.database.run(sql, "late", "Zoe")
        page = first
        while page:
            seen.extend((line.holder.name, line.holder.id) for line in page)
            page = store.holders(after=seen[-1], limit=LARGEST_PAGE)

    vault.do(work)
    assert seen == [*expected(), ("Zoe", "late")]


def holder(name: str, number: int) -> answers.Holder:
    return answers.Holder(f"{number:04x}", name, "active", 0, False, 0, ())


@given(st.lists(st.text("ab", min_size=1, max_size=2), max_size=30), st.integers(1, 40))
def test_any_list_in_pages_of_any_size_is_whole(names: list[str], limit: int) -> None:
    listed = sorted(
        (holder(name, number) for number, name in enumerate(names)),
        key=lambda one: (one.name, one.id),
    )

    def ask(request: admin.Request) -> answers.Answer:
        assert isinstance(request, admin.Holders)
        behind = (one for one in listed if (one.name, one.id) > request.after)
        return answers.HoldersAnswer(tuple(behind)[: request.limit])

    assert pages.whole(ask, admin.Holders(limit=limit)) == answers.HoldersAnswer(tuple(listed))


def test_every_list_of_thousands_comes_whole_and_in_order(
    vault: Vault, told: Callable[..., None], tmp_path: Path
) -> None:
    """Cards, own rights, groups: a page may end between two of one name, or of one holder."""
    fill(vault)
    vault.do(give)

    async def story(_scene: Scene, cardea: Cardea) -> None:
        async def in_order(word: str, first: pages.Question, line: type[Line], size: int) -> Any:
            listed = msgspec.json.decode(await cardea(word, "--json"), type=list[line])  # type: ignore[valid-type]
            places: list[Any] = [pages.PLACE[type(first)](one) for one in listed]
            assert len(places) == size
            assert places == sorted(set(places))
            page = await asyncio.to_thread(terminal.ask, tmp_path, first)
            assert 0 < len(msgspec.structs.astuple(page)[0]) < size
            return listed

        await in_order("cards", admin.Cards(), answers.Card, 3 * MANY)
        await in_order("rights", admin.OwnRights(), answers.HolderRight, 3 * MANY)
        listed = await in_order("groups", admin.Groups(), answers.Group, 3)
        assert [len(one.members) for one in listed] == [access.MOST_MEMBERS] * 2 + [0]

    told(story)


def give(store: Store) -> None:
    """Three cards and rights to everybody, so that a page ends within one; two groups of a page."""
    run = store.database.run
    with store.transaction():
        for number in (1, 2, 3):
            run(
                "INSERT INTO credentials (id, holder_id, kind, format, facility, number)"
                " SELECT ? || id, id, 'card', 'H10304', 7, 3 * rowid + ? FROM holders",
                f"card{number}",
                number,
            )
            run("INSERT INTO rules (holder_id, portal) SELECT id, ? FROM holders", f"door{number}")
        for name in ("a", "b", "c"):
            run("INSERT INTO groups VALUES (?)", name)
        run(MEMBERS, access.MOST_MEMBERS)
        for name in ("a", "b"):
            run("INSERT INTO members SELECT id, ? FROM holders WHERE name = 'Zoe'", name)


def test_a_refusal_in_the_middle_is_the_answer() -> None:
    """Half a list must not look like a whole one."""
    said = iter((answers.HoldersAnswer((holder("a", 1),)), answers.Refused("vault", "busy")))
    assert pages.whole(lambda _: next(said), admin.Holders()) == answers.Refused("vault", "busy")
