"""When did a leg move by itself that the bed shook too? Standard library only.

The loop follows a leg from the first tick that it is not at rest to the last. Where the partner
moves at the same time, that is his movement as well: the mattress shakes both ankles alike, to and
fro. What the leg turned within a quarter of a second shows its own part: a shake cancels out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from detect.bouts import POSTURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.bouts import LegBout
    from detect.parameters import Parameters


def own_parts(
    parts: Sequence[LegBout], strip_more_db: float | None, p: Parameters
) -> list[LegBout]:
    """Return the movements of an entry, each from where to where the leg moved by itself.

    A leg that only shook while the other one turned, or that it drew along, is left out.

    Parameters
    ----------
    parts : sequence of LegBout
        The monolateral movements of one entry, at least one.
    strip_more_db : float or None
        How much more the strip moved than with the patient's usual kick [dB]; None: not known.
    p : Parameters
    """
    farthest = max(parts, key=lambda b: b.slow_deg)
    return [
        _own_part(b, p, ends=_is_shaken_after(b, strip_more_db, p))
        for b in parts
        if not _is_moved_along(b, farthest, p)
    ]


def shaken_spans(
    parts: Sequence[LegBout], own: Sequence[LegBout], strip_more_db: float | None, p: Parameters
) -> list[tuple[int, int]]:
    """Return the ticks from and to which the bed shook the legs of an entry before and after.

    Parameters
    ----------
    parts, own : sequence of LegBout
        The entry's movements, and what `own_parts` left of them.
    strip_more_db : float or None
        As in `own_parts`. Without it nobody can tell what follows a kick from its ringing.
    p : Parameters
    """
    first, last = min(b.onset for b in own), max(b.end for b in own)
    spans = [(min(b.onset for b in parts), first)]
    if strip_more_db is not None:
        spans.append((last, max(b.end for b in parts)))
    return [(begin, end) for begin, end in spans if end - begin >= p.bed_min_ticks]


def _is_moved_along(part: LegBout, farthest: LegBout, p: Parameters) -> bool:
    """Whether a leg was shaken by the bed, or drawn along by the other one."""
    if part.side == farthest.side or part.outcome == POSTURE:
        return False
    share = part.slow_deg / max(farthest.slow_deg, p.slow_least_deg)
    shaken = part.slow_deg < p.shaken_turn_deg and part.common > p.shaken_share
    drawn = part.rate_dps < p.follower_dps
    return (shaken and share < p.shaken_turn_share) or (drawn and share < p.drawn_turn_share)


def _is_shaken_after(part: LegBout, strip_more_db: float | None, p: Parameters) -> bool:
    """Whether the bed shook a leg on. Two legs that come back together shake alike too."""
    alike = part.tail_common > p.shaken_share
    loud = part.tail_mg > p.shaken_on_ratio * part.own_vib_mg
    return alike and loud and (strip_more_db is None or strip_more_db > p.shaken_strip_db)


def _own_part(part: LegBout, p: Parameters, *, ends: bool) -> LegBout:
    onset, end = part.onset, part.end
    if part.own_onset - onset > p.shaken_ticks and part.head_common > p.shaken_share:
        onset = part.own_onset
    if ends and end - part.own_end > p.shaken_ticks:
        end = part.own_end
    if onset == part.onset and end == part.end:
        return part
    core = min(part.onset + part.core, end) - onset
    return replace(part, onset=onset, end=end, core=core)
