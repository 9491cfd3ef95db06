"""What is known of the site, in memory and in calibration.json, and what makes it void."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from secrets import randbelow
from typing import Final, Literal

import msgspec

from board.link.messages import Calibration
from coprocessor.calibration import record, view
from coprocessor.calibration.record import Camera, Fitted, Record, RecordError, Why
from coprocessor.calibration.view import View
from coprocessor.calibration.windows import Row, Window

SAVE_EVERY: Final = 10
"""Passes between two writings: a restart loses fewer than that, and a flash lives longer."""
REMEDY: Final = "first constants are in force; run `cardea commission` again"
REASONS: Final[dict[Why, str]] = {
    "camera": "another camera, or other frames, than was commissioned",
    "bundle": "commissioned with another model bundle",
    "moved": "the camera sees another place than at commissioning",
    "file": "the file cannot be used",
}

Refusal = Literal["", "nobody", "too_few", "not_separable", "storage"]
log = logging.getLogger(__name__)


class Keeper:
    """One camera's Record. Nothing is kept until the size of its frames is known.

    why: what makes the calibration void; it stays so until a new fit, or until it is forgotten.
    """

    def __init__(self, path: Path, camera: str, bundle: str) -> None:
        self._path = path
        self._camera = camera
        self._bundle = bundle
        self._size: tuple[int, int] | None = None
        self._record: Record | None = None
        self.why: Why = ""

    @property
    def calibration(self) -> Calibration:
        """As in messages.Status."""
        if self.why:
            return "void"
        return "site" if self.fit else "none"

    @property
    def windows(self) -> tuple[Window, ...]:
        """What was observed at commissioning, and still counts."""
        return self._record.windows if self._record and not self._stale() else ()

    @property
    def passes(self) -> tuple[Row, ...]:
        """Of consenting holders."""
        return self._record.passes if self._record else ()

    @property
    def passed(self) -> int:
        """How many passes there were."""
        return self._record.passed if self._record else 0

    @property
    def fit(self) -> Fitted | None:
        """The fit, void or not."""
        return self._record.fitted if self._record else None

    @property
    def view(self) -> View | None:
        """The empty scene at commissioning."""
        text = self._record.view if self._record else ""
        return view.parse(text) if text else None

    def sized(self, width: int, height: int) -> bool:
        """Frames have this size. Has that changed what counts?"""
        if self._size == (width, height):
            return False
        first, self._size = self._size is None, (width, height)
        if first:
            self._load()
        if self._record is not None:
            self._check(self._record)
        return True

    def observed(self, observed: Sequence[Window]) -> Refusal:
        """Add these windows; beside a fit that is void, they are the first of the next one."""
        kept = self._afresh() if self._stale() else self._kept()
        if kept is None:
            return "nobody"
        together = (*kept.windows, *observed)
        if len(together) > record.MOST_WINDOWS:
            log.error("calibration: more than %d windows; forget, then begin anew", len(together))
            return "storage"
        return self._replace(msgspec.structs.replace(kept, windows=together))

    def fitted(self, fitted: Fitted) -> Refusal:
        """This fit holds from now on."""
        kept = self._kept()
        if kept is None:
            return "nobody"
        refusal = self._replace(msgspec.structs.replace(kept, fitted=fitted, view="", void=""))
        self.why = self.why if refusal else ""
        return refusal

    def seen(self, seen: View) -> None:
        """This is the empty scene."""
        if self.fit is not None and not self.why and self._record and not self._record.view:
            self._replace(msgspec.structs.replace(self._record, view=seen.text()))

    def add_pass(self, row: Row) -> int:
        """One more living person; returns how many there were, or -1 while that is not counted."""
        kept = self._kept()
        if kept is None or self.why:
            return -1
        rows = [*kept.passes, row]
        if len(rows) > record.MOST_PASSES:
            del rows[randbelow(record.MOST_PASSES)]
        changed = msgspec.structs.replace(kept, passes=tuple(rows), passed=kept.passed + 1)
        self._record = changed
        if changed.passed % SAVE_EVERY == 0:
            self._replace(changed)
        return changed.passed

    def void(self, why: Why) -> None:
        """What was measured counts no more; of a fit, that is told until there is another."""
        kept, afresh = self._record, self._afresh()
        if kept is None or afresh is None or self._stale():
            return
        if kept.fitted is None:
            self._record = afresh
            log.warning("calibration: %s; what was observed is dropped", REASONS[why])
        else:
            self.why, self._record = why, msgspec.structs.replace(kept, void=why)
            log.warning("calibration void: %s; %s", REASONS[why], REMEDY)
        self._replace(self._record)

    def forget(self) -> Refusal:
        """Keep nothing."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as fault:
            log.error("calibration: %s: %s", self._path, fault.strerror)
            return "storage"
        self._record, self.why = None, ""
        return ""

    def _load(self) -> None:
        try:
            self._record = record.read(self._path)
        except RecordError as fault:
            self.why = "file"
            log.warning("calibration void: %s: %s; first constants are in force", self._path, fault)
        else:
            self.why = self._record.void if self._record else ""

    def _check(self, kept: Record) -> None:
        if kept.bundle != self._bundle:
            self.void("bundle")
        elif kept.camera != self._identity():
            self.void("camera")

    def _identity(self) -> Camera | None:
        return Camera(self._camera, *self._size) if self._size else None

    def _stale(self) -> bool:
        """Is what is kept that of a fit which is void?"""
        return bool(self.why) and (self._record is None or self._record.fitted is not None)

    def _kept(self) -> Record | None:
        return self._record or self._afresh()

    def _afresh(self) -> Record | None:
        camera = self._identity()
        return Record(1, camera, self._bundle, _now(), void=self.why) if camera else None

    def _replace(self, changed: Record) -> Refusal:
        changed = msgspec.structs.replace(changed, date=_now())
        try:
            record.write(self._path, changed)
        except OSError as fault:
            log.error("calibration: %s: %s; is its disk full?", self._path, fault.strerror)
            return "storage"
        self._record = changed
        return ""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
