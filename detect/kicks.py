"""What tonight's kicks of one leg were like: what moved with them, when, and about which axis.

Everything is kept with its spread, so that what varies much from kick to kick says little: the
other leg lies on the kicking one in one posture and apart from it in the next, a strip hears the
hip better than the heel. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detect.hinge import Hinge
from detect.odds import mg_db, ratio_db

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detect.bouts import LegBout

KEPT = 41
"""Kicks remembered: some tens of minutes of a restless night."""
NEEDED = 3
"""Kicks after which it is known what moves with them."""
NORMAL = 1.4826
"""Standard deviation over the median distance from the median, of a normal distribution."""
SILENT = 1.17
"""An ankle that is not moved shows up to so many of its noise floors."""


@dataclass(frozen=True, slots=True)
class Usual:
    """A middle value and how far values lie from it (as a standard deviation)."""

    middle: float
    spread: float


@dataclass(slots=True)
class KicksOfOneLeg:
    """Clear kicks of one leg while the other lay still, the latest last."""

    strip_db: list[float] = field(default_factory=list)
    """Ankle over what the strip felt early [dB of mg/mV]."""
    lag_ticks: list[int] = field(default_factory=list)
    """Strip onset minus ankle onset."""
    ankle_db: list[float] = field(default_factory=list)
    """Acceleration of the ankle [dB of mg]."""
    other_db: list[float] = field(default_factory=list)
    """Early vibration of the other ankle [dB of mg] ..."""
    silent_db: list[float] = field(default_factory=list)
    """... and what it shows where nothing moves it [dB of mg]."""
    hinge: Hinge = field(default_factory=Hinge)

    @classmethod
    def load(cls, memory: Mapping[str, Any]) -> KicksOfOneLeg:
        """Return them out of a snapshot."""
        return cls(**{**memory, "hinge": Hinge(**memory["hinge"])})

    @property
    def known(self) -> bool:
        """Whether there were enough."""
        return len(self.strip_db) >= NEEDED

    def learn(self, kick: LegBout, axis_weight: float = 1.0) -> None:
        """Remember one more, its axis by a weight: how sure it is that nobody pushed the leg."""
        self.hinge.learn(kick.turned_deg, axis_weight)
        kept: tuple[tuple[list[Any], float], ...] = (
            (self.strip_db, round(ratio_db(kick.accel_mg, kick.strip_early_mv), 2)),
            (self.lag_ticks, kick.strip_first - kick.onset),
            (self.ankle_db, round(mg_db(kick.accel_mg), 2)),
            (self.other_db, round(mg_db(kick.other_early_mg), 2)),
            (self.silent_db, round(mg_db(SILENT * kick.other_floor_mg), 2)),
        )
        for values, value in kept:
            values.append(value)
            del values[:-KEPT]

    def strip(self) -> Usual:
        """Return the usual ratio of ankle to early strip [dB of mg/mV]."""
        return _usual(self.strip_db)

    def lag(self) -> Usual:
        """Return how long after the ankle the strip moves [ticks]."""
        return _usual(self.lag_ticks)

    def ankle(self) -> Usual:
        """Return how strong its kicks are [dB of mg]."""
        return _usual(self.ankle_db)

    def other_excess(self, kick: LegBout) -> tuple[float, float]:
        """Return what the other ankle felt beyond a usual kick of this strength, and its spread.

        Both in dB. A kick passes a share of its acceleration on; below its own noise an ankle shows
        none. The share is taken from the stronger half of the kicks, where it shows best.
        """
        by_strength = sorted(range(len(self.ankle_db)), key=lambda i: -self.ankle_db[i])
        strong = by_strength[: max(2, len(by_strength) // 2)]
        share_db = _middle([self.other_db[i] - self.ankle_db[i] for i in strong])
        beyond = [
            other - max(silent, ankle + share_db)
            for other, ankle, silent in zip(
                self.other_db, self.ankle_db, self.silent_db, strict=True
            )
        ]
        usual = _usual(beyond)
        silent_db = mg_db(SILENT * kick.other_floor_mg)
        expected_db = max(silent_db, mg_db(kick.accel_mg) + share_db)
        felt_db = mg_db(kick.other_early_mg)
        return felt_db - expected_db - usual.middle, usual.spread


def _middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _usual(values: Sequence[float]) -> Usual:
    middle = _middle(values)
    return Usual(middle, NORMAL * _middle([abs(v - middle) for v in values]))
