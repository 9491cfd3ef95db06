"""A holder forgotten: out of the vault, out of the gallery, and the proof that nothing is left."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Final

from appliance.clerk import Clerk
from appliance.vault import search
from appliance.vault.faults import StorageFault, VaultFault
from appliance.vault.journal import Value
from appliance.vault.search import Marks
from appliance.vault.store import Store
from board.link import admin, answers

FOLDS: Final = 10
FOLD_EVERY_S: Final = 0.1
"""How often the log is tried to be emptied while somebody reads the vault, such as a backup."""

Slice = Callable[[int, Marks], tuple[int, list[str]]]


class Eraser:
    """Carries out `cardea erase`. forget: takes the holder's face out of the 1:N gallery."""

    def __init__(self, clerk: Clerk, forget: Callable[[], Awaitable[None]]) -> None:
        self._clerk = clerk
        self._forget = forget

    async def erase(self, request: admin.Erase, uid: int) -> answers.Answer:
        """Say what would be lost; or erase it, look for it everywhere and tell. Raises VaultFault.

        Row and journal entry go and come together. What is found afterwards is told, not hidden.
        """
        try:
            if request.dry_run:
                lost, _ = await self._clerk.ask(partial(_known, holder_id=request.holder))
                return answers.EraseAnswer(lost)
            return await self.erased(request.holder, {"uid": uid})
        except StorageFault:
            raise
        except VaultFault as fault:
            return answers.Refused("holder", str(fault))

    async def erased(self, holder: str, why: Mapping[str, Value]) -> answers.EraseAnswer:
        """Erase a holder and look for what may be left. why: told beside the id in the journal.

        Raises VaultFault.
        """
        lost, marks = await self._clerk.ask(partial(_known, holder_id=holder))
        await self._clerk.change(
            lambda store: store.erase(holder), "erased", lambda _: {"holder": holder, **why}
        )
        emptied = await self.settle()
        searched, found = await self._search(marks)
        if not emptied:
            found.append("the log: another program reads the vault and keeps it; erase it later")
        return answers.EraseAnswer(lost, erased=True, searched=searched, found=tuple(found))

    async def settle(self) -> bool:
        """After rows were deleted: out of gallery and log as well; False: the log is in use."""
        await self._forget()
        return await self._empty_log()

    async def _empty_log(self) -> bool:
        for _ in range(FOLDS):
            if await self._clerk.ask(lambda store: store.database.fold_log()):
                return True
            await asyncio.sleep(FOLD_EVERY_S)
        return False

    async def _search(self, marks: Marks) -> tuple[dict[str, int], list[str]]:
        """How much was searched of each table and file, and what was found where."""
        searched: dict[str, int] = {}
        found: list[str] = []
        for what, slice_of in await self._clerk.ask(lambda store: list(_places(store))):
            searched[what] = 0
            while True:
                read, finds = await self._clerk.ask(
                    partial(_slice, slice_of=slice_of, first=searched[what], marks=marks)
                )
                found += finds
                searched[what] += read
                if not read:
                    break
        return searched, found


def _known(store: Store, holder_id: str) -> tuple[answers.Lost, Marks]:
    """What this holder has, in words and numbers, and by what it could be found again."""
    marks = search.marks_of(store, holder_id)
    faces = store.database.rows("SELECT 1 FROM templates WHERE holder_id = ?", holder_id)
    lost = answers.Lost(
        marks.name,
        len(marks.cards),
        store.pin_of(holder_id) is not None,
        len(faces),
        store.portals_of(holder_id),
    )
    return lost, marks


def _slice(_store: Store, slice_of: Slice, first: int, marks: Marks) -> tuple[int, list[str]]:
    try:
        return slice_of(first, marks)
    except OSError as fault:
        raise VaultFault(f"erased, but not looked for everywhere: {fault}") from fault


def _places(store: Store) -> Iterator[tuple[str, Slice]]:
    """Everything that can be searched, named as it is told."""
    pages = store.database.pages
    for table in search.tables(store):
        yield f"rows of {table}", partial(search.in_rows, store, table)
    yield "pages decrypted", lambda first, marks: search.in_pages(pages, first + 1, marks)
    yield "log frames decrypted", partial(search.in_log, pages)
    for file in pages.files:
        yield f"bytes of {file.name}", partial(search.in_file, pages, file)
