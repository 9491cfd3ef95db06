"""Commission and Passed through a running watch, with a reader that sees what it is told to see."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress

import numpy as np
import pytest

from board.link.messages import (
    Commission,
    Commissioned,
    EnrolReading,
    FaceReading,
    Passed,
    ReadFace,
    Status,
)
from board.signals import Picture
from coprocessor.attack import FirstConstants
from coprocessor.calibration import conversation
from coprocessor.calibration.judge import SiteJudge
from coprocessor.calibration.site import LEARN_EVERY, Site
from coprocessor.camera import Frames
from coprocessor.link import Session
from coprocessor.watch import Watch
from tests.coprocessor.calibration.made import cues
from tests.coprocessor.test_watch import HELLO, Runs
from tests.coprocessor.waiting import eventually

STEP_MS = 1_000
"""Between two frames, by their own clock: an observation of seconds takes moments here."""
SHOWN = {
    "live": cues(),
    "print": cues(near=-3.0, middle=-3.0, ride=0.8, stir=0.4),
    "phone": cues(near=-1.0, middle=-1.0, wide=-4.0, ride=0.3),
    "tablet": cues(near=-1.5, middle=-1.0, wide=-5.0, ride=0.25),
}


class Quick:
    """A camera whose clock runs fast."""

    def __init__(self):
        self.count = 0

    async def picture(self):
        await asyncio.sleep(0.002)
        self.count += 1
        return Picture(bytes(64 * 48 * 3), 48, 64, STEP_MS * self.count)


class Seen:
    """Stands for the models, and for what is calibrated: sees `shown`, or nobody."""

    def __init__(self):
        self.judge = FirstConstants()
        self.shown = "live"
        self.fault = False
        self._rng = np.random.default_rng(2)

    def read(self, frame, attempt, portal, now_ms):
        there = bool(self.shown)
        probe = b"\1" * 512 if there else b""
        refusal = "" if there else "no_face"
        return FaceReading(attempt, portal, 7 * there, 40, 3_000, refusal, 100, probe, 0, 9)

    def enrol(self, picture, request):
        return EnrolReading(request, "", b"\2" * 512)

    def cues(self):
        if self.fault:
            raise ValueError("a fault of the models")
        usual = SHOWN[self.shown]
        near = (usual.near or 0) + float(self._rng.normal(0, 0.3))
        return 7, cues(
            **{
                "near": near,
                "middle": usual.middle,
                "wide": usual.wide,
                "ride": usual.ride,
                "stir": usual.stir,
            }
        )


class Asked:
    """An appliance that keeps what it is answered."""

    def __init__(self, watch):
        self.session = Session(HELLO, Counter())
        self.messages = []
        self._watch = watch
        self._requests = 0
        self._task = asyncio.create_task(self._listen())

    async def _listen(self):
        while True:
            self.messages.append(await self.session.next())

    def of(self, kind):
        return [one for one in self.messages if isinstance(one, kind)]

    def begin(self, action, instrument="live", person=0, observe_ms=60):
        self._requests += 1
        step = Commission(self._requests, action, instrument, person, observe_ms)
        self._watch.handle(step, self.session)
        return self._requests

    async def ask(self, *words, **more):
        request = self.begin(*words, **more)
        await eventually(lambda: request in {one.request for one in self.of(Commissioned)})
        return next(one for one in self.of(Commissioned) if one.request == request)

    def close(self):
        self._task.cancel()


@asynccontextmanager
async def commissioning(limits, path, seen):
    site = Site(path, "CAM0", HELLO.bundle, limits, seen)
    watch = Watch(Frames(Quick()), seen, Runs(), lambda: True, site=site)
    running = asyncio.create_task(watch.run())
    asked = Asked(watch)
    watch.changed(asked.session)
    try:
        yield watch, asked
        assert not running.done()
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        asked.close()


@pytest.fixture
def limits(bundle):
    return bundle.manifest.thresholds


def tell(limits, folder, story):
    async def told():
        seen = Seen()
        async with commissioning(limits, folder / "calibration.json", seen) as (watch, asked):
            await story(watch, asked, seen)

    asyncio.run(told())


async def observe_all(asked, seen, people=3):
    for person in range(1, people + 1):
        for what in SHOWN:
            seen.shown = what
            answer = await asked.ask("observe", what, person)
            assert answer.refusal == "", what
    return answer


def test_three_people_and_their_pictures_make_a_fit(limits, tmp_path):
    async def story(watch, asked, seen):
        answer = await observe_all(asked, seen)
        assert answer.calibration == "none"
        assert set(answer.observed) == {f"{one} {what}" for one in (1, 2, 3) for what in SHOWN}
        assert answer.apcer_permille == -1
        answer = await asked.ask("fit")
        assert (answer.refusal, answer.calibration) == ("", "site")
        assert (answer.apcer_permille, answer.bpcer_permille) == (0, 0)
        assert answer.apcer_high_permille > 500
        assert isinstance(seen.judge, SiteJudge)
        watch.tell_status()
        await eventually(lambda: asked.of(Status)[-1].calibration == "site")
        answer = await asked.ask("forget")
        assert (answer.calibration, answer.observed, answer.apcer_permille) == ("none", {}, -1)
        assert isinstance(seen.judge, FirstConstants)
        assert not (tmp_path / "calibration.json").exists()

    tell(limits, tmp_path, story)


def test_two_people_are_too_few(limits, tmp_path):
    async def story(watch, asked, seen):
        await observe_all(asked, seen, people=2)
        answer = await asked.ask("fit")
        assert (answer.refusal, answer.calibration) == ("too_few", "none")
        assert len(answer.observed) == 8

    tell(limits, tmp_path, story)


def test_people_who_look_like_what_they_hold_up_are_not_separable(limits, tmp_path):
    async def story(watch, asked, seen):
        for person in (1, 2, 3):
            for what in SHOWN:
                seen.shown = "live"
                await asked.ask("observe", what, person)
        answer = await asked.ask("fit")
        assert (answer.refusal, answer.calibration) == ("not_separable", "none")
        assert answer.apcer_permille + answer.asked_permille + answer.bpcer_permille > 500
        assert isinstance(seen.judge, FirstConstants)

    tell(limits, tmp_path, story)


def test_where_nobody_stands_nothing_is_observed(limits, tmp_path):
    async def story(watch, asked, seen):
        seen.shown = ""
        answer = await asked.ask("observe", "live", 1)
        assert (answer.refusal, answer.observed) == ("nobody", {})

    tell(limits, tmp_path, story)


@pytest.mark.parametrize(("person", "observe_ms"), [(0, 60), (100, 60), (1, 0), (1, -1)])
def test_a_step_that_makes_no_sense_observes_nothing(limits, tmp_path, person, observe_ms):
    async def story(watch, asked, seen):
        answer = await asked.ask("observe", "live", person, observe_ms)
        assert (answer.refusal, answer.observed) == ("nobody", {})

    tell(limits, tmp_path, story)


def test_an_attempt_gets_its_readings_meanwhile(limits, tmp_path):
    async def story(watch, asked, seen):
        asked.begin("observe", "live", 1, observe_ms=400)
        watch.handle(ReadFace(5, "front", 60_000), asked.session)
        await eventually(lambda: sum(one.attempt == 5 for one in asked.of(FaceReading)) > 20)
        assert not asked.of(Commissioned)
        await eventually(lambda: asked.of(Commissioned))
        assert asked.of(Commissioned)[0].observed["1 live"] > 3

    tell(limits, tmp_path, story)


def test_it_looks_at_full_rate_while_it_observes(limits, tmp_path):
    async def story(watch, asked, seen):
        answer = await asked.ask("observe", "live", 1, observe_ms=600)
        assert answer.observed["1 live"] > 10  # at the idle rate it would be four

    tell(limits, tmp_path, story)


def test_steps_wait_for_each_other_and_a_flood_is_dropped(limits, tmp_path):
    async def story(watch, asked, seen):
        for person in range(1, 20):
            asked.begin("observe", "live", person, observe_ms=60)
        await eventually(lambda: len(asked.of(Commissioned)) == conversation.MOST_WAITING)
        await asyncio.sleep(0.2)
        assert len(asked.of(Commissioned)) == conversation.MOST_WAITING

    tell(limits, tmp_path, story)


def test_a_lost_link_ends_what_was_asked(limits, tmp_path):
    async def story(watch, asked, seen):
        asked.begin("observe", "live", 1, observe_ms=60_000)
        await asyncio.sleep(0.05)
        watch.changed(None)
        successor = Asked(watch)
        watch.changed(successor.session)
        answer = await successor.ask("report")
        assert (answer.refusal, answer.observed) == ("", {})
        assert not asked.of(Commissioned)
        successor.close()

    tell(limits, tmp_path, story)


def test_a_fault_of_the_calibration_costs_no_reading(limits, tmp_path):
    async def story(watch, asked, seen):
        seen.fault = True
        watch.handle(ReadFace(5, "front", 60_000), asked.session)
        await eventually(lambda: watch.failures > 3)
        await eventually(lambda: sum(one.attempt == 5 for one in asked.of(FaceReading)) > 20)

    tell(limits, tmp_path, story)


async def let_in(watch, asked, seen, times):
    for attempt in range(1, times + 1):
        watch.handle(ReadFace(attempt, "front", 60_000), asked.session)
        had = len(asked.of(FaceReading))
        await eventually(lambda had=had: len(asked.of(FaceReading)) > had + 1)
        watch.handle(Passed(7, 9_000), asked.session)
        await eventually(lambda a=attempt: not watch._commissioner._steps)


def test_who_was_let_in_counts_as_living(limits, tmp_path):
    async def story(watch, asked, seen):
        await let_in(watch, asked, seen, LEARN_EVERY)
        assert (await asked.ask("report")).live == LEARN_EVERY
        assert (tmp_path / "calibration.json").exists()

    tell(limits, tmp_path, story)


def test_who_was_never_seen_does_not(limits, tmp_path):
    async def story(watch, asked, seen):
        watch.handle(Passed(8, 9_000), asked.session)
        assert (await asked.ask("report")).live == 0

    tell(limits, tmp_path, story)
