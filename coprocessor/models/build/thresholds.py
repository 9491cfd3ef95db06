"""The numbers a bundle is decided by, each with the data it was set on."""

from typing import Final

from board.bundle import Thresholds

UNTRIED: Final = "a first guess, tried on a handful of pictures; not calibrated on this terminal"

THRESHOLDS: Final = Thresholds(
    match_e4=3600,
    identify_e4=4200,
    margin_e4=500,
    attack_accept_permille=350,
    attack_refuse_permille=700,
    attack_frames=5,
    attack_span_ms=700,
    eye_distance_px=24,
    yaw_deg=30,
    sharpness=30,
    exposure_low=40,
    exposure_high=220,
    basis={
        "match_e4": UNTRIED,
        "identify_e4": UNTRIED,
        "margin_e4": UNTRIED,
        "attack_accept_permille": UNTRIED,
        "attack_refuse_permille": UNTRIED,
        "attack_frames": UNTRIED,
        "attack_span_ms": UNTRIED,
        "eye_distance_px": UNTRIED,
        "yaw_deg": UNTRIED,
        "sharpness": UNTRIED,
        "exposure_low": UNTRIED,
        "exposure_high": UNTRIED,
    },
)
