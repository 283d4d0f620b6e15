"""From what each leg and the bed did to Movements with an owner, and to epochs.

Decisions wait until nothing that is still open could change them, and are taken at a tick that
depends on the signal alone: the same movements come out however the stream was cut.
Standard library only.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from detect.bedhistory import BedHistory
from detect.bouts import POSTURE, BedBout, LegBout, RawEpoch, load_leg
from detect.ledger import FAR, Ledger
from detect.legentry import (
    is_fault,
    is_follower,
    is_gross,
    is_stride,
    kind_of,
    leg_movement,
)
from detect.movement import EPOCH_TICKS
from detect.ownership import judge_legs, trunk_heaved
from detect.partner import PartnerSpan, bed_movement, join_span, load_span, taught_db
from detect.shaken import own_parts, shaken_spans
from detect.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.calibration import BedCalibration
    from detect.movement import Epoch, Movement
    from detect.ownership import Verdict
    from detect.parameters import Parameters


class Assembly:
    """Combine bouts into movements; all its memory is plain and can be saved.

    Parameters
    ----------
    parameters : Parameters
    calibration : BedCalibration or None
    """

    def __init__(self, parameters: Parameters, calibration: BedCalibration | None) -> None:
        self._p = parameters
        self._calibration = calibration
        self._history = BedHistory()
        self._pending = [-1, -1, -1]
        self._legs: list[LegBout] = []
        self._spans: list[PartnerSpan] = []
        self._walk: Walk | None = None
        self._raw: list[RawEpoch] = []
        self._ledger = Ledger()
        self.movements: list[Movement] = []
        self.epochs: list[Epoch] = []

    @property
    def history(self) -> BedHistory:
        """What this bed has shown tonight."""
        return self._history

    # -- what the loop reports ----------------------------------------------------------------

    def set_pending(self, device: int, onset: int) -> None:
        """Note that a movement began and is not decided, or (-1) that none is."""
        self._pending[device] = onset

    def add_leg(self, bout: LegBout) -> None:
        """Take in a leg's movement."""
        self._legs.append(bout)
        self._legs.sort(key=lambda b: (b.onset, b.side))

    def add_bed(self, bout: BedBout) -> None:
        """Take in a disturbance of the bed."""
        if bout.end - bout.onset >= self._p.bed_min_ticks:
            self._add_span(PartnerSpan(bout.onset, bout.end, beds=[bout]))

    def set_out(self, since: int, now: int, *, is_out: bool) -> None:
        """Note that the sleeper has been up since a tick, or is back now."""
        self._ledger.set_out(since, now, is_out=is_out)

    def add_epoch(self, epoch: RawEpoch) -> None:
        """Take in an epoch's counts."""
        self._raw.append(epoch)

    def advance(self, limit: int) -> None:
        """Take every decision that is due by tick `limit`."""
        closers = (self._close_legs, self._close_span, self._close_walk, self._close_epoch)
        while self._legs or self._spans or self._raw or self._walk is not None:
            dues = (self._legs_due(), self._spans_due(), self._walk_due(), self._epoch_due())
            due = min(dues)
            if due > limit:
                return
            closers[dues.index(due)]()

    def finish(self) -> None:
        """Take all decisions left at the night's end."""
        self._pending = [-1, -1, -1]
        self.advance(FAR - 1)

    # -- when decisions are due ---------------------------------------------------------------

    def _first_chain(self) -> tuple[int, int]:
        """Return how many of the waiting leg movements belong to the first entry, and its end."""
        end = self._legs[0].end
        count = 1
        for bout in self._legs[1:]:
            if bout.onset >= end + self._p.leg_join_ticks:
                break
            end = max(end, bout.end)
            count += 1
        return count, end

    def _leg_pending(self, before: int) -> bool:
        left, right, _bed = self._pending
        return 0 <= left < before or 0 <= right < before

    def _legs_due(self) -> int:
        if not self._legs:
            return FAR
        count, end = self._first_chain()
        wait = self._p.leg_join_ticks
        if is_stride(self._legs[:count], self._p):
            wait = self._p.stride_wait_ticks
        horizon = end + wait
        return FAR if self._leg_pending(horizon) else horizon + self._p.decision_ticks

    def _spans_due(self) -> int:
        if not self._spans:
            return FAR
        horizon = self._spans[0].end + self._p.partner_join_ticks
        if (
            self._leg_pending(horizon)
            or 0 <= self._pending[2] < horizon
            or (self._legs and self._legs[0].onset < horizon)
        ):
            return FAR
        return horizon + self._p.lag_ticks + self._p.decision_ticks

    def _walk_due(self) -> int:
        if self._walk is None:
            return FAR
        horizon = self._walk.end + self._p.walk_join_ticks
        if self._leg_pending(horizon) or (self._legs and self._legs[0].onset < horizon):
            return FAR
        return horizon + self._p.decision_ticks

    def _epoch_due(self) -> int:
        if not self._raw:
            return FAR
        end = self._raw[0].start + EPOCH_TICKS
        if (
            self._leg_pending(end)
            or 0 <= self._pending[2] < end
            or (self._legs and self._legs[0].onset < end)
            or (self._spans and self._spans[0].onset < end)
        ):
            return FAR
        return end + self._p.lag_ticks + self._p.quiet_ticks

    # -- decisions ----------------------------------------------------------------------------

    def _close_legs(self) -> None:
        count, end = self._first_chain()
        chain, self._legs = self._legs[:count], self._legs[count:]
        onset = chain[0].onset
        if self._is_walk(chain, onset, end):
            self._add_walk(onset, end, chain)
            return
        parts = [b for b in chain if not is_fault(b, self._p) and b.lively >= self._p.lively_share]
        if not parts:
            return
        main = max(parts, key=lambda b: b.rate_dps)
        parts = [b for b in parts if not is_follower(b, main, self._p)]
        stayed = [b for b in parts if b.outcome == POSTURE]
        if 0 < len(stayed) < len(parts) and not self._is_turn(parts):
            self._decide(stayed)
            parts = [b for b in parts if b.outcome != POSTURE]
        self._decide(parts)

    def _is_turn(self, parts: Sequence[LegBout]) -> bool:
        """Whether a leg that stays and one that comes back are both of one turn of the body."""
        own_db = self._history.centre(self._calibration, patient=True)
        return is_gross(parts, self._p) or trunk_heaved(parts, own_db, self._p.weights)

    def _is_walk(self, chain: Sequence[LegBout], onset: int, end: int) -> bool:
        """Whether a leg entry is part of a walk, or of being up."""
        walked = sum(b.walk for b in chain)
        if walked > self._p.walked_share * (end - onset) or all(b.out for b in chain):
            return True
        if self._walk is not None and onset - self._walk.end < self._p.walk_near_ticks:
            return True
        if is_stride(chain, self._p):
            for bout in self._legs:
                if bout.onset - end > self._p.stride_wait_ticks:
                    break
                if bout.walk > 0:
                    return True
                end = max(end, bout.end)
        return False

    def _bed_first(self, onset: int) -> int:
        """Return for how many ticks the bed had been moving when a leg began to."""
        first = onset
        for span in self._spans:
            if span.end >= onset - self._p.bed_touch_ticks and span.onset < onset:
                first = min(first, span.onset)
        if 0 <= self._pending[2] < onset:
            first = min(first, self._pending[2])
        return onset - first

    def _decide(self, parts: list[LegBout]) -> None:
        onset = min(b.onset for b in parts)
        end = max(b.end for b in parts)
        verdict = judge_legs(
            parts,
            self._history,
            self._calibration,
            self._p,
            bed_first_ticks=self._bed_first(onset),
            lag_trusted=self._calibration is None or self._calibration.clocks_agree,
        )
        main = max(parts, key=lambda b: b.rate_dps)
        self._history.learn_leg(parts, verdict, self._p.weights)
        if verdict.owner == "partner":
            self._add_span(PartnerSpan(onset, end, legs=list(parts)))
            return
        turned = verdict.heaved or is_gross(parts, self._p)
        own = parts if turned else own_parts(parts, verdict.strip_more_db, self._p)
        self._emit_patient(own, verdict, turned=turned)
        if verdict.strip_excess and main.strip_count >= self._p.bed_min_ticks:
            self._add_span(PartnerSpan(main.strip_first, main.strip_last + 1, legs=[main]))
        for begin, stop in shaken_spans(parts, own, verdict.strip_more_db, self._p):
            self._add_span(PartnerSpan(begin, stop, legs=[main]))

    def _emit_patient(self, parts: Sequence[LegBout], verdict: Verdict, *, turned: bool) -> None:
        onset = min(b.onset for b in parts)
        end = max(b.end for b in parts)
        kind = kind_of(parts, onset, end, self._p, turned=turned)
        note = None
        if kind == "body" and not turned:
            note = "posture"
        elif kind == "jerk" and self._ledger.is_sleep_onset(onset, self._p):
            note = "hypnic"
        self._ledger.moved(onset, end, kind, self._p)
        self.movements.append(leg_movement(parts, onset, end, kind, verdict, note))

    def _add_walk(self, onset: int, end: int, steps: Sequence[LegBout]) -> None:
        if self._walk is not None and onset - self._walk.end > self._p.walk_join_ticks:
            self._close_walk()
        if self._walk is None:
            self._walk = Walk(onset, end)
        self._walk.take(steps, end)

    def _close_walk(self) -> None:
        walk, self._walk = self._walk, None
        if walk is not None:
            self._ledger.walked(walk.onset, walk.end)
            self.movements.append(walk.movement(self._p.weights))

    # -- the partner --------------------------------------------------------------------------

    def _add_span(self, span: PartnerSpan) -> None:
        """Add a stretch of the partner's, joined with those it touches."""
        self._spans = join_span(self._spans, span, self._p.partner_join_ticks)

    def _close_span(self) -> None:
        span = self._spans.pop(0)
        onset, end, ledger = span.onset, span.end, self._ledger
        if ledger.near_gross(onset, end, self._p):
            return
        taught = taught_db(span)
        if taught is not None:
            self._history.learn(taught, patient=False)
        known = span.both_measured or (span.one_measured and ledger.was_out(onset, end))
        if known:
            ledger.partner.append((onset, end))
        moved = ledger.after_kick(onset, self._p)
        self.movements.append(bed_movement(span, self._p.weights, known=known, moved_by_kick=moved))

    # -- epochs -------------------------------------------------------------------------------

    def _close_epoch(self) -> None:
        raw = self._raw.pop(0)
        walking = [] if self._walk is None else [(self._walk.onset, self._walk.end)]
        self.epochs.append(self._ledger.close_epoch(raw, walking))

    # -- memory -------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """Return all memory as plain lists, numbers and strings."""
        return {
            "history": asdict(self._history),
            "pending": self._pending,
            "legs": [asdict(b) for b in self._legs],
            "spans": [asdict(s) for s in self._spans],
            "walk": None if self._walk is None else asdict(self._walk),
            "raw": [asdict(r) for r in self._raw],
            "ledger": self._ledger.dump(),
        }

    def load(self, memory: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self._history = BedHistory.load(memory["history"])
        self._pending = list(memory["pending"])
        self._legs = [load_leg(b) for b in memory["legs"]]
        self._spans = [load_span(s) for s in memory["spans"]]
        self._walk = None if memory["walk"] is None else Walk(**memory["walk"])
        self._raw = [RawEpoch(**{**r, "usable": tuple(r["usable"])}) for r in memory["raw"]]
        self._ledger = Ledger.load(memory["ledger"])
