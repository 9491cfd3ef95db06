"""Scores to PNG files: detection error trade-offs, histograms, courses over time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import NormalDist
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from coprocessor.metrics import Scores, det

TICKS: Final = (1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8)
NORMAL: Final = NormalDist()
MOST_POINTS: Final = 2_000
BINS: Final = (12, 80)
"""Fewest and most; between, twice the root of the smallest group."""
MOST_NAMES: Final = 12


def save_det(
    path: Path, curves: Mapping[str, tuple[Scores, Scores]], errors: tuple[str, str], title: str
) -> bool:
    """One curve for each (genuine, impostor), in normal-deviate axes; False if there is none.

    errors: what those of the impostors (across) and of the genuine ones (up) are called.
    """
    drawn = {name: both for name, both in curves.items() if both[0].size and both[1].size}
    if not drawn:
        return False
    figure, axes = _figure(title)
    for name, (genuine, impostor) in drawn.items():
        x, y = _corners(genuine, impostor)
        axes.plot(x, y, label=name, linewidth=1.4)
    _share_axis(axes.xaxis, max(impostor.size for _, impostor in drawn.values()))
    _share_axis(axes.yaxis, max(genuine.size for genuine, _ in drawn.values()))
    axes.set_xlim(left=axes.get_xticks()[0], right=axes.get_xticks()[-1])
    axes.set_ylim(bottom=axes.get_yticks()[0], top=axes.get_yticks()[-1])
    axes.set_xlabel(errors[0])
    axes.set_ylabel(errors[1])
    _save(figure, axes, path)
    return True


def _share_axis(axis: Axis, trials: int) -> None:
    """Normal deviates told as percentages, down to what so many trials can show."""
    ticks = [tick for tick in TICKS if tick >= 0.5 / trials]
    axis.set_ticks([deviate(tick) for tick in ticks], labels=[f"{100 * t:g} %" for t in ticks])


def deviate(share: float) -> float:
    """The standard normal's quantile, nought and one kept finite and off the plot."""
    return NORMAL.inv_cdf(min(max(share, 1e-9), 1 - 1e-9))


def _corners(genuine: Scores, impostor: Scores) -> tuple[list[float], list[float]]:
    """The curve's places, thinned: millions of comparisons draw no finer line."""
    curve = det(genuine, impostor)
    kept = _spread(np.stack([curve.false_match, curve.false_non_match], 1))
    x = [deviate(float(share)) for share in curve.false_match[kept]]
    return x, [deviate(float(share)) for share in curve.false_non_match[kept]]


def _spread(places: NDArray[np.float64]) -> NDArray[np.int64]:
    steps = np.any(np.diff(places, axis=0, prepend=-1) != 0, axis=1)
    changed = np.flatnonzero(steps)
    # Most corners lie where impostors are many; few of them are anywhere near the plot's ends.
    rare = changed[(places[changed, 0] < 0.01) | (places[changed, 1] < 0.01)]
    every = changed[:: max(1, len(changed) // MOST_POINTS)]
    return np.union1d(every, rare[:: max(1, len(rare) // MOST_POINTS)])


def save_scores(
    path: Path,
    groups: Mapping[str, Scores],
    thresholds: Mapping[str, float],
    along: str,
    title: str,
) -> bool:
    """One histogram for each group, each of area one; False when there is nothing to show."""
    drawn = {name: found[np.isfinite(found)] for name, found in groups.items()}
    drawn = {name: found for name, found in drawn.items() if found.size}
    if not drawn:
        return False
    figure, axes = _figure(title)
    low = min(float(found.min()) for found in drawn.values())
    high = max(float(found.max()) for found in drawn.values())
    fitting = 2 * round(min(found.size for found in drawn.values()) ** 0.5)
    bins = min(max(fitting, BINS[0]), BINS[1])
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    for name, found in drawn.items():
        label = f"{name} ({found.size})"
        axes.hist(found, edges.tolist(), density=True, histtype="step", linewidth=1.4, label=label)
    for index, (name, threshold) in enumerate(thresholds.items()):
        axes.axvline(threshold, color="black", linestyle=(":", "--")[index % 2], label=name)
    axes.set_xlabel(along)
    axes.set_ylabel("density")
    _save(figure, axes, path)
    return True


def save_courses(
    path: Path, courses: Mapping[str, Sequence[tuple[int, int]]], thresholds: Mapping[str, float]
) -> bool:
    """The attack score of each video over time; False when no video has any."""
    if not any(courses.values()):
        return False
    figure, axes = _figure("Attack score over the video, where it rests on enough")
    for name, points in courses.items():
        label = name if len(courses) <= MOST_NAMES else None
        axes.plot([at / 1000 for at, _ in points], [p for _, p in points], label=label)
    for index, (name, threshold) in enumerate(thresholds.items()):
        axes.axhline(threshold, color="black", linestyle=(":", "--")[index % 2], label=name)
    axes.set_ylim(-20, 1_020)
    axes.set_xlabel("seconds")
    axes.set_ylabel("attack score (permille)")
    _save(figure, axes, path)
    return True


def _figure(title: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6.4, 5.2), dpi=100, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set_title(title, fontsize=10)
    axes.grid(visible=True, linewidth=0.3)
    return figure, axes


def _save(figure: Figure, axes: Axes, path: Path) -> None:
    axes.legend(fontsize=8)
    # Without the writer's name the same figures give the same bytes.
    figure.savefig(path, metadata={"Software": None})
