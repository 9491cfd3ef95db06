"""Whether faces count: the bundle is refused, on trial by the golden set, or taken."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from appliance.clerk import Clerk
from appliance.golden import Checked, GoldenSet, Silent, notes
from appliance.vault import models
from appliance.vault.faults import VaultFault
from appliance.vault.records import TakenBundle
from appliance.vault.store import Store
from board.bundle import BundleError, Manifest, Thresholds, read_manifest
from board.link import admin

RETRY_S: Final = 5.0
MOST_TOLD: Final = 16

INVALID, ROLLBACK, REUSED, GOLDEN = "invalid", "rollback", "reused", "golden"
SENTENCES: Final = {
    INVALID: "the model bundle is not whole or not signed by the site's key; install it anew",
    ROLLBACK: "the model bundle is older than one that was in use; install the newest, or sign"
    " this one anew: `cardea models build`",
    REUSED: "another bundle was in use under this version number; sign this one anew:"
    " `cardea models build`",
    GOLDEN: "the model bundle fails the golden set: `cardea golden check` says where",
}
"""Reason code of the alert `model_refused`: what an installer reads."""

NUMBERS: Final = {
    "match_e4": 10_000,
    "identify_e4": 10_000,
    "margin_e4": 10_000,
    "attack_accept_permille": 0,
    "attack_refuse_permille": 1,
    "attack_frames": 1_000,
    "attack_span_ms": 60_000,
    "eye_distance_px": 1 << 31,
    "yaw_deg": 0,
    "sharpness": 1 << 31,
    "exposure_low": 255,
    "exposure_high": 0,
}

log = logging.getLogger(__name__)


class Nothing(Manifest, frozen=True):
    """Stands where a manifest that was not believed would stand: nobody's face can match."""

    @property
    def template_identity(self) -> str:
        return "none"

    @property
    def identity(self) -> str:
        return "none"


NOTHING: Final = Nothing(
    schema=2,
    version=1,
    inputs="0" * 64,
    models=(),
    calibration="none",
    toolchain={},
    thresholds=Thresholds(**NUMBERS, basis=dict.fromkeys(NUMBERS, "nothing is believed")),
)


def believed(directory: Path, public_key_hex: str) -> Manifest:
    """The bundle's manifest, or NOTHING with a line in the log: cards and the way out go on."""
    try:
        return read_manifest(directory, public_key_hex)
    except BundleError as fault:
        log.error("bundle: %s; until then no face is asked for", fault)
        return NOTHING


def judge(manifest: Manifest, taken: Sequence[TakenBundle]) -> str:
    """Why this bundle must not be used, by what was taken before it; "" where it may."""
    if isinstance(manifest, Nothing):
        return INVALID
    others = [one.version for one in taken if one.identity != manifest.identity]
    highest = max(others, default=0)
    if manifest.version < highest:
        return ROLLBACK
    return REUSED if manifest.version == highest else ""


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
        """As in admin.StatusAnswer.model."""
        return self.refused or ("" if self._counts else "trial")

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

    async def answer(self, request: admin.Golden, uid: int) -> admin.Answer:
        """Carry out `cardea golden`: keep a set, forget it, or check it now."""
        if request.forget:
            await self._golden.forget(uid)
            self.pictures = 0
            return admin.GoldenAnswer(0, ())
        if self.refused and (request.pictures or self.refused != GOLDEN):
            return admin.Refused("model_refused", SENTENCES[self.refused])
        try:
            if request.pictures:
                made = await self._golden.make(request.pictures, request.consent, uid)
                self.pictures = len(made.answers)
                told = notes(made.answers, self._golden.maker.match_e4)
                return admin.GoldenAnswer(len(made.answers), (), told)
            checked = await self._golden.check()
        except Silent:
            sentence = "the co-processor does not answer; start it and try again"
            return admin.Refused("no_answer", sentence)
        await self._conclude(checked)
        differs = tuple(difference.sentence for difference in checked.differs)
        return admin.GoldenAnswer(len(checked.answers), differs)

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
