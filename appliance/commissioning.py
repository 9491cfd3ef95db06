"""Steps of fitting the attack score to this site: asked of the co-processor, and journalled."""

from collections.abc import Mapping
from typing import Final

from appliance.clerk import Clerk
from appliance.link import Link
from appliance.sections import TERMINAL
from board.link import admin, answers
from board.link.messages import Calibration, Commissioned

MOST_PEOPLE: Final = 99
LEAST_PEOPLE: Final = 3
LONGEST_MS: Final = 60_000
INSTRUMENTS: Final = ("live", "print", "phone", "tablet")
KEYS: Final = tuple(
    f"{person} {what}" for person in range(1, MOST_PEOPLE + 1) for what in INSTRUMENTS
)
"""Of Commissioned.observed; a co-processor that says others is not repeated."""
SILENT: Final = "the co-processor does not answer; start it, and see that its camera works"
NOBODY: Final = (
    "no clear face came before the camera; show one from an arm's length away, large, in even"
    " light, and for at least 4 seconds"
)
STORAGE: Final = (
    "the co-processor could not keep it; see its log: its state directory must have room and be"
    " writable, or there is too much already: `cardea commission forget`"
)


class Commissioning:
    """Carries out admin.Commission. The door goes on working meanwhile."""

    def __init__(self, clerk: Clerk, link: Link) -> None:
        self._clerk = clerk
        self._link = link
        self._calibration: Calibration = "none"

    async def commission(self, request: admin.Commission, uid: int) -> answers.Answer:
        """The step's outcome, or a refusal with its remedy. Raises VaultFault: nothing was done."""
        wrong = _wrong(request)
        if wrong:
            return answers.Refused("request", wrong)
        step: dict[str, str | int] = {"action": f"commission_{request.action}", "uid": uid}
        if request.action == "observe":
            step |= {"instrument": request.instrument, "person": request.person}
        if request.action != "report":
            await self._clerk.record("command", TERMINAL, step)
        told = await self._link.commission(request)
        if told is None:
            return answers.Refused("no_answer", SILENT)
        if request.action != "report":
            outcome = {"state": told.calibration, "reason": told.refusal}
            self._clerk.note("commissioned", TERMINAL, {**step, **outcome})
        return refused(told) if told.refusal else answer(told)

    def status(self, calibration: Calibration) -> None:
        """One report of the co-processor: the journal tells when a camera was moved, or fitted."""
        if calibration != self._calibration:
            self._calibration = calibration
            self._clerk.note("calibration", TERMINAL, {"state": calibration})


def answer(told: Commissioned) -> answers.CommissionAnswer:
    """The same in the words of the admin socket."""
    return answers.CommissionAnswer(
        calibration=told.calibration,
        observed={key: told.observed[key] for key in KEYS if key in told.observed},
        apcer_permille=told.apcer_permille,
        bpcer_permille=told.bpcer_permille,
        live=told.live,
        worst=told.worst,
        apcer_high_permille=told.apcer_high_permille,
        bpcer_high_permille=told.bpcer_high_permille,
        asked_permille=told.asked_permille,
    )


def refused(told: Commissioned) -> answers.Refused:
    """Why, and what to do about it."""
    sentences = {
        "nobody": NOBODY,
        "storage": STORAGE,
        "too_few": f"{lacking(told.observed)}; observe that, then fit again",
        "not_separable": (
            "judged by the others' fit, people and what they hold up are not told apart well"
            f" enough: of {told.worst}s {told.apcer_permille / 10:.0f} % would pass,"
            f" {told.bpcer_permille / 10:.0f} % of living people be refused and"
            f" {told.asked_permille / 10:.0f} % be asked to turn their heads; see to even light"
            " and larger faces, forget, and begin anew; the first constants stay in force"
        ),
    }
    return answers.Refused(told.refusal, sentences[told.refusal])


def lacking(observed: Mapping[str, int]) -> str:
    """What is not there yet, for three people."""
    people = [
        one for one in range(1, MOST_PEOPLE + 1) if one <= LEAST_PEOPLE or _any(observed, one)
    ]
    gaps = {
        one: [what for what in INSTRUMENTS if not observed.get(f"{one} {what}")] for one in people
    }
    told = [f"person {person} lacks {', '.join(what)}" for person, what in gaps.items() if what]
    return "; ".join(told)


def _any(observed: Mapping[str, int], person: int) -> bool:
    return any(observed.get(f"{person} {what}") for what in INSTRUMENTS)


def _wrong(request: admin.Commission) -> str:
    if request.action != "observe":
        return ""
    if not 1 <= request.person <= MOST_PEOPLE:
        return f"person: {request.person}; number them 1 to {MOST_PEOPLE}"
    if not 1 <= request.observe_ms <= LONGEST_MS:
        return f"observe_ms: {request.observe_ms}; observe for at most {LONGEST_MS // 1_000} s"
    return ""
