"""What an entry of one or both legs was: kick, jerk, turn or stride. Standard library only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detect.bouts import POSTURE
from detect.movement import Movement, Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bouts import LegBout
    from detect.movement import Kind, Side
    from detect.ownership import Verdict
    from detect.parameters import Parameters


def side_of(parts: Sequence[LegBout]) -> Side:
    """Return which legs moved."""
    sides = {b.side for b in parts}
    return "both" if len(sides) == 2 else next(iter(sides))


def is_follower(part: LegBout, main: LegBout, p: Parameters) -> bool:
    """Whether a leg was only shaken along by the other one."""
    if part.side == main.side or part.outcome == POSTURE:
        return False
    soft = part.rate_dps <= p.follower_dps
    slow = part.rate_dps < p.follower_rate_share * main.rate_dps
    little = part.turn_deg < p.follower_turn_share * main.turn_deg
    if slow and little and (soft or part.turn_deg < p.follower_far_deg):
        return True
    least = min(p.follower_deg, p.follower_least_share * main.turn_deg)
    return soft and part.turn_deg < least


def is_fault(part: LegBout, p: Parameters) -> bool:
    """Whether only the gyroscope moved: a jump of its bias, not a leg."""
    return (
        part.own_vib_mg < p.fault_ratio * part.own_floor_mg
        and part.tilt_deg < p.fault_deg
        and part.own_floor_mg > 0.0
    )


def is_stride(chain: Sequence[LegBout], p: Parameters) -> bool:
    """Whether a leg entry could be the first stride of a walk."""
    legs = {b.side for b in chain if b.rate_dps > p.stride_dps and b.turn_deg > p.stride_deg}
    return len(legs) == 2 or (len(legs) == 1 and not any(b.other_ok for b in chain))


def is_gross(parts: Sequence[LegBout], p: Parameters) -> bool:
    """Whether a leg entry is a turn or gross movement."""
    turned = sorted((min(b.turn_deg, b.tilt_deg) for b in parts), reverse=True)
    stayed = [b for b in parts if b.outcome == POSTURE]
    return (
        any(b.rest_deg >= p.body_tilt_deg for b in stayed)
        or len({b.side for b in stayed}) == 2
        or (len(turned) > 1 and turned[1] >= p.body_rotation_deg)
        or turned[0] >= p.body_one_ratio * p.body_rotation_deg
        or _lies_otherwise(parts, p)
    )


def _lies_otherwise(parts: Sequence[LegBout], p: Parameters) -> bool:
    """Whether both legs tilted far and were shaken alike, and one of them lies otherwise now.

    A turning body does that; legs that kick have each their own course, and come back.
    """
    farthest = {"left": 0.0, "right": 0.0}
    for part in parts:
        farthest[part.side] = max(farthest[part.side], part.tilt_deg)
    elsewhere = max(part.rest_deg for part in parts)
    alike = max(parts, key=lambda b: b.rate_dps).common >= p.body_alike_share
    return alike and min(farthest.values()) >= p.body_tilt_deg and elsewhere >= p.body_rest_deg


def kind_of(parts: Sequence[LegBout], onset: int, end: int, p: Parameters, *, turned: bool) -> Kind:
    """Return what the patient's leg entry from `onset` to `end` was; `turned`: his body turned."""
    if turned or all(b.outcome == POSTURE for b in parts):
        return "body"
    core = max(b.onset + b.core for b in parts) - onset
    back = all(b.path_deg > p.ring_path_ratio * b.turn_deg for b in parts)
    rings = back and core < p.ring_share_ticks and end - onset < p.ring_longest_ticks
    longest = max(_span_ticks(parts, side) for side in ("left", "right"))
    return "jerk" if longest < p.jerk_ticks or rings else "leg"


def _span_ticks(parts: Sequence[LegBout], side: Side) -> int:
    """Return how long one leg's part of an entry lasts; two legs' jerks make no longer one."""
    own = [b for b in parts if b.side == side]
    return own[-1].end - own[0].onset if own else 0


def leg_movement(
    parts: Sequence[LegBout], onset: int, end: int, kind: Kind, verdict: Verdict, note: str | None
) -> Movement:
    """Return the movement that the patient's leg entry from `onset` to `end` was."""
    return Movement(
        onset_tick=onset,
        end_tick=end,
        kind=kind,
        side=side_of(parts),
        owner=verdict.owner,
        p_patient=verdict.p_patient,
        peak_mg=round(max(b.accel_mg for b in parts), 1),
        peak_dps=round(max(b.rate_dps for b in parts), 2),
        parts=tuple(Part(b.side, b.onset, b.end) for b in parts),
        evidence=verdict.evidence,
        note=note,
    )
