"""About which axis a leg turns in its owner's kicks. Standard library only.

Periodic movements are stereotyped: toe, ankle, knee and hip flex, each a hinge, so an ankle sensor
turns about much the same axis of its own in every kick, however the leg lies. Who pushes a leg
turns it about any axis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT_SHARE = 0.95
"""By how much less a kick counts with each one after it: the last 20 do, so that a strap that
slipped is followed."""
NEEDED = 6
"""Kicks after which a hinge is known."""


@dataclass(slots=True)
class Hinge:
    """The scatter of the axes of one leg's kicks."""

    scatter: list[float] = field(default_factory=lambda: [0.0] * 6)
    """Mean of the products of an axis with itself: xx, yy, zz, xy, xz, yz of unit vectors."""
    count: int = 0
    mass: float = 0.0
    """Weights of the kicks in it, the late ones' more."""

    def learn(self, turned: Sequence[float], weight: float = 1.0) -> None:
        """Remember a kick that turned the sensor by a vector of angles (any unit, not all 0).

        By its `weight`, which is more than 0.
        """
        x, y, z = _unit(turned)
        self.count += 1
        self.mass = KEPT_SHARE * self.mass + weight
        part = weight / self.mass
        products = (x * x, y * y, z * z, x * y, x * z, y * z)
        self.scatter = [s + part * (p - s) for s, p in zip(self.scatter, products, strict=True)]

    def agreement(self, turned: Sequence[float]) -> float | None:
        """Return how well a turn agrees with the leg's kicks, 0 to 1; None while unknown.

        With scatter M and axis a it is |M a|^2 / |M|^2: near 1 about their axis, near 0 across it,
        1/3 where kicks turn about any axis. The square keeps a few pushes that were taken for kicks
        from counting as much as the many kicks.
        """
        if self.count < NEEDED:
            return None
        x, y, z = _unit(turned)
        xx, yy, zz, xy, xz, yz = self.scatter
        along = (xx * x + xy * y + xz * z, xy * x + yy * y + yz * z, xz * x + yz * y + zz * z)
        return sum(v * v for v in along) / self._size2()

    def firmness(self) -> float:
        """Return how alike the axes of the kicks are: 1 for one axis, about 0 for any."""
        return 1.5 * self._size2() - 0.5 if self.count else 0.0

    def _size2(self) -> float:
        xx, yy, zz, xy, xz, yz = self.scatter
        return xx * xx + yy * yy + zz * zz + 2.0 * (xy * xy + xz * xz + yz * yz)


def _unit(vector: Sequence[float]) -> tuple[float, float, float]:
    x, y, z = vector
    size = max(sqrt(x * x + y * y + z * z), 1e-9)
    return x / size, y / size, z / size
