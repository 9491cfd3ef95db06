"""What the display says: one short line for each prompt, each hint and each refusal."""

from typing import Final

from appliance import attempt, decision, factor_sets, stepup
from board.link.messages import Refusal

IDLE: Final = "Show your card"
IDLE_FACE: Final = "Look at the camera"
IDLE_EITHER: Final = "Show your card, or look at the camera"
WELCOME: Final = "Please come in"


def idle(factors: str) -> str:
    """What is shown while nobody is there, where this factor set is wanted."""
    if factors == factor_sets.ANY_TWO:
        return IDLE_EITHER
    return IDLE_FACE if factor_sets.begins_by_face(factors) else IDLE


PROMPTS: Final = {
    attempt.PIN: "Enter your PIN, then #",
    attempt.FACE: "Look at the camera",
    attempt.CARD: "Show your card",
    attempt.CARD_OR_PIN: "Show your card, or enter your PIN, then #",
    attempt.FACE_OR_PIN: "Look at the camera, or enter your PIN, then #",
}

COMPANY: Final = {
    decision.SECOND_WANTED: "A second person, please",
    decision.ESCORT_WANTED: "Your escort, please",
}

ASKS: Final = {
    stepup.CLOSER: "Come closer",
    stepup.FACING: "Face the camera",
    stepup.LEFT: "Turn your head to your left",
    stepup.RIGHT: "Turn your head to your right",
}

HINTS: Final[dict[Refusal, str]] = {
    "no_face": "Look at the camera",
    "several_faces": "One person at a time",
    "too_small": "Come closer",
    "turned_away": "Face the camera",
    "blurred": "Hold still",
    "too_dark": "More light, please",
    "too_bright": "Too bright: step aside a little",
    "occluded": "Uncover your face",
}

REFUSALS: Final = {
    decision.UNKNOWN_CREDENTIAL: "Card not known",
    decision.LOST: "Card was reported lost",
    decision.SUSPENDED: "Card is suspended",
    decision.OUTSIDE_VALIDITY: "Card is not valid today",
    decision.LOCKDOWN: "Door is in lockdown",
    decision.NO_RIGHT: "No right at this door",
    decision.OUTSIDE_SCHEDULE: "Not at this time",
    decision.ANTI_PASSBACK: "Already inside: leave first",
    decision.AREA_FULL: "Full: wait until somebody leaves",
    decision.INTERLOCK: "Wait until the other door is shut",
    decision.NO_PIN: "No PIN was entered",
    decision.LOCKED_OUT: "Too many wrong tries: wait, or ask for help",
    decision.WRONG_PIN: "Wrong PIN",
    decision.SECOND_FACTOR: "One more factor is needed: ask for help",
    decision.NO_FACE_READING: "No face was seen",
    decision.ATTACK_SUSPECTED: "Show your own face, not a picture",
    decision.STEP_UP_FAILED: "Head not turned as asked: try again",
    decision.QUALITY_TOO_LOW: "Face not clear enough",
    decision.NO_MATCH: "Face does not match the card",
    decision.AMBIGUOUS_MATCH: "Face not clear enough: use your card",
    decision.TWO_PERSON: "A second person is needed",
    decision.ESCORT: "Your escort must show who they are, too",
    decision.FAULT: "Out of order: call for help",
}
