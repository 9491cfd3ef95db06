"""An attack seen is remembered beyond the track that showed it, until there is reason to forget."""

from dataclasses import replace
from typing import Final

from coprocessor.attack import Scores
from coprocessor.template import similarity_e4

SAME_PERSON_E4: Final = 4_000
"""Two frames of one track agree better than this, or the person was swapped. Among strangers one
pair in thousands agrees that well, and a false alarm only starts the count again."""

SEEN_PERMILLE: Final = 800
RIPE_MS: Final = 1_200
"""What is remembered must rest on this much, or a first bad frame would shut out a person."""
EMPTY_MS: Final = 2_000
"""Nobody for longer: whoever comes then is judged anew. Shorter gaps are a hand that lowers the
sheet, or a face in a recording that was lost for a moment."""
OTHER_MS: Final = 1_000
"""Another face for as long is another person, who owes nothing to the one before; less than that
may be one blurred template. Nobody is let in sooner than this anyhow."""
CLEAR_PERMILLE: Final = 200
CLEAR_MS: Final = 3_000
"""The same face is forgiven only after being clearly alive for this long: who was suspected
wrongly, or whose picture somebody held up just now, had better step back for EMPTY_MS."""


class Suspicion:
    """What the place before the camera still owes to the last attack seen there.

    A track ends with every jump of a hand-held display; this does not.
    """

    def __init__(self) -> None:
        self._permille = 0
        self._probe = b""
        self._present_ms = 0
        self._other_ms: int | None = None
        self._clear_ms: int | None = None

    def present(self, at_ms: int) -> None:
        """Somebody is there at this moment."""
        if at_ms - self._present_ms > EMPTY_MS:
            self._forget()
        self._present_ms = at_ms

    def recognise(self, probe: bytes) -> None:
        """It is this face: the suspect's, or another's for long enough to forget the suspect."""
        if not self._permille:
            return
        self._probe = self._probe or probe
        if similarity_e4(self._probe, probe) >= SAME_PERSON_E4:
            self._other_ms = None
            return
        self._other_ms = self._present_ms if self._other_ms is None else self._other_ms
        if self._present_ms - self._other_ms >= OTHER_MS:
            self._forget()

    def weigh(self, scores: Scores, span_ms: int, probe: bytes, *, alive: bool) -> Scores:
        """The scores of this moment, or with the worst one still owed.

        span_ms: how much they rest on; probe: the latest of that face, or b""; alive: the spoof net
        itself is sure of a living person.
        """
        permille = scores.attack_permille
        if span_ms >= RIPE_MS and permille >= max(SEEN_PERMILLE, self._permille):
            self._permille, self._probe = permille, probe or self._probe
        if not alive or permille > CLEAR_PERMILLE:
            self._clear_ms = None
        elif self._clear_ms is None:
            self._clear_ms = self._present_ms
        elif self._present_ms - self._clear_ms >= CLEAR_MS:
            self._forget()
        if permille >= self._permille:
            return scores
        return replace(scores, other_permille=self._permille, sign="remembered")

    def _forget(self) -> None:
        self._permille, self._probe = 0, b""
        self._other_ms = self._clear_ms = None
