"""Which model bundle may be used, by its signature and by what was in use before."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from appliance.vault.models import TakenBundle
from board.bundle import BundleError, Manifest, Thresholds, read_manifest

INVALID, ROLLBACK, REUSED, GOLDEN = "invalid", "rollback", "reused", "golden"
TRIAL: Final = "trial"
SENTENCES: Final = {
    INVALID: "the model bundle is not whole or not signed by the site's key; install it anew",
    ROLLBACK: "the model bundle is older than one that was in use; install the newest, or sign"
    " this one anew: `cardea models build`",
    REUSED: "another bundle was in use under this version number; sign this one anew:"
    " `cardea models build`",
    GOLDEN: "the model bundle fails the golden set: `cardea golden check` says where",
    TRIAL: "the model bundle is new and has not passed the golden set yet; wait, or see that the"
    " co-processor runs",
}
"""Reason code of the alert `model_refused`, or that it is on trial: what an installer reads."""

NUMBERS: Final = {
    "match_e4": 10_000,
    "identify_e4": 10_000,
    "margin_e4": 10_000,
    "attack_accept_permille": 0,
    "attack_refuse_permille": 1,
    "attack_frames": 1_000,
    "attack_span_ms": 60_000,
    "eye_distance_px": 1 << 31,
    "yaw_deg": 0,
    "sharpness": 1 << 31,
    "exposure_low": 255,
    "exposure_high": 0,
}

log = logging.getLogger(__name__)


class Nothing(Manifest, frozen=True):
    """Stands where a manifest that was not believed would stand: nobody's face can match."""

    @property
    def template_identity(self) -> str:
        return "none"

    @property
    def identity(self) -> str:
        return "none"


NOTHING: Final = Nothing(
    schema=2,
    version=1,
    inputs="0" * 64,
    models=(),
    calibration="none",
    toolchain={},
    thresholds=Thresholds(**NUMBERS, basis=dict.fromkeys(NUMBERS, "nothing is believed")),
)


def believed(directory: Path, public_key_hex: str) -> Manifest:
    """The bundle's manifest, or NOTHING with a line in the log: cards and the way out go on."""
    try:
        return read_manifest(directory, public_key_hex)
    except BundleError as fault:
        log.error("bundle: %s; until then no face is asked for", fault)
        return NOTHING


def judge(manifest: Manifest, taken: Sequence[TakenBundle]) -> str:
    """Why this bundle must not be used, by what was taken before it; "" where it may."""
    if isinstance(manifest, Nothing):
        return INVALID
    others = [one.version for one in taken if one.identity != manifest.identity]
    highest = max(others, default=0)
    if manifest.version < highest:
        return ROLLBACK
    return REUSED if manifest.version == highest else ""
