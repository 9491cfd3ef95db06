"""The closed list of alerts: all that ever leaves the terminal, and its JSON Schema."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

SCHEMA: Final = 5
"""It only grows. 2: `psi_e3`. 3: `clock_fault`. 4: `tailgating`, `passback`, `lost_card`,
`lock_fault`, `input_fault`. 5: `storage_low`."""

PSI_MOST_E3: Final = 99_999

Severity = Literal["info", "warning", "critical"]
State = Literal["raised", "cleared", "momentary"]
Kind = Literal[
    "door_forced",
    "door_held",
    "door_held_warning",
    "tamper",
    "presentation_attack",
    "tailgating",
    "passback",
    "lost_card",
    "denied_burst",
    "duress",
    "lockdown",
    "fire_release",
    "lock_fault",
    "input_fault",
    "camera_lost",
    "link_lost",
    "accelerator_fallback",
    "slow_readings",
    "model_refused",
    "model_drift",
    "vault_fault",
    "storage_low",
    "clock_fault",
    "restarted",
]


class Meaning(msgspec.Struct, frozen=True):
    """What a kind says. `sentence` is for the person who gets it at 3 a.m.

    lasting: it is raised and later cleared; otherwise it is momentary.
    bacnet: the BACnetDoorAlarmState it stands for (ASHRAE 135), where one exists.
    """

    severity: Severity
    lasting: bool
    bacnet: str
    sentence: str


LIST: Final[dict[Kind, Meaning]] = {
    "door_forced": Meaning(
        "critical", True, "forced-open", "The door was opened and nothing had released it."
    ),
    "door_held": Meaning(
        "warning", True, "door-open-too-long", "The door has stood open too long."
    ),
    "door_held_warning": Meaning("info", False, "", "The door will soon have stood open too long."),
    "tamper": Meaning("critical", True, "tamper", "Somebody has opened or moved the terminal."),
    "presentation_attack": Meaning(
        "critical", False, "", "A print, a screen or a recording was shown instead of a face."
    ),
    "tailgating": Meaning(
        "warning", False, "", "Somebody else went in, or tried to, on another person's grant."
    ),
    "passback": Meaning(
        "warning",
        False,
        "",
        "A holder entered an area where they were already; let in all the same.",
    ),
    "lost_card": Meaning("warning", False, "", "A card that was reported lost was shown."),
    "denied_burst": Meaning(
        "warning", False, "", "Many attempts within a minute were refused at this door."
    ),
    "duress": Meaning(
        "critical", False, "", "A holder is forced to open and silently calls for help."
    ),
    "lockdown": Meaning(
        "warning", True, "lock-down", "The door is in lockdown: leaving works, entering does not."
    ),
    "fire_release": Meaning(
        "critical", True, "egress-open", "The fire input has released the door."
    ),
    "lock_fault": Meaning(
        "critical",
        True,
        "door-fault",
        "The door is shut and secured, and its lock does not hold it.",
    ),
    "input_fault": Meaning(
        "critical",
        True,
        "door-fault",
        "The line of an input is cut or shorted (reason says which); the door cannot be watched.",
    ),
    "camera_lost": Meaning(
        "warning", True, "", "The camera gives no pictures; face factors are not available."
    ),
    "link_lost": Meaning(
        "warning", True, "door-fault", "The co-processor is silent; face factors are not available."
    ),
    "accelerator_fallback": Meaning(
        "warning", True, "", "The accelerator is gone; the models run on the processor meanwhile."
    ),
    "slow_readings": Meaning(
        "warning", True, "", "Face readings take longer than they should; people wait."
    ),
    "model_refused": Meaning(
        "critical",
        True,
        "",
        "A model bundle was refused (reason says why); face factors are not available.",
    ),
    "model_drift": Meaning(
        "warning",
        True,
        "",
        "Faces or scores no longer look as on commissioning day; look at the camera, then refit.",
    ),
    "vault_fault": Meaning(
        "critical",
        False,
        "door-fault",
        "The vault failed for a while; nobody was let in meanwhile.",
    ),
    "storage_low": Meaning(
        "warning", True, "", "The terminal's storage is nearly full; once it is, nobody is let in."
    ),
    "clock_fault": Meaning(
        "warning",
        True,
        "",
        "The clock is not believed (reason says why); only who may always pass is let in.",
    ),
    "restarted": Meaning("info", False, "", "The terminal has started."),
}


class Alert(msgspec.Struct, frozen=True, omit_defaults=False):
    """One alert as published. There is no field for anything personal, and there will be none.

    sequence: strictly increasing per terminal; a gap is a lost alert, a repeat a repeated delivery.
    time: when it happened, RFC 3339 UTC. boot: random per start; whatever an older boot had raised
        is void, and what still holds is raised again.
    reason: a reason code of the decision or input, never free text. What is raised for a reason is
        cleared with the same: two reasons are two conditions.
    psi_e3: in a raised `model_drift` only: how far, as a population stability index in thousandths.
    """

    schema: int
    terminal: str
    portal: str
    sequence: int
    time: str
    boot: str
    kind: Kind
    severity: Severity
    state: State
    reason: str = ""
    psi_e3: Annotated[int, msgspec.Meta(ge=0, le=PSI_MOST_E3)] | UnsetType = UNSET


class Event(msgspec.Struct, frozen=True):
    """Something that deserves an alert, before it has a sequence number."""

    kind: Kind
    portal: str
    state: State
    reason: str = ""
    psi_e3: int | UnsetType = UNSET


def raised(kind: Kind, portal: str, reason: str = "") -> Event:
    """The alert that says `kind` has begun, or just happened when it does not last."""
    return Event(kind, portal, "raised" if LIST[kind].lasting else "momentary", reason)


def cleared(kind: Kind, portal: str, reason: str = "") -> Event:
    """The alert that says `kind` is over."""
    return Event(kind, portal, "cleared", reason)


def topic(terminal: str, portal: str) -> str:
    """Where a portal's alerts are published; one topic, so that a broker keeps their order."""
    return f"cardea/{terminal}/{portal}/alert"


def availability_topic(terminal: str) -> str:
    """Where `online`, `stopped` or `offline` is retained."""
    return f"cardea/{terminal}/availability"


def utc(at_ms: int) -> str:
    """Return milliseconds since 1970 as RFC 3339 in UTC, as in `Alert.time`."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{at_ms % 1000:03}Z"
    )


def encode(alert: Alert) -> bytes:
    """Return the published JSON."""
    return msgspec.json.encode(alert)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a published alert, closed against unknown fields."""
    schema = msgspec.json.schema(Alert)
    schema["$defs"]["Alert"]["additionalProperties"] = False
    return schema
