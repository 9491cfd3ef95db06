"""The numbers a bundle is decided by, each with the data it was set on."""

from typing import Final

from board.bundle import Thresholds

LFW: Final = (
    "LFW View 2 folds 1 and 2 (1,742 pictures, 866 people; int8 templates, one picture against one"
    " enrolled with its mirror image; 3.0 million impostor and 4,784 genuine comparisons)"
)
CAUTION: Final = "web photographs, not this terminal's camera; calibrate on site"
VIDEOS: Final = (
    "four short videos (two live, two replayed on a phone), too few to claim any error rate"
)

THRESHOLDS: Final = Thresholds(
    match_e4=4100,
    identify_e4=4800,
    margin_e4=500,
    attack_accept_permille=350,
    attack_refuse_permille=800,
    attack_frames=8,
    attack_span_ms=1200,
    eye_distance_px=28,
    yaw_deg=30,
    sharpness=20,
    exposure_low=40,
    exposure_high=220,
    basis={
        "match_e4": f"FMR 1.0e-4 with FNMR 5.7 % on {LFW}; {CAUTION}",
        "identify_e4": f"FMR 0.9e-5 with FNMR 11.6 % on {LFW}; {CAUTION}",
        "margin_e4": (
            "LFW, 344 enrolled: at identify_e4 the margin changed neither FPIR (0 of 400) nor FNIR;"
            " kept against look-alikes among those enrolled"
        ),
        "attack_accept_permille": f"{VIDEOS}: live ones fell below 10 within 0.7 s",
        "attack_refuse_permille": f"{VIDEOS}: replays rose above 990 within 1.1 s",
        "attack_frames": "at 8 frames a second over attack_span_ms, rounded down",
        "attack_span_ms": f"{VIDEOS}: one replay passed for live until 0.55 s; doubled",
        "eye_distance_px": "the smallest in those LFW pictures is 30; smaller faces are untried",
        "yaw_deg": "97 % of those LFW pictures are turned less; beyond it matching is untried",
        "sharpness": "the least sharp of 391 LFW and tablet pictures of live people has 31",
        "exposure_low": "the darkest of 391 LFW and tablet pictures of live people has 61",
        "exposure_high": "the brightest of 391 LFW and tablet pictures of live people has 190",
    },
)
