"""An event loop whose time stands still until it is told to go on."""

import asyncio
from collections.abc import Callable
from typing import Any

from appliance.vault.faults import StorageFault


class StillLoop(asyncio.SelectorEventLoop):
    """Hours pass in milliseconds, timers in their order. What asks for a thread is done at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1_000.0
        self.failing: object = None
        """Whatever asks this executor gets the fault of a failing disk."""

    def time(self) -> float:
        return self.now_s

    def run_in_executor(
        self, executor: object, work: Callable[..., Any], *arguments: Any
    ) -> asyncio.Future[Any]:
        future = self.create_future()
        try:
            if executor is not None and executor is self.failing:
                raise StorageFault("disk I/O error")
            future.set_result(work(*arguments))
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is the asker's
            future.set_exception(fault)
        return future

    def settle(self) -> None:
        """Run whatever can run now, until nothing can."""
        while True:
            self.call_soon(self.stop)
            self.run_forever()
            if not self._ready:  # type: ignore[attr-defined]
                return

    def advance(self, for_ms: int) -> None:
        """Let time pass, from timer to timer."""
        until_s = self.now_s + for_ms / 1000
        while (due_s := self._next_s()) <= until_s:
            self.now_s = max(due_s, self.now_s)
            self.settle()
        self.now_s = until_s
        self.settle()

    def _next_s(self) -> float:
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        return min((timer.when() for timer in timers if not timer.cancelled()), default=1e12)
