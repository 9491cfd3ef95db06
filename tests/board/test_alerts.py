"""What leaves the terminal is closed: known kinds, known fields, and none for a person."""

from typing import Any, get_args

import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from board.link import alerts
from board.link.alerts import LIST, Alert, Kind

ALERT = Alert(
    1, "demo-1", "front", 7, "2026-11-23T10:00:00.000Z", "b0", "tamper", "critical", "raised"
)


def validate(document: Any) -> None:
    jsonschema.Draft202012Validator(alerts.json_schema()).validate(document)


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_a_meaning_and_validates(kind: Kind) -> None:
    meaning = LIST[kind]
    assert meaning.sentence.endswith(".")
    for event in (alerts.raised(kind, "front"), alerts.cleared(kind, "front", "a_reason")):
        alert = msgspec.structs.replace(
            ALERT, kind=kind, severity=meaning.severity, state=event.state, reason=event.reason
        )
        validate(msgspec.json.decode(alerts.encode(alert)))
    assert alerts.raised(kind, "front").state == ("raised" if meaning.lasting else "momentary")


def test_the_list_is_closed() -> None:
    assert set(LIST) == set(get_args(Kind))


@pytest.mark.parametrize("field", ["holder", "name", "card", "score", "picture", "x"])
def test_a_further_field_does_not_validate(field: str) -> None:
    document = msgspec.json.decode(alerts.encode(ALERT))
    with pytest.raises(jsonschema.ValidationError, match="Additional properties"):
        validate(document | {field: "anything"})


@pytest.mark.parametrize(
    ("field", "value"),
    [("kind", "door_opened"), ("severity", "fatal"), ("state", "maybe"), ("sequence", "1")],
)
def test_another_word_does_not_validate(field: str, value: str) -> None:
    document = msgspec.json.decode(alerts.encode(ALERT))
    with pytest.raises(jsonschema.ValidationError):
        validate(document | {field: value})


@pytest.mark.parametrize("field", ["schema", "terminal", "sequence", "time", "boot", "kind"])
def test_a_missing_field_does_not_validate(field: str) -> None:
    document = msgspec.json.decode(alerts.encode(ALERT))
    del document[field]
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


def test_there_is_no_field_for_anything_personal() -> None:
    """A new field is a decision to be taken here, not in passing."""
    assert Alert.__struct_fields__ == (
        "schema",
        "terminal",
        "portal",
        "sequence",
        "time",
        "boot",
        "kind",
        "severity",
        "state",
        "reason",
        "psi_e3",  # of some hundred people's scores together: docs/decisions/0015
    )


def test_only_a_drift_carries_a_figure() -> None:
    assert b"psi_e3" not in alerts.encode(ALERT)
    drift = msgspec.structs.replace(ALERT, kind="model_drift", psi_e3=310)
    document = msgspec.json.decode(alerts.encode(drift))
    assert document["psi_e3"] == 310
    validate(document)
    for figure in (-1, alerts.PSI_MOST_E3 + 1, "0.31", None):
        with pytest.raises(jsonschema.ValidationError):
            validate(document | {"psi_e3": figure})


def test_all_alerts_of_a_portal_share_one_topic() -> None:
    assert alerts.topic("demo-1", "front") == "cardea/demo-1/front/alert"
    assert alerts.availability_topic("demo-1") == "cardea/demo-1/availability"


@given(st.integers(0, 4_102_444_800_000))
def test_times_are_utc_to_the_millisecond_and_sort_as_text(at_ms: int) -> None:
    text = alerts.utc(at_ms)
    assert len(text) == len("2026-11-23T10:00:00.000Z")
    assert int(text[20:23]) == at_ms % 1000
    assert text < alerts.utc(at_ms + 1)
