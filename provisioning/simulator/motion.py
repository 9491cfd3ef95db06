"""How a person, or a hand, never quite stands still."""

from typing import Final

import numpy as np

from provisioning.simulator.hallway import Points

WAVES: Final = (
    # hertz, share: a slow sway, posture, and the tremor that nobody is without
    (0.23, 1.0),
    (0.61, 0.55),
    (1.37, 0.25),
    (2.9, 0.08),
)


class Sway:
    """Smooth motion that does not repeat within a scene: a few slow waves per axis, about +-1."""

    def __init__(self, rng: np.random.Generator, axes: int) -> None:
        shape = (axes, len(WAVES))
        self._phase = rng.uniform(0, 2 * np.pi, shape)
        self._hertz = np.array([hertz for hertz, _ in WAVES]) * rng.uniform(0.8, 1.25, shape)
        self._share = np.array([share for _, share in WAVES])

    def at(self, seconds: float) -> Points:
        """One value per axis at this time."""
        waves = np.sin(2 * np.pi * self._hertz * seconds + self._phase)
        return np.asarray(waves @ self._share, np.float64)
