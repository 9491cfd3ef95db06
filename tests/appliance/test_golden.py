"""The golden set: the same answers pass, others take the face away, and silence is neither."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import bundles, golden
from appliance.golden import differences, notes
from appliance.vault import models
from appliance.vault.models import GoldenAnswer, GoldenLine, Maker
from board.bundle import Manifest
from board.link import admin, answers, stream
from board.link.messages import EnrolPicture, EnrolReading
from tests.appliance.bench import BUNDLE, MANIFEST, Coprocessor, Scene, Vault, manifest, running
from tests.coprocessor.waiting import eventually

NOW = Maker("b2", "n1", "s1", 4_000)
OTHER = Maker("b3", "n2", "s2", 4_000)
CONSENT = "Ada and Ben, paper 12"


def vector(seed: int, noise: float = 0.0) -> bytes:
    """A person's template; with noise, one of another picture of theirs."""
    person = np.random.default_rng(seed).normal(size=512)
    person += noise * np.random.default_rng(seed + 1_000).normal(size=512)
    person *= 508 / np.linalg.norm(person)
    return np.clip(np.rint(person), -127, 127).astype(np.int8).tobytes()


def seen(seed: int, noise: float = 0.0, odds_e2: int = 100) -> GoldenAnswer:
    return GoldenAnswer("", vector(seed, noise), odds_e2)


def lines(*answers: GoldenAnswer) -> list[GoldenLine]:
    maker = Maker("b1", "n1", "s1", 4_000)
    return [GoldenLine(number, maker, answer) for number, answer in enumerate(answers, start=1)]


def which(kept: list[GoldenLine], fresh: list[GoldenAnswer], now: Maker) -> list[str]:
    return [difference.pictures for difference in differences(kept, fresh, now)]


UNSEEN = GoldenAnswer("no_face", b"", 0)
ANSWERS = st.lists(st.one_of(st.just(UNSEEN), st.builds(seen, st.integers(0, 4))), max_size=5)


@given(ANSWERS, st.sampled_from([NOW, OTHER]))
def test_what_is_the_same_passes(answers: list[GoldenAnswer], now: Maker) -> None:
    assert which(lines(*answers), answers, now) == []


@pytest.mark.parametrize(
    ("fresh", "differs"),
    [
        (seen(1, noise=0.15), False),  # cosine 0.989
        (seen(1, noise=0.25), True),  # cosine 0.970
        (seen(2), True),
        (UNSEEN, True),
        (seen(1, odds_e2=200), False),
        (seen(1, odds_e2=201), True),
        (seen(1, odds_e2=-1), True),
    ],
)
def test_the_same_networks_must_say_the_same(fresh: GoldenAnswer, differs: bool) -> None:
    kept = lines(UNSEEN, seen(1), seen(3))
    assert which(kept, [UNSEEN, fresh, seen(3)], NOW) == (["2"] if differs else [])


def test_the_same_networks_must_refuse_for_the_same_reason() -> None:
    blurred = GoldenAnswer("blurred", b"", 0)
    assert which(lines(UNSEEN), [blurred], NOW) == ["1"]
    assert which(lines(UNSEEN), [blurred], OTHER) == []
    assert which(lines(UNSEEN), [seen(1)], OTHER) == ["1"]
    assert which(lines(seen(1)), [UNSEEN], OTHER) == ["1"]


def test_other_networks_must_know_the_same_people() -> None:
    kept = lines(seen(1), seen(1, 0.5), seen(2), UNSEEN)
    same = [seen(11), seen(11, 0.5), seen(12), UNSEEN]
    assert which(kept, same, OTHER) == []
    assert which(kept, [seen(11), seen(13), seen(12), UNSEEN], OTHER) == ["1+2"]
    assert which(kept, [seen(11), seen(11, 0.5), seen(11, 0.2), UNSEEN], OTHER) == ["1+3", "2+3"]


def test_another_spoof_net_may_say_otherwise() -> None:
    assert which(lines(seen(1)), [seen(1, odds_e2=-900)], OTHER) == []


def test_who_made_a_set_is_told_what_to_look_at() -> None:
    told = notes([seen(1), UNSEEN, seen(1, 0.5), seen(2)], 4_000)
    assert told[0].startswith("picture 2: no template (no_face)")
    assert told[1:] == ("pictures 1 and 3: one person",)


# In a running terminal

PICTURES = {b"ada": seen(1), b"ada again": seen(1, 0.5), b"hallway": UNSEEN}
BROKEN = PICTURES | {b"ada": seen(9)}
Story = Callable[[Scene], Awaitable[None]]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "PAUSE_S", 0.0)
    monkeypatch.setattr(bundles, "RETRY_S", 0.05)


async def answering(peer: Coprocessor, answers: dict[bytes, GoldenAnswer]) -> None:
    """Make of each picture what `answers` says, for ever; stay silent where it says nothing."""
    for done in itertools.count(1):
        while len(peer.of(EnrolPicture)) < done:
            await asyncio.sleep(0.01)
        asked = peer.of(EnrolPicture)[done - 1]
        if answer := answers.get(asked.picture):
            said = answer.refusal, answer.template, answer.live_log_odds_e2
            await peer.say(EnrolReading(asked.request, *said))  # type: ignore[arg-type]


def tell(
    vault: Vault,
    folder: Path,
    story: Story,
    answers: dict[bytes, GoldenAnswer],
    bundle: Manifest = MANIFEST,
) -> None:
    """A story at a terminal whose co-processor makes these answers."""

    async def told() -> None:
        async with running(vault, folder, bundle=bundle) as scene:
            peer = Coprocessor(await stream.connect(scene.run / "link.sock"))
            scene.peers.append(peer)
            task = asyncio.create_task(answering(peer, answers))
            await peer.hello(bundle.identity)
            link = scene.terminal._link
            await eventually(lambda: link.linked and link.status is not None)
            await story(scene)
            task.cancel()

    asyncio.run(told())


async def ask(scene: Scene, request: admin.Golden) -> answers.Answer:
    return await scene.terminal._admin._handlers[admin.Golden](request, 0)


async def make(scene: Scene) -> None:
    answer = await ask(scene, admin.Golden(tuple(PICTURES), CONSENT))
    assert isinstance(answer, answers.GoldenAnswer)
    assert (answer.pictures, answer.differs) == (3, ())
    assert answer.notes[1:] == ("pictures 1 and 2: one person",)


def made(vault: Vault, folder: Path) -> None:
    """A set made under the first bundle."""
    tell(vault, folder / "made", make, PICTURES)


def available(scene: Scene) -> bool:
    return scene.terminal._link.face_available


def next_version(networks: str = "0") -> Manifest:
    """The next bundle; of another seed, other networks."""
    return msgspec.structs.replace(manifest(networks), version=2)


def test_a_set_is_kept_and_passes_at_the_next_start(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)
    entry = next(entry for entry in vault.journal() if entry.kind == "golden_made")
    assert vault.body(entry) == {"count": 3, "bundle": BUNDLE, "uid": 0}
    assert b"Ada" not in entry.body

    async def story(scene: Scene) -> None:
        assert available(scene)  # a bundle that is known does not wait for its check
        assert (scene.terminal.status().model, scene.terminal.status().golden) == ("", 3)
        assert await ask(scene, admin.Golden()) == answers.GoldenAnswer(3, ())
        assert available(scene)

    tell(vault, tmp_path, story, PICTURES)
    assert "golden_failed" not in vault.kinds()
    assert ("model_refused", "raised") not in vault.alerts()


def test_what_fails_loses_the_face_until_it_passes(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)
    replies = dict(BROKEN)

    async def story(scene: Scene) -> None:
        entry = await scene.recorded("golden_failed")
        assert vault.body(entry) == {"bundle": BUNDLE, "count": 2, "pictures": ["1", "1+2"]}
        assert not available(scene)
        await eventually(lambda: scene.terminal.status().model == "golden")
        answer = await ask(scene, admin.Golden())
        assert isinstance(answer, answers.GoldenAnswer)
        assert answer.differs[0].startswith("picture 1: its template is alike by ")
        refused = await ask(scene, admin.Golden(tuple(PICTURES), CONSENT))
        assert isinstance(refused, answers.Refused)  # it would bless itself
        replies.update(PICTURES)
        assert await ask(scene, admin.Golden()) == answers.GoldenAnswer(3, ())
        assert available(scene)
        await scene.recorded("model_refused_over")

    tell(vault, tmp_path, story, replies)
    assert vault.kinds().count("golden_failed") == 1
    assert vault.alerts().count(("model_refused", "raised")) == 1
    assert vault.alerts().count(("model_refused", "cleared")) == 1


def test_what_has_failed_is_on_trial_at_the_next_start(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)

    async def fail(scene: Scene) -> None:
        await scene.recorded("golden_failed")

    async def silent(scene: Scene) -> None:
        assert scene.terminal.status().model == "trial"
        assert not available(scene)

    async def heal(scene: Scene) -> None:
        await eventually(lambda: available(scene))
        assert vault.do(models.taken)[0].trusted

    tell(vault, tmp_path / "fail", fail, BROKEN)
    assert not vault.do(models.taken)[0].trusted
    tell(vault, tmp_path / "silent", silent, {})
    tell(vault, tmp_path / "heal", heal, PICTURES)


def test_a_new_bundle_counts_only_when_it_has_passed(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)
    bundle = next_version()

    async def before(scene: Scene) -> None:
        await asyncio.sleep(0.3)  # silence is neither a pass nor a failure
        assert scene.terminal.status().model == "trial"
        assert not available(scene)
        refused = await ask(scene, admin.Golden(tuple(PICTURES), CONSENT))
        assert isinstance(refused, answers.Refused)  # it would pass by its own answers
        assert bundle.identity not in {one.identity for one in vault.do(models.taken)}

    async def after(scene: Scene) -> None:
        await eventually(lambda: available(scene))
        assert vault.do(models.taken)[-1].identity == bundle.identity
        assert {line.maker.bundle for line in vault.do(models.golden)} == {bundle.identity}

    tell(vault, tmp_path / "before", before, {}, bundle)
    tell(vault, tmp_path / "after", after, PICTURES, bundle)


def test_a_new_bundle_that_fails_is_not_taken_and_the_old_one_goes_on(
    vault: Vault, tmp_path: Path
) -> None:
    made(vault, tmp_path)
    bundle = next_version("other networks")
    one_face = dict.fromkeys(PICTURES, seen(1)) | {b"hallway": UNSEEN}

    async def fail(scene: Scene) -> None:
        await scene.recorded("golden_failed")
        assert not available(scene)

    async def old(scene: Scene) -> None:
        assert available(scene)

    tell(vault, tmp_path / "fail", fail, one_face | {b"ada again": seen(7)}, bundle)
    assert [one.identity for one in vault.do(models.taken)] == [BUNDLE]
    assert {line.maker.bundle for line in vault.do(models.golden)} == {BUNDLE}
    tell(vault, tmp_path / "old", old, PICTURES)


def test_other_networks_that_know_the_same_people_are_taken(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)
    fresh = {b"ada": seen(21), b"ada again": seen(21, 0.5), b"hallway": UNSEEN}

    async def story(scene: Scene) -> None:
        await eventually(lambda: available(scene))
        assert [line.answer for line in vault.do(models.golden)] == list(fresh.values())

    tell(vault, tmp_path, story, fresh, next_version("other networks"))


def test_a_failure_asks_the_person_at_the_door_for_something_else(
    vault: Vault, tmp_path: Path
) -> None:
    made(vault, tmp_path)
    vault.enrol(11)
    replies = dict(PICTURES)

    async def story(scene: Scene) -> None:
        await scene.card(11)
        await scene.shows("Look at the camera")
        replies.update(BROKEN)
        await ask(scene, admin.Golden())
        await scene.shows("Enter your PIN, then #")

    tell(vault, tmp_path, story, replies)


@pytest.mark.parametrize("consent", ["", "x" * 501, "two\nlines"])
def test_no_set_without_consent(consent: str, vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        with pytest.raises(models.VaultFault, match="consent: give"):
            await ask(scene, admin.Golden((b"ada",), consent))

    tell(vault, tmp_path, story, PICTURES)
    assert vault.do(models.golden) == ()


def test_too_many_pictures_are_not_even_asked_for(vault: Vault, tmp_path: Path) -> None:
    async def story(scene: Scene) -> None:
        with pytest.raises(models.VaultFault, match="pictures: 25; give 1 to 24"):
            await ask(scene, admin.Golden((b"ada",) * 25, CONSENT))
        assert scene.peers[0].of(EnrolPicture) == []

    tell(vault, tmp_path, story, PICTURES)


def test_consent_taken_back_leaves_nothing(vault: Vault, tmp_path: Path) -> None:
    made(vault, tmp_path)

    async def story(scene: Scene) -> None:
        assert await ask(scene, admin.Golden(forget=True)) == answers.GoldenAnswer(0, ())
        assert scene.terminal.status().golden == 0
        await scene.recorded("golden_forgotten")

    tell(vault, tmp_path, story, PICTURES)
    assert vault.do(models.golden) == ()


@pytest.mark.parametrize(
    "answer",
    [
        EnrolReading(0, "", b"\1" * 511),
        EnrolReading(0, "", b""),
        EnrolReading(0, "no_face", b"\1" * 512),
        EnrolReading(0, "", b"\1" * 512, 1 << 62),
    ],
)
def test_a_co_processor_that_raves_is_kept_as_an_answer(answer: EnrolReading, vault: Vault) -> None:
    async def raves(_picture: bytes) -> EnrolReading:
        return answer

    async def story() -> GoldenAnswer:
        kept = golden.GoldenSet(None, raves, MANIFEST)  # type: ignore[arg-type]
        return await kept._answer(b"ada")

    found = asyncio.run(story())
    assert len(found.template) == (512 if answer.live_log_odds_e2 else 0)
    assert found.live_log_odds_e2 < 1 << 32
