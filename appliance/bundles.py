"""Whether faces count: the bundle is refused, on trial by the golden set, or taken."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Final

from appliance.clerk import Clerk
from appliance.golden import Checked, GoldenSet, Silent, notes
from appliance.rollback import GOLDEN, SENTENCES, TRIAL, judge
from appliance.vault import models
from appliance.vault.faults import VaultFault
from appliance.vault.store import Store
from board.bundle import Manifest
from board.link import admin, answers

RETRY_S: Final = 5.0
MOST_TOLD: Final = 16

log = logging.getLogger(__name__)


class Bundles:
    """Decides at the start, and again after every check of the golden set.

    told: called with the reason code whenever it may have changed. switched: with whether faces
    count from now on; until the first call they do not. pictures: how many are in the golden set.
    """

    def __init__(
        self,
        clerk: Clerk,
        golden: GoldenSet,
        manifest: Manifest,
        told: Callable[[str], None],
        switched: Callable[[bool], None],
    ) -> None:
        self._clerk = clerk
        self._golden = golden
        self._manifest = manifest
        self._told = told
        self._switched = switched
        self._trial: asyncio.Task[None] | None = None
        self._known = False
        self._counts = False
        self.pictures = 0
        self.refused = ""

    @property
    def state(self) -> str:
        """As in answers.StatusAnswer.model."""
        return self.refused or ("" if self._counts else TRIAL)

    def begin(self, store: Store) -> None:
        """Judge by what the vault knows, before anything runs. Raises VaultFault."""
        taken = models.taken(store)
        ours = [one for one in taken if one.identity == self._manifest.identity]
        self.refused = judge(self._manifest, taken)
        self._known = any(one.trusted for one in ours)
        self.pictures = len(models.golden(store))
        self._counts = not self.refused and (self._known or not self.pictures)
        self._switched(self._counts)

    def start(self) -> None:
        """Say what was judged. In the event loop."""
        if self.refused:
            log.error("bundle %s: %s", self._manifest.identity, SENTENCES[self.refused])
            self._told(self.refused)

    def link_up(self) -> None:
        """The co-processor runs this bundle: try it, in the background."""
        if self.refused in ("", GOLDEN):
            self._trial = asyncio.get_running_loop().create_task(self._try())

    def link_down(self) -> None:
        """Nobody is there to answer."""
        if self._trial:
            self._trial.cancel()

    async def answer(self, request: admin.Golden, uid: int) -> answers.Answer:
        """Carry out `cardea golden`: keep a set, forget it, or check it now."""
        if request.forget:
            await self._golden.forget(uid)
            self.pictures = 0
            return answers.GoldenAnswer(0, ())
        # Who has not passed must not say what is right: it would pass by its own answers.
        if self.state and (request.pictures or self.refused not in ("", GOLDEN)):
            return answers.Refused("model_refused", SENTENCES[self.state])
        try:
            if request.pictures:
                made = await self._golden.make(request.pictures, request.consent, uid)
                self.pictures = len(made.answers)
                told = notes(made.answers, self._golden.maker.match_e4)
                return answers.GoldenAnswer(len(made.answers), (), told)
            checked = await self._golden.check()
        except Silent:
            sentence = "the co-processor does not answer; start it and try again"
            return answers.Refused("no_answer", sentence)
        await self._conclude(checked)
        differs = tuple(difference.sentence for difference in checked.differs)
        return answers.GoldenAnswer(len(checked.answers), differs)

    def _switch(self, counts: bool) -> None:
        if counts != self._counts:
            self._counts = counts
            self._switched(counts)

    async def _try(self) -> None:
        """Check until there is an answer: a silent co-processor has neither passed nor failed."""
        while True:
            try:
                await self._conclude(await self._golden.check())
            except (Silent, VaultFault) as fault:
                log.warning("bundle: the golden set could not be checked: %s", fault)
                await asyncio.sleep(RETRY_S)
            else:
                return

    async def _conclude(self, checked: Checked) -> None:
        """Journal what changes; the face goes off before that is written, and on after it."""
        if checked.differs:
            await self._fail(checked)
            return
        if not self._known or self.refused:
            await self._take(checked)
        self._known, self.refused = True, ""
        self._told("")
        self._switch(True)

    async def _fail(self, checked: Checked) -> None:
        self._switch(False)
        self._told(GOLDEN)
        for difference in checked.differs:
            log.error("golden set: %s", difference.sentence)
        if self.refused != GOLDEN:
            identity = self._manifest.identity
            which = [difference.pictures for difference in checked.differs[:MOST_TOLD]]
            count = len(checked.differs)
            await self._clerk.change(
                lambda store: models.distrust(store, identity),
                "golden_failed",
                lambda _: {"bundle": identity, "count": count, "pictures": which},
            )
        self.refused, self._known = GOLDEN, False

    async def _take(self, checked: Checked) -> None:
        manifest, maker = self._manifest, self._golden.maker
        at_ms = time.time_ns() // 1_000_000

        def take(store: Store) -> None:
            models.take(store, manifest.identity, manifest.version, at_ms)
            models.keep_answers(store, checked.answers, maker)

        await self._clerk.change(
            take,
            "bundle_taken",
            lambda _: {
                "bundle": manifest.identity,
                "version": manifest.version,
                "count": len(checked.answers),
            },
        )
