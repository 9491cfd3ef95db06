"""What the journal tells of one attempt: opaque ids, factors, and by how much a face passed."""

from typing import NamedTuple

from appliance import decision, stepup
from appliance.vault.journal import Value

UNLIKE = -10_000
"""Stands for a similarity where nothing was compared."""

STEP_UPS = {
    stepup.ASKED: "unanswered",
    stepup.PASSED: "passed",
    stepup.FAILED: "failed",
}
"""What the journal says of a head turn that was asked for."""


class Account(NamedTuple):
    """One attempt at its end.

    holders: whoever passes by it, who ended it last; empty for nobody known. face: the reading that
    was decided by, None without one; limits: what it had to reach. unusual: the hour was, for them.
    """

    number: int
    holders: tuple[str, ...]
    factors: str
    step_up: int = stepup.NONE
    face: decision.Face | None = None
    limits: decision.Limits | None = None
    unusual: bool = False

    @property
    def holder(self) -> str:
        """Who ended it; empty for nobody known."""
        return self.holders[-1] if self.holders else ""

    def body(self, bundle: str) -> dict[str, Value]:
        """The journal's words, for a decision under the thresholds of `bundle`."""
        body: dict[str, Value] = {"holder": self.holder, "factors": self.factors, "bundle": bundle}
        if len(self.holders) > 1:
            body["holders"] = list(self.holders)
        if self.step_up in STEP_UPS:
            body["step_up"] = STEP_UPS[self.step_up]
        if self.unusual:
            body["unusual"] = True
        return body | self._margins()

    def _margins(self) -> dict[str, Value]:
        """Numbers of a comparison, never what was compared. They stay in the terminal."""
        face, limits = self.face, self.limits
        if face is None or limits is None or face.similarity_e4 <= UNLIKE:
            return {}
        return {
            "similarity_e4": face.similarity_e4,
            "similarity_limit_e4": limits.similarity,
            "margin_e4": face.margin_e4,
            "margin_limit_e4": limits.margin,
            "attack_permille": face.attack_permille,
            "attack_limit_permille": limits.attack_accept,
            "attack_refuse_permille": limits.attack_refuse,
        }
