"""Several pictures become one template only if all are good and of one person."""

import asyncio
from collections.abc import Sequence
from typing import get_args

import pytest

from appliance.matcher import blended
from appliance.pictures import LARGEST_BYTES, MOST, REASONS, NoTemplate, template_of
from board.link.messages import EnrolReading, Refusal
from tests.appliance.test_golden import vector

MATCH_E4 = 4_000
ADA = {b"one": vector(1), b"two": vector(1, 0.6), b"three": vector(1, 0.8)}


def made(pictures: Sequence[bytes], answers: dict[bytes, EnrolReading | None]) -> bytes:
    async def ask(picture: bytes) -> EnrolReading | None:
        return answers[picture]

    return asyncio.run(template_of(pictures, ask, MATCH_E4))


def answered(**refusals: str) -> dict[bytes, EnrolReading | None]:
    """Ada's three pictures, those named refused."""
    found: dict[bytes, EnrolReading | None] = {}
    for picture, template in ADA.items():
        refusal = refusals.get(picture.decode(), "")
        found[picture] = EnrolReading(0, refusal, b"" if refusal else template)  # type: ignore[arg-type]
    return found


def refused(pictures: Sequence[bytes], answers: dict[bytes, EnrolReading | None]) -> NoTemplate:
    with pytest.raises(NoTemplate) as caught:
        made(pictures, answers)
    return caught.value


def test_one_picture_is_its_own_template() -> None:
    assert made([b"one"], answered()) == ADA[b"one"]


def test_several_become_their_blend() -> None:
    assert made(list(ADA), answered()) == blended(list(ADA.values()))


@pytest.mark.parametrize("reason", [r for r in (*get_args(Refusal), "not_a_picture") if r])
def test_each_refusal_names_the_picture_and_the_remedy(reason: str) -> None:
    told = refused(list(ADA), answered(two=reason))
    assert (told.reason, str(told)) == (reason, f"photo 2: {REASONS[reason]}")
    told = refused([b"two"], answered(two=reason))
    assert str(told) == f"photo: {REASONS[reason]}"


def test_two_people_are_named_by_their_pictures() -> None:
    ben = answered() | {b"ben": EnrolReading(0, "", vector(2))}
    told = refused([b"one", b"two", b"ben"], ben)
    assert told.reason == "not_one_person"
    assert str(told) == "photos 1 and 3 do not look like one person; leave one out"


def test_too_many_are_not_even_asked_for() -> None:
    told = refused([b"x"] * (MOST + 1), {})
    assert (told.reason, str(told)) == ("too_many", "photo: 6 pictures; send at most 5")
    assert made([b"one"] * MOST, answered())


def test_one_that_would_break_the_link_is_not_sent() -> None:
    told = refused([b"one", b"\xff" * (LARGEST_BYTES + 1)], answered())
    assert told.reason == "too_large"
    assert str(told) == "photo 2: more than 7 MiB; save it smaller"


@pytest.mark.parametrize("template", [b"", b"\1" * 511, b"\1" * 513, bytes(512)])
def test_what_is_no_template_is_not_blended(template: bytes) -> None:
    told = refused([b"one"], {b"one": EnrolReading(0, "", template)})
    assert told.reason == "malformed"


def test_silence_is_told() -> None:
    told = refused([b"one"], {b"one": None})
    assert told.reason == "no_answer"
    assert "start it, or enrol without a photo" in str(told)


def test_who_falls_just_short_of_the_door_is_still_one_person() -> None:
    """The operator sees who is there; at three quarters of the threshold it is somebody else."""
    short, other = vector(1, 2.2), vector(1, 3)
    answers = answered() | {
        b"short": EnrolReading(0, "", short),
        b"other": EnrolReading(0, "", other),
    }
    assert made([b"one", b"short"], answers) == blended([ADA[b"one"], short])
    assert refused([b"one", b"other"], answers).reason == "not_one_person"
