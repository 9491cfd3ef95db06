"""The numbers a bundle is decided by, each with the data it was set on."""

from typing import Final

from board.bundle import Thresholds

LFW: Final = (
    "LFW View 2 folds 1 and 2 (1,742 pictures, 866 people; int8 templates, one picture against one"
    " enrolled with its mirror image; 3,028,038 impostor and 4,784 genuine comparisons, each two"
    " pictures both ways; Wilson 95 %, comparisons taken for independent, which they are not)"
)
CAUTION: Final = "web photographs, not this terminal's camera; calibrate on site"
SCENES: Final = (
    "coarse choice on composed scenes of LFW pictures, which prove nothing about accuracy, and on"
    " four short videos, too few to claim any error rate; calibrate on site"
)

THRESHOLDS: Final = Thresholds(
    match_e4=4150,
    identify_e4=4800,
    margin_e4=500,
    attack_accept_permille=400,
    attack_refuse_permille=800,
    attack_frames=8,
    attack_span_ms=1500,
    eye_distance_px=28,
    yaw_deg=35,
    sharpness=20,
    exposure_low=40,
    exposure_high=220,
    basis={
        "match_e4": (
            f"FMR 0.93e-4 [0.83e-4, 1.04e-4] with FNMR 4.85 % [4.28, 5.50] on {LFW}; {CAUTION}"
        ),
        "identify_e4": (
            f"FMR 0.86e-5 [0.59e-5, 1.26e-5] with FNMR 9.39 % [8.59, 10.24] on {LFW}; with 344"
            f" enrolled FPIR 1 of 400, FNIR 9.0 %; FPIR grows with the number enrolled; {CAUTION}"
        ),
        "margin_e4": (
            "LFW, 344 enrolled: at identify_e4 the margin changed FPIR (1 of 400) not, and FNIR by"
            " one of 659; kept against look-alikes among those enrolled"
        ),
        "attack_accept_permille": f"odds of 3 to 2 for a live person, see attack.py; {SCENES}",
        "attack_refuse_permille": f"odds of 4 to 1 for an attack, between: look on; {SCENES}",
        "attack_frames": f"four with the spoof net, four with motion; {SCENES}",
        "attack_span_ms": f"a held sheet may rest for most of a second before it moves; {SCENES}",
        "eye_distance_px": "the smallest in those LFW pictures is 30; smaller faces are untried",
        "yaw_deg": "98.6 % of those LFW pictures are turned and tilted less; more is untried",
        "sharpness": "the least sharp of 391 LFW and tablet pictures of live people has 31",
        "exposure_low": "the darkest of 391 LFW and tablet pictures of live people has 61",
        "exposure_high": "the brightest of 391 LFW and tablet pictures of live people has 190",
    },
)
