"""Picture files to references and probes, as enrolment and the door would make them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from board.link.messages import TEMPLATE_LENGTH
from coprocessor.evaluation.progress import progress
from coprocessor.evaluation.still import NotAcquiredError, Stills
from coprocessor.metrics import NEVER, Rate, Scores, rate
from coprocessor.models.model import Bundle
from coprocessor.template import Embedder

NOTE: Final = (
    "One comparison is a reference (as enrolled, with its mirror image) and a probe (one frame)."
    " FTA is a picture that does not open or in which no face is found; the quality gate is"
    " counted apart and refuses nothing here, but for the figures named gated."
    " Bounds are Wilson's at 95 %, for independent trials; comparisons share people, so the true"
    " ones are wider. eer is one point of the curve, without bounds: no door works there."
)


@dataclass(frozen=True)
class Acquired:
    """What one picture gives.

    reference, probe: TEMPLATE_LENGTH int8 values, or empty when not acquired. word: the failure
    and what is wrong, or the gate's refusal, or "".
    """

    word: str
    reference: bytes = b""
    probe: bytes = b""

    @property
    def passes_gate(self) -> bool:
        """Would the terminal have used this picture?"""
        return not self.word


@dataclass(frozen=True)
class Acquisition:
    """How many pictures gave a face; gate: how many faces the terminal would have refused, why."""

    fta: Rate
    not_acquired: dict[str, str]
    gate_refused: Rate
    gate: dict[str, int]


def acquire(pictures: list[Path], models: Bundle) -> dict[Path, Acquired]:
    """Each different picture once. Raises BundleError, ModelError."""
    stills, embedder = Stills(models), Embedder(models)
    different = list(dict.fromkeys(pictures))
    return {path: _one(path, stills, embedder) for path in progress(different, "picture")}


def _one(path: Path, stills: Stills, embedder: Embedder) -> Acquired:
    try:
        still = stills.still(path)
    except NotAcquiredError as error:
        return Acquired(error.told)
    reference = embedder.template(still.crop, mirrored=True)
    return Acquired(still.refusal, reference, embedder.template(still.crop))


def summary(acquired: Mapping[Path, Acquired], directory: Path) -> Acquisition:
    """Failures by picture (relative to `directory`), refusals by word."""
    root = directory.resolve()
    failed = {
        path.relative_to(root).as_posix(): one.word
        for path, one in acquired.items()
        if not one.probe
    }
    refused = Counter(one.word for one in acquired.values() if one.probe and one.word)
    found = len(acquired) - len(failed)
    return Acquisition(
        fta=rate(len(failed), len(acquired)),
        not_acquired=failed,
        gate_refused=rate(sum(refused.values()), found),
        gate=dict(sorted(refused.items())),
    )


def similarities_e4(references: list[bytes], probes: list[bytes]) -> Scores:
    """References x probes cosines in 1/10000; NEVER where either is empty.

    Products of int8 vectors of 512 stay below 2**24: float32 holds them exactly.
    """
    rows, columns = _matrix(references), _matrix(probes)
    lengths = np.sqrt(np.outer((rows**2).sum(1, np.float64), (columns**2).sum(1, np.float64)))
    inner = (rows @ columns.T).astype(np.float64)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.rint(10_000 * inner / lengths), nan=NEVER)


def _matrix(templates: list[bytes]) -> NDArray[np.float32]:
    joined = b"".join(one or bytes(TEMPLATE_LENGTH) for one in templates)
    return np.frombuffer(joined, np.int8).reshape(-1, TEMPLATE_LENGTH).astype(np.float32)
