"""What the compiled loop reports, as plain records in people's units. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from detect.movement import Leg

RETURNED, POSTURE, CUT = 0, 1, 2
"""How a leg's movement ended: back where it began, in a new posture, at a gap's edge."""

DEG = 57.29577951308232


def chord_deg(chord: float) -> float:
    """Return the angle [deg] between two directions that lie `chord` apart on the unit sphere."""
    return round(2.0 * DEG * asin(min(1.0, chord / 2.0)), 2)


@dataclass(frozen=True, slots=True)
class LegBout:
    """One leg moved: flexion, hold and return, or a change of posture, or part of a walk."""

    side: Leg
    onset: int
    end: int
    decided: int
    outcome: int
    walk: int
    """Ticks of it spent walking."""
    edge: bool
    """It began at the edge of a gap: where the leg was before is not known."""
    strip_ok: bool
    other_ok: bool
    """The other ankle was measured: it showed its noise at least."""
    strip_first: int
    """First tick at which the strip moved, from 0.3 s before the onset on; -1: it did not."""
    strip_last: int
    strip_count: int
    rate_dps: float
    """Largest rate of turn."""
    turn_deg: float
    """Largest angle turned, by the gyroscope ..."""
    turned_deg: tuple[float, float, float]
    """... about each axis of the sensor, there or back."""
    path_deg: float
    """All turning, to and fro, added up."""
    tilt_deg: float
    """Largest change against gravity."""
    rest_deg: float
    """Change against gravity that remained."""
    accel_mg: float
    strip_mv: float
    strip_early_mv: float
    """The strip's level before 0.3 s after the onset."""
    strip_floor: float
    strip_threshold: float
    own_vib_mg: float
    own_floor_mg: float
    other_vib_mg: float
    other_early_mg: float
    """The other ankle's vibration before 0.3 s after the onset."""
    other_floor_mg: float
    other_rate_dps: float
    common: float
    """Shared part of both ankles' vibration, 0 to 1; -1: not measured."""
    alike: float
    """Likeness in time of both ankles' vibration, whatever their sizes: 1 for one shock in both."""
    lively: float
    """Share of ticks with a fresh sample."""
    core: int
    """Ticks from the onset to where the rate was last above a quarter of its peak."""
    out: bool
    """The sleeper is out of bed."""
    late: float
    """Share of vibration energy later than 0.5 s after the onset."""
    own_onset: int
    own_end: int
    """From where to where it turned by itself: not to and fro, as what shakes a leg does."""
    slow_deg: float
    """Largest angle turned within 0.25 s."""
    head_common: float
    tail_common: float
    """Shared part of both ankles' vibration before and after that; -1: there was none."""
    tail_mg: float
    """Mean vibration of the stronger ankle after it, above its noise floor."""


@dataclass(frozen=True, slots=True)
class BedBout:
    """Strip or both ankles shook while no leg moved by itself."""

    onset: int
    end: int
    decided: int
    strip_ok: bool
    ankles_ok: bool
    """Both ankles were measured: they showed their noise at least."""
    count: int
    """Ticks above threshold."""
    strip_mv: float
    strip_floor: float
    strip_threshold: float
    vib_mg: float
    """The stronger ankle's vibration."""
    vib_floor_mg: float
    rate_dps: float
    common: float


@dataclass(frozen=True, slots=True)
class RawEpoch:
    """30 s as counted by the loop, before anybody's movements are put in."""

    start: int
    usable: tuple[int, int, int]
    activity_mg_s: float
    known: int
    """Ticks in which it was known whether the sleeper is in bed."""


def load_leg(memory: Mapping[str, Any]) -> LegBout:
    """Return a leg's movement out of a snapshot."""
    return LegBout(**{**memory, "turned_deg": tuple(memory["turned_deg"])})


def leg_bout(e: Mapping[str, Any]) -> LegBout:
    """Read a LegBout out of a kernel event."""
    return LegBout(
        side="left" if e["device"] == 0 else "right",
        onset=e["onset"],
        end=e["end"],
        decided=e["decided"],
        outcome=e["outcome"],
        walk=e["walk"],
        edge=bool(e["edge"]),
        strip_ok=bool(e["strip_ok"]),
        other_ok=bool(e["other_ok"]) and e["other_vib_g"] > 0.0,
        strip_first=e["strip_first"],
        strip_last=e["strip_last"],
        strip_count=e["strip_count"],
        rate_dps=e["rate_dps"],
        turn_deg=e["turn_deg"],
        turned_deg=tuple(e["turned_deg"]),
        path_deg=e["path_deg"],
        tilt_deg=chord_deg(e["tilt_chord"]),
        rest_deg=chord_deg(e["rest_chord"]),
        accel_mg=1e3 * e["accel_g"],
        strip_mv=e["strip_mv"],
        strip_early_mv=e["strip_early"],
        strip_floor=e["strip_floor"],
        strip_threshold=e["strip_threshold"],
        own_vib_mg=1e3 * e["own_vib_g"],
        own_floor_mg=1e3 * e["own_floor_g"],
        other_vib_mg=1e3 * e["other_vib_g"],
        other_early_mg=1e3 * e["other_early_g"],
        other_floor_mg=1e3 * e["other_floor_g"],
        other_rate_dps=e["other_rate_dps"],
        common=e["common"],
        alike=e["alike"],
        lively=e["lively"],
        core=e["core"],
        out=bool(e["out"]),
        late=e["late"],
        own_onset=e["own_onset"],
        own_end=e["own_end"],
        slow_deg=e["slow_deg"],
        head_common=e["head_common"],
        tail_common=e["tail_common"],
        tail_mg=1e3 * e["tail_g"],
    )


def bed_bout(e: Mapping[str, Any]) -> BedBout:
    """Read a BedBout out of a kernel event."""
    return BedBout(
        onset=e["onset"],
        end=e["end"],
        decided=e["decided"],
        strip_ok=bool(e["strip_ok"]),
        ankles_ok=bool(e["other_ok"]) and min(e["own_vib_g"], e["other_vib_g"]) > 0.0,
        count=e["strip_count"],
        strip_mv=e["strip_mv"],
        strip_floor=e["strip_floor"],
        strip_threshold=e["strip_threshold"],
        vib_mg=1e3 * max(e["own_vib_g"], e["other_vib_g"]),
        vib_floor_mg=1e3 * max(e["own_floor_g"], e["other_floor_g"]),
        rate_dps=e["rate_dps"],
        common=e["common"],
    )


def raw_epoch(e: Mapping[str, Any]) -> RawEpoch:
    """Read a RawEpoch out of a kernel event."""
    left, right, strip = (int(v) for v in e["usable"])
    return RawEpoch(
        start=e["onset"],
        usable=(left, right, strip),
        activity_mg_s=round(e["activity"], 2),
        known=e["known"],
    )
