"""`cardea golden` at a running terminal: made, checked, failed, forgotten."""

import asyncio
from pathlib import Path

import pytest

from appliance import golden
from appliance.vault import models
from provisioning.__main__ import main
from tests.appliance.bench import PIN, PINS, Scene, Vault, running
from tests.appliance.test_golden import BROKEN, PICTURES, answering


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(golden, "PAUSE_S", 0.0)


def test_the_life_of_a_golden_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))
    answers = dict(PICTURES)
    files = []
    for number, picture in enumerate(PICTURES):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(picture)
        files.append(str(path))

    async def cardea(*words: str) -> int:
        return await asyncio.to_thread(main, ["golden", *words, "--state", str(tmp_path)])

    async def story(scene: Scene) -> None:
        task = asyncio.create_task(answering(await scene.coprocessor(), answers))
        assert await cardea("check") == 0
        assert "there is no golden set" in capsys.readouterr().out
        assert await cardea("make", *files, "--consent", "Ada, paper 12") == 0
        told = capsys.readouterr().out
        assert told.startswith("3 pictures are kept")
        assert "picture 3: no template (no_face)" in told
        assert "pictures 1 and 2: one person" in told
        assert await cardea("check") == 0
        assert capsys.readouterr().out == "all 3 answers are as they were\n"
        answers.update(BROKEN)
        assert await cardea("check") == 1
        assert capsys.readouterr().out.startswith("picture 1: its template is alike by ")
        assert await cardea("make", *files, "--consent", "Ada") == 1
        assert "fails the golden set" in capsys.readouterr().err
        assert await cardea("check", "--json") == 1
        assert '"differs": [' in capsys.readouterr().out
        assert await cardea("forget") == 0
        assert "is erased" in capsys.readouterr().out
        assert vault.do(models.golden) == ()
        task.cancel()

    async def told() -> None:
        async with running(vault, tmp_path) as scene:
            await story(scene)

    asyncio.run(told())


def test_without_a_co_processor_the_remedy_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = Vault(tmp_path / "vault.db", PINS.hashes(PIN))
    (tmp_path / "a.jpg").write_bytes(b"ada")

    async def told() -> None:
        async with running(vault, tmp_path):
            words = ["golden", "make", str(tmp_path / "a.jpg"), "--consent", "Ada"]
            assert await asyncio.to_thread(main, [*words, "--state", str(tmp_path)]) == 1

    asyncio.run(told())
    assert "the co-processor does not answer; start it" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["keep"], ["make"], ["make", "a.jpg"]])
def test_half_a_command_explains_itself(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["golden", *words])
    assert capsys.readouterr().err.startswith("usage: cardea golden")


def test_a_picture_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["golden", "make", "none.jpg", "--consent", "Ada", "--state", str(tmp_path)]
    assert main(words) == 2
    assert "none.jpg" in capsys.readouterr().err
