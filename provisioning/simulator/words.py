"""A journal entry as a sentence for people, and how loud it is."""

from typing import Any, Final, Literal

from board.link.alerts import LIST, Kind
from board.link.answers import Entry

Tone = Literal["good", "refused", "alarm", "plain"]

REFUSALS: Final = {
    "unknown_credential": "this card is not known here",
    "lost": "the card was reported lost",
    "suspended": "the card or its holder is suspended",
    "outside_validity": "the card is not valid at this date",
    "lockdown": "the door is in lockdown",
    "no_right": "this holder has no right at this door",
    "outside_schedule": "this holder may not pass at this hour",
    "anti_passback": "this holder is inside already",
    "area_full": "as many are inside as may be",
    "interlock": "another door of the lock is open",
    "no_pin": "no PIN was entered in time",
    "locked_out": "too many wrong PINs were entered before; no PIN counts for a while",
    "wrong_pin": "the PIN was wrong",
    "second_factor": "a face alone is not enough here, and nothing else was shown",
    "no_face_reading": "no face was seen in time",
    "attack_suspected": "a picture was shown instead of a face",
    "step_up_failed": "the head was not turned as the display asked",
    "quality_too_low": "the face was never clear enough",
    "no_match": "the face is not that of the card's holder",
    "ambiguous_match": "the face fits two holders too well",
    "two_person": "this door wants two holders, and no second one came",
    "escort": "this holder needs an escort, and none came",
    "fault": "the terminal had a fault; when in doubt the door stays shut",
}
"""Every reason a decision may have; tests hold this list against the appliance's."""

LINES: Final = {
    "contact": "the door contact",
    "rex": "the request to exit",
    "bond": "the magnet's sensor",
    "tamper": "the tamper contact",
    "fire": "the fire panel",
}
DAMAGE: Final = {"cut": "cut", "short": "shorted"}
"""What an input is called, and what may be wrong with its line."""

ATTACKS: Final = ("attack_suspected", "step_up_failed")
SWAPPED: Final = "somebody else stood in the holder's place"
WALKED_AWAY: Final = "the holder walked away"

SENTENCES: Final[dict[str, tuple[Tone, str]]] = {
    "exit": ("good", "Somebody inside asked to leave: the strike was released"),
    "secured": ("plain", "The strike is secured again"),
    "opened": ("plain", "The door was opened"),
    "closed": ("plain", "The door was shut"),
    "tailgating": ("alarm", "Somebody else went in on another person's grant"),
    "amnesty": ("plain", "Who is in the area was forgotten, as each day at this time"),
    "rattled": ("plain", "The shut door moved in its frame"),
    "door_forced": ("alarm", "The door was forced open: nothing had released it"),
    "door_forced_over": ("plain", "The forced door is shut again"),
    "door_held_warning": ("alarm", "The door has stood open for long; the alarm is near"),
    "door_held": ("alarm", "The door has stood open too long"),
    "door_held_over": ("plain", "The held door is shut again"),
    "fire": ("alarm", "The fire panel calls: the strike is released"),
    "fire_over": ("plain", "The fire panel no longer calls"),
    "tamper": ("alarm", "Somebody opened or moved the terminal"),
    "tamper_over": ("plain", "The terminal's housing is shut again"),
    "input_fault": ("alarm", "The line of an input is cut or shorted"),
    "input_fault_over": ("plain", "The line of an input is whole again"),
    "lock_fault": ("alarm", "The door is shut and secured, and its magnet does not hold"),
    "lock_fault_over": ("plain", "The magnet holds the door again"),
    "mode_normal": ("plain", "The door is back to normal"),
    "mode_free": ("plain", "The door was set free for everybody"),
    "mode_lockdown": ("alarm", "The door was locked down"),
    "free_hours": ("plain", "The door is free by its schedule"),
    "free_hours_over": ("plain", "The free hours of the door are over"),
    "denied_burst": ("alarm", "Many attempts in a row were refused"),
    "locked_out": ("alarm", "Too many wrong tries; for a while none counts"),
    "turned_away": ("plain", "Cards were not read while the reader was shut"),
    "duress": ("alarm", "Somebody who was refused called for help silently"),
    "attack_seen": ("alarm", "A picture was held before the camera"),
    "company_wanted": ("plain", "A holder waits for a second one, or for their escort"),
    "superseded": ("plain", "Another card came first; that attempt was dropped"),
    "lost_card": ("alarm", "A card that was reported lost was shown"),
    "enrolled": ("plain", "A holder was enrolled"),
    "reenrolled": ("plain", "A holder has a new face"),
    "bundle_taken": ("plain", "The terminal took the model bundle"),
    "golden_made": ("plain", "A golden set is kept"),
    "golden_forgotten": ("plain", "The golden set was erased"),
    "golden_failed": ("alarm", "The models no longer answer the golden set as they did"),
    "link_lost": ("alarm", "The co-processor fell silent; no face can be asked for"),
    "link_lost_over": ("plain", "The co-processor is back"),
    "camera_lost": ("alarm", "The camera gives no pictures"),
    "camera_lost_over": ("plain", "The camera gives pictures again"),
    "accelerator_fallback": ("alarm", "The accelerator is gone; the models run on the processor"),
    "accelerator_fallback_over": ("plain", "The models run on the accelerator again"),
    "storage_low": ("alarm", "The storage is nearly full: make room before nobody is let in"),
    "storage_low_over": ("plain", "There is room again"),
    "slow_readings": ("alarm", "Face readings take longer than they should"),
    "slow_readings_over": ("plain", "Face readings are fast again"),
    "model_refused": ("alarm", "The models were refused; no face can be asked for"),
    "model_refused_over": ("plain", "The models are taken"),
    "model_drift": ("alarm", "Faces or scores are no longer those of the first weeks"),
    "model_drift_over": ("plain", "Faces and scores are those of the first weeks again"),
    "vault_counted": ("plain", "The TPM counts the vault's changes from now on"),
    "older_vault_accepted": ("alarm", "An older copy of the vault was put back, and accepted"),
    "restored": ("alarm", "A backup was put in place of the vault"),
    "vault_fault": ("alarm", "The vault cannot be read or written"),
    "restarted": ("plain", "The terminal started"),
    "started": ("plain", "The terminal started"),
    "stopped": ("plain", "The terminal was stopped"),
}


def words(entry: Entry, names: dict[str, str]) -> str:
    """What happened, in one plain sentence without a full stop."""
    who = _who(entry, names)
    if entry.kind == "granted":
        return f"Let in{_after(', ', who)}: the strike was released"
    if entry.kind == "denied":
        reason = str(entry.body.get("reason", ""))
        said = REFUSALS.get(reason, reason.replace("_", " "))
        return f"Refused{_after(', card of ', who)}: {said}"
    if entry.kind == "grant_ended":
        swapped = entry.body.get("cause") == "swapped"
        return f"The grant was ended: {SWAPPED if swapped else WALKED_AWAY}"
    if entry.kind == "passed":
        where = str(entry.body.get("area", "")) or "outside"
        again = ", where they were already" if entry.body.get("reason") else ""
        return f"{who or 'Somebody'} went {'to ' * (where != 'outside')}{where}{again}"
    if entry.kind == "enrolled" and who:
        return f"{who} was enrolled"
    if entry.kind == "command":
        return f"An operator ordered: {entry.body.get('mode') or entry.body.get('action')}"
    name, _, damage = str(entry.body.get("reason", "")).rpartition("_")
    if entry.kind.startswith("input_fault") and name in LINES:
        over = entry.kind.endswith("_over")
        return f"The line of {LINES[name]} is {'whole again' if over else DAMAGE[damage]}"
    known = SENTENCES.get(entry.kind)
    if known and entry.body.get("reason") == "infrared":
        return known[1].replace("camera", "infrared camera")
    return known[1] if known else entry.kind.replace("_", " ").capitalize()


def tone(entry: Entry) -> Tone:
    """How loud the sentence is."""
    if entry.kind == "granted":
        return "good"
    if entry.kind == "grant_ended":
        return "alarm" if entry.body.get("cause") == "swapped" else "plain"
    if entry.kind == "denied":
        return "alarm" if entry.body.get("reason") in ATTACKS else "refused"
    return SENTENCES.get(entry.kind, ("plain", ""))[0]


def alert_words(payload: Any) -> str:
    """What an alert means to whoever gets it; empty for a message that is no alert."""
    kind: Kind | None = payload.get("kind") if isinstance(payload, dict) else None
    if kind not in LIST:
        return ""
    over = "Over: " if payload.get("state") == "cleared" else ""
    return over + LIST[kind].sentence


def _who(entry: Entry, names: dict[str, str]) -> str:
    """The names of whom it is about; empty where none is known."""
    several = entry.body.get("holders")
    holders = several if isinstance(several, list) else [str(entry.body.get("holder", ""))]
    return " and ".join(names[holder] for holder in holders if holder in names)


def _after(lead: str, name: str) -> str:
    return lead + name if name else ""
