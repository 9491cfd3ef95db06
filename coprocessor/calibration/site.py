"""The calibration of one camera: what was measured of it, and the judge that follows from that."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from board.bundle import Thresholds
from board.link.messages import Calibration, Commissioned, FaceReading, Instrument
from coprocessor.attack import FirstConstants, Judge
from coprocessor.calibration import passes, record, train, windows
from coprocessor.calibration.edges import followed
from coprocessor.calibration.judge import SiteJudge
from coprocessor.calibration.keeper import Keeper, Refusal
from coprocessor.calibration.observation import Observation
from coprocessor.calibration.passes import PassesJudge
from coprocessor.calibration.train import Commissioning, Figures, Trained
from coprocessor.calibration.view import ViewWatch
from coprocessor.calibration.windows import Row, Window
from coprocessor.cues import Cues
from coprocessor.frame import Frame

REMEMBERED: Final = 8
"""Tracks whose last cues wait for the word that they were let in."""
REMEMBER_MS: Final = 250
PASS_SPAN_MS: Final = 1_500
LEARN_EVERY: Final = 10
"""Passes between two looks at what they lead to."""


class Eye(Protocol):
    """What is calibrated: reading.Pipeline."""

    judge: Judge

    def cues(self) -> tuple[int, Cues] | None: ...


class Site:
    """Called from the thread that reads, but for `calibration`, which anybody may look at.

    path: of calibration.json. camera: its name, or its file's. bundle: identity of the models.
    """

    def __init__(self, path: Path, camera: str, bundle: str, limits: Thresholds, eye: Eye) -> None:
        self._accept = limits.attack_accept_permille
        self._refuse = limits.attack_refuse_permille
        self._eye = eye
        self._keeper = Keeper(path, camera, bundle)
        self._view = ViewWatch()
        self._observation: Observation | None = None
        self._shown: OrderedDict[int, Row] = OrderedDict()
        self._shown_ms = -REMEMBER_MS
        self.on_renewed: Callable[[], None] = lambda: None
        """Called after a fit, and after one was forgotten."""

    @property
    def calibration(self) -> Calibration:
        """As in messages.Status."""
        return self._keeper.calibration

    @property
    def observed(self) -> tuple[Window, ...]:
        """What was observed at commissioning, and still counts."""
        return self._keeper.windows

    def saw(self, frame: Frame, reading: FaceReading) -> None:
        """One more frame, and what was read in it."""
        self._sized(frame)
        if not reading.track:  # nobody, or a box of the detector's in which there is no face
            self._empty(frame)
            return
        if self._observation is not None and self._observation.due(reading, frame.captured_ms):
            self._observe(self._observation, frame.captured_ms)
        if reading.attempt:
            self._remember(reading, frame.captured_ms)

    def passed(self, track: int) -> None:
        """This track's person was let in and agrees: what it showed counts as living."""
        row = self._shown.pop(track, None)
        if row is not None and self._keeper.add_pass(row) % LEARN_EVERY == 0:
            self._install()

    def begin(self, person: int, instrument: Instrument) -> None:
        """From now on frames show this, until `end`."""
        shown = [one.presentation for one in self._keeper.windows]
        self._observation = Observation(max(shown, default=0) + 1, person, instrument, self._refuse)

    def end(self) -> Refusal:
        """Keep what was observed."""
        observation, self._observation = self._observation, None
        if observation is None or not observation.windows:
            return "nobody"
        return self._keeper.observed(observation.windows)

    def commission(self, observed: Sequence[Window]) -> Commissioning | None:
        """What these windows lead to; changes nothing, and may run in any thread."""
        return train.commission(observed, self._accept, self._refuse)

    def adopt(self, found: Commissioning | None, observed: Sequence[Window]) -> Refusal:
        """Let this fit hold, if it is worth having and `observed` is still what is known."""
        if found is None or observed != self.observed:
            return "too_few"
        if not train.separable(found.told, found.first):
            return "not_separable"
        refusal = self._keeper.fitted(record.fitted(found.trained, found.told))
        if not refusal:
            self._renew()
        return refusal

    def forget(self) -> Refusal:
        """As if it had never been calibrated."""
        refusal = self._keeper.forget()
        if not refusal:
            self._renew()
        return refusal

    def _renew(self) -> None:
        self._view.start(None)
        self._install()
        self.on_renewed()

    def report(
        self, request: int, refusal: Refusal = "", told: Figures | None = None
    ) -> Commissioned:
        """How it stands. told: figures of a fit that was refused."""
        kept = self._keeper
        figures = told or (kept.fit.figures if kept.fit else None)
        numbers = msgspec.structs.asdict(figures) if figures else {}
        return Commissioned(
            request=request,
            refusal=refusal,
            calibration=self.calibration,
            observed=windows.counted(kept.windows),
            live=kept.passed,
            **numbers,
        )

    def _sized(self, frame: Frame) -> None:
        height, width = frame.rgb.shape[:2]
        if self._keeper.sized(width, height):
            self._view.start(self._keeper.view)
            self._install()

    def _empty(self, frame: Frame) -> None:
        said = self._view.empty(frame.rgb, frame.captured_ms)
        if said == "moved":
            self._keeper.void("moved")
            self._view.start(None)
            self._install()
        elif said == "learned" and self._view.reference is not None:
            self._keeper.seen(self._view.reference)

    def _observe(self, observation: Observation, at_ms: int) -> None:
        shown = self._eye.cues()
        if shown is not None:
            observation.add(shown[1], at_ms)

    def _remember(self, reading: FaceReading, at_ms: int) -> None:
        """Of whom an attempt's readings are about: the cues, while nothing speaks against them."""
        if reading.attack_permille > self._accept:
            self._shown.pop(reading.track, None)
            return
        if at_ms - self._shown_ms < REMEMBER_MS:
            return
        self._shown_ms = at_ms
        shown = self._eye.cues()
        if shown is None or reading.refusal:
            return
        if shown[1].span_ms >= PASS_SPAN_MS:
            self._shown[shown[0]] = windows.row(shown[1])
            self._shown.move_to_end(shown[0])
            while len(self._shown) > REMEMBERED:
                self._shown.popitem(last=False)

    def _install(self) -> None:
        """The judge that what is kept leads to."""
        self._eye.judge = self._judge()

    def _judge(self) -> Judge:
        kept, limits = self._keeper, (self._accept, self._refuse)
        if kept.why:
            return FirstConstants()
        if kept.fit is not None:
            trained = record.trained(kept.fit)
            if len(kept.passes) >= passes.LEAST:
                scores = trained.fit.lowest(windows.matrix(kept.passes))
                trained = Trained(trained.fit, followed(trained.ends, scores))
            return SiteJudge(trained, *limits)
        return (
            PassesJudge(kept.passes, *limits)
            if len(kept.passes) >= passes.LEAST
            else FirstConstants()
        )
