"""What each protocol draws: plot by name, as `OUT.<name>.png` beside the JSON."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np

from board.bundle import Thresholds
from coprocessor.evaluation.attacks import Answers
from coprocessor.evaluation.plots import save_courses, save_det, save_scores
from coprocessor.evaluation.presentation import LIVE
from coprocessor.evaluation.videos import Course
from coprocessor.metrics import Scores

Plot = Callable[[Path], bool]
"""Writes the PNG; False when there is nothing to draw."""

BONA_FIDE: Final = "bona fide"


def of_recognition(
    genuine: Scores, impostor: Scores, limits: Thresholds, title: str
) -> Mapping[str, Plot]:
    """Similarities of one person and of two; the shipped thresholds are lines."""
    groups = {"same person": genuine, "two people": impostor}
    lines = {"match_e4": limits.match_e4, "identify_e4": limits.identify_e4}
    return {
        "det": lambda path: save_det(path, {title: (genuine, impostor)}, ("FMR", "FNMR"), title),
        "scores": lambda path: save_scores(
            path, groups, lines, "similarity (cosine / 1e-4)", title
        ),
    }


def of_attacks(answers: Answers) -> Mapping[str, Plot]:
    """The spoof net's log-odds, live to the right, by instrument."""
    title = "Single pictures: the spoof net alone"
    bona_fide = -answers.bona_fide
    groups = {name: -scores for name, scores in answers.species.items()}
    curves = {name: (bona_fide, scores) for name, scores in groups.items()}
    every = {BONA_FIDE: bona_fide} | groups
    return {
        "det": lambda path: save_det(path, curves, ("APCER", "BPCER"), title),
        "scores": lambda path: save_scores(path, every, {}, "log-odds (live is right)", title),
    }


def of_videos(courses: list[Course], limits: Thresholds) -> Mapping[str, Plot]:
    """The attack score over time; and its lowest by video, which is what an attacker waits for."""
    title = "Videos: lowest attack score, where it rests on enough"
    lines = {
        "accept": limits.attack_accept_permille,
        "refuse": limits.attack_refuse_permille,
    }
    lowest = {label: _lowest(courses, label) for label in sorted({one.label for one in courses})}
    live = -lowest.get(LIVE, np.empty(0))
    curves = {label: (live, -found) for label, found in lowest.items() if label != LIVE}
    by_video = {f"{one.file} ({one.label})": one.points for one in courses}
    return {
        "det": lambda path: save_det(path, curves, ("APCER", "BPCER"), title),
        "scores": lambda path: save_scores(path, lowest, lines, "attack score (permille)", title),
        "courses": lambda path: save_courses(path, by_video, lines),
    }


def _lowest(courses: list[Course], label: str) -> Scores:
    found = [min(p for _, p in one.points) for one in courses if one.label == label and one.points]
    return np.array(found, np.float64)
