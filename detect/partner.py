"""Stretches in which the bed moved and no leg that was measured, joined until they end.

They are the partner's where both ankles were measured, or the patient was up. Where an ankle was
not, its leg may have done it, and nobody can tell. Standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from detect import ownership
from detect.bouts import BedBout, LegBout, load_leg
from detect.movement import Movement
from detect.odds import ratio_db

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from detect.weights import Weights

CLEAR_MG = 1.0
"""Vibration of an ankle from which a movement teaches how this bed passes it on [mg]."""


@dataclass(slots=True)
class PartnerSpan:
    """A stretch in which the partner moved, or perhaps a leg that was not measured."""

    onset: int
    end: int
    beds: list[BedBout] = field(default_factory=list)
    legs: list[LegBout] = field(default_factory=list)

    @property
    def both_measured(self) -> bool:
        """Both ankles were measured in some of it: a leg of the patient would have shown."""
        return any(b.ankles_ok for b in self.beds) or any(b.other_ok for b in self.legs)

    @property
    def one_measured(self) -> bool:
        """At least one ankle was measured in some of it: no sensor is without any noise."""
        return bool(self.legs) or any(b.vib_mg > 0.0 for b in self.beds)


def load_span(memory: Mapping[str, Any]) -> PartnerSpan:
    """Return a stretch out of a snapshot."""
    return PartnerSpan(
        memory["onset"],
        memory["end"],
        [BedBout(**b) for b in memory["beds"]],
        [load_leg(b) for b in memory["legs"]],
    )


def join_span(spans: Sequence[PartnerSpan], span: PartnerSpan, join: int) -> list[PartnerSpan]:
    """Return stretches by onset with one more, joined with those nearer than `join` ticks."""
    apart: list[PartnerSpan] = []
    for other in spans:
        if other.onset < span.end + join and span.onset < other.end + join:
            span = PartnerSpan(
                min(span.onset, other.onset),
                max(span.end, other.end),
                other.beds + span.beds,
                other.legs + span.legs,
            )
        else:
            apart.append(other)
    apart.append(span)
    apart.sort(key=lambda s: s.onset)
    return apart


def strongest_bed(span: PartnerSpan) -> BedBout:
    """Return the disturbance that strip and ankles felt most."""
    return max(span.beds, key=lambda b: (b.strip_mv, b.vib_mg))


def taught_db(span: PartnerSpan) -> float | None:
    """Return the ratio of ankle to strip [dB] that a stretch teaches of the partner, if any."""
    if not span.beds or span.legs:
        return None
    bed = strongest_bed(span)
    clear = (
        bed.ankles_ok
        and bed.strip_ok
        and bed.strip_mv > bed.strip_threshold
        and bed.vib_mg > CLEAR_MG
    )
    return ratio_db(bed.vib_mg, bed.strip_mv) if clear else None


def bed_movement(span: PartnerSpan, w: Weights, *, known: bool, moved_by_kick: bool) -> Movement:
    """Return the movement that a stretch was.

    Parameters
    ----------
    span : PartnerSpan
    w : Weights
    known : bool
        It was the partner's; otherwise it may have been a leg that was not measured.
    moved_by_kick : bool
        It began soon after a kick.
    """
    if span.beds:
        evidence = ownership.bed_evidence(span.beds)
    else:
        main = max(span.legs, key=lambda b: b.rate_dps)
        evidence = ownership.leg_evidence(main, main.turn_deg, main.tilt_deg)
    seen_by_strip = bool(span.beds) and span.beds[0].strip_ok
    seen = w.bed_by_strip_sure if seen_by_strip else w.bed_by_ankles_sure
    return Movement(
        onset_tick=span.onset,
        end_tick=span.end,
        kind="bed",
        side=None,
        owner="partner" if known else "unsure",
        p_patient=seen if known else w.unmeasured_sure,
        peak_mg=round(max([b.vib_mg for b in span.beds] + [b.accel_mg for b in span.legs]), 1),
        peak_dps=round(max([b.rate_dps for b in span.beds] + [b.rate_dps for b in span.legs]), 2),
        evidence=evidence,
        note="kick_moved_partner" if known and moved_by_kick else None,
    )
