"""The numbers a bundle is decided by, each with the data it was set on."""

from typing import Final

from board.bundle import Thresholds

LFW: Final = (
    "LFW dev folds 1-2 (1,742 pictures, 866 people, all against all) through the int8 pipeline, "
    "2026-11-23, mirrored template against plain probe: "
)
SCENES: Final = (
    "coarse choice on composed scenes of LFW pictures and four recorded videos, 2026-11-23; "
    "not calibrated on any site: "
)

THRESHOLDS: Final = Thresholds(
    match_e4=4100,
    identify_e4=4400,
    margin_e4=500,
    attack_accept_permille=400,
    attack_refuse_permille=800,
    attack_frames=8,
    attack_span_ms=1500,
    eye_distance_px=30,
    yaw_deg=40,
    sharpness=15,
    exposure_low=40,
    exposure_high=225,
    basis={
        "match_e4": LFW + "0.410 is FMR 1e-4 of 2,500,360 comparisons (FNMR 6.2 %)",
        "identify_e4": LFW + "344 enrolled: FPIR 0.5 % of 400 strangers, FNIR 6.7 % of 659",
        "margin_e4": LFW + "halves wrong names at the same FNIR; both are few (2 of 659 to 1)",
        "attack_accept_permille": SCENES
        + "odds of 3 to 2 for a live person, by coprocessor/attack",
        "attack_refuse_permille": SCENES + "odds of 4 to 1 for an attack; between, look on",
        "attack_frames": SCENES + "four of them with the spoof net, four with motion",
        "attack_span_ms": SCENES + "a held sheet may rest for most of a second before it moves",
        "eye_distance_px": "the embedder's crop has 35 between the eyes; 0.1 % of LFW lies below",
        "yaw_deg": "0.3 % of LFW lies beyond; either axis, pitch counted from a level gaze",
        "sharpness": "a soft live webcam video measures 26 to 38, LFW 28 and more (0.1 %)",
        "exposure_low": "LFW's darkest 0.1 % measures 61; matching was not tried below",
        "exposure_high": "LFW's brightest 0.1 % measures 193, a live video 211",
    },
)
