"""An accelerator's models in a thread of their own: lost as a whole, tried again as a whole."""

import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Thread
from typing import Final, NamedTuple

from board.bundle import BundleError, Role
from coprocessor.models.model import Array, Model, ModelError, Stored

LIMIT_S: Final = 0.2
"""The longest wait for one answer: far beyond any of these nets, well within a frame's worth."""
RETRY_S: Final = 30.0
LONGEST_RETRY_S: Final = 600.0
log = logging.getLogger(__name__)


class Job(NamedTuple):
    """One run, and where its answer goes. One left from before a loss is run too, for nobody."""

    role: Role
    tensor: Stored
    answer: "Future[list[Array]]"


class Accelerator:
    """One device. `run` answers in time or not at all: whoever asks goes on with the processor.

    One thread serves it for ever, so a call that never returns costs that thread and nothing more:
    no other is started, and the device stays lost until the call comes back.
    """

    def __init__(
        self,
        name: str,
        open_all: Callable[[], Mapping[Role, Model]],
        limit_s: float = LIMIT_S,
        retry_s: float = RETRY_S,
    ) -> None:
        """open_all: its models, opened and checked, in the thread that will run them. It raises
        ModelError or BundleError while there are none to be had."""
        self.name = name
        self.working = False
        self._open_all = open_all
        self._limit_s, self._retry_s = limit_s, retry_s
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._tried = Event()
        self._said = ""
        Thread(target=self._serve, name=name, daemon=True).start()

    def wait(self, limit_s: float) -> bool:
        """Let the first try end, for so long at most; whether it is working."""
        self._tried.wait(limit_s)
        return self.working

    def told(self, processor: str) -> str:
        """What runs now, in health's words; `processor`: what does so while this is lost."""
        return self.name if self.working else f"{processor} ({self.name} lost)"

    def run(self, role: Role, tensor: Stored) -> list[Array] | None:
        """The model's answer; None while the device is lost, which a failure makes it."""
        if not self.working:
            return None
        job = Job(role, tensor, Future())
        self._jobs.put(job)
        try:
            return job.answer.result(self._limit_s)
        except TimeoutError:
            self.lose(f"{role}: no answer within {self._limit_s} s")
        except Exception as fault:  # noqa: BLE001 - whatever a driver raises, the frame is read.
            # Never its message: it may quote pixels.
            self.lose(f"{role}: {type(fault).__name__}")
        return None

    def lose(self, why: str) -> None:
        """Use it no more until it has been opened and checked anew."""
        self.working = False
        self._jobs.put(None)
        self._say(f"lost, the processor takes over: {why}")

    def _serve(self) -> None:
        pause_s = self._retry_s
        while True:
            began_s = time.monotonic()
            opened = self._serve_once()
            worked_s = time.monotonic() - began_s if opened else None
            pause_s = next_pause(pause_s, self._retry_s, worked_s)
            time.sleep(pause_s)

    def _serve_once(self) -> bool:
        """Open, work until lost, close; whether it could be opened."""
        models = self._opened()
        self.working = bool(models)
        self._tried.set()
        while self.working:
            job = self._jobs.get()
            if job is not None:
                _do(job, models)
        return bool(models)

    def _opened(self) -> Mapping[Role, Model]:
        """Its models, or none."""
        try:
            models = self._open_all()
        except Exception as fault:  # noqa: BLE001 - a driver may raise anything; it is tried again
            ours = isinstance(fault, ModelError | BundleError)
            self._say(f"not to be had: {fault if ours else type(fault).__name__}")
            return {}
        self._say(f"runs {', '.join(models)}")
        return models

    def _say(self, news: str) -> None:
        """Once, however often it is tried."""
        if news != self._said:
            log.warning("%s: %s", self.name, news)
        self._said = news


def next_pause(former_s: float, retry_s: float, worked_s: float | None) -> float:
    """How long to wait before it is opened again; worked_s: None where it could not be.

    One that is soon lost again is tried ever less often: each return clears an alert, and each loss
    raises it.
    """
    soon = worked_s is not None and worked_s < former_s
    return min(former_s * 2, LONGEST_RETRY_S) if soon else retry_s


def _do(job: Job, models: Mapping[Role, Model]) -> None:
    try:
        job.answer.set_result(models[job.role].run(job.tensor))
    except Exception as fault:  # noqa: BLE001 - carried to whoever asked
        job.answer.set_exception(fault)
