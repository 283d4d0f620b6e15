"""From what each leg and the bed did to Movements with an owner, and to epochs.

Decisions wait until nothing that is still open could change them, and are taken at a tick that
depends on the signal alone: the same movements come out however the stream was cut.
Standard library only.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from detect import ownership
from detect.bouts import POSTURE, BedBout, LegBout, RawEpoch
from detect.epochs import epoch_of
from detect.legentry import is_fault, is_follower, is_gross, is_stride, kind_of, rejoined, side_of
from detect.movement import EPOCH_TICKS, TICKS_PER_S, Epoch, Movement, Part
from detect.partner import PartnerSpan, bed_movement, join_span, load_span, taught_db

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.calibration import BedCalibration
    from detect.movement import Kind
    from detect.parameters import Parameters

FAR = 1 << 60
"""A tick that never comes."""


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
        self._history = ownership.BedHistory()
        self._pending = [-1, -1, -1]
        self._legs: list[LegBout] = []
        self._spans: list[PartnerSpan] = []
        self._walk: PartnerSpan | None = None
        self._raw: list[RawEpoch] = []
        self._patient: list[tuple[int, int]] = []
        self._partner: list[tuple[int, int]] = []
        self._gross: list[tuple[int, int]] = []
        self._kicks: list[tuple[int, int]] = []
        self._out: list[tuple[int, int]] = []
        self._asleep = False
        self._still_since = 0
        self.movements: list[Movement] = []
        self.epochs: list[Epoch] = []

    @property
    def history(self) -> ownership.BedHistory:
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
        if is_out:
            self._out.append((since, FAR))
        elif self._out:
            self._out[-1] = (self._out[-1][0], now)

    def add_epoch(self, epoch: RawEpoch) -> None:
        """Take in an epoch's counts."""
        self._raw.append(epoch)

    def advance(self, limit: int) -> None:
        """Take every decision that is due by tick `limit`."""
        while self._legs or self._spans or self._raw or self._walk is not None:
            due, close = self._legs_due(), self._close_legs
            for other, instead in (
                (self._spans_due(), self._close_span),
                (self._walk_due(), self._close_walk),
                (self._epoch_due(), self._close_epoch),
            ):
                if other < due:
                    due, close = other, instead
            if due > limit:
                return
            close()

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
        parts = [b for b in chain if not is_fault(b, 0.7) and b.lively >= self._p.lively_share]
        if not parts:
            return
        parts = rejoined(parts, self._p)
        main = max(parts, key=lambda b: b.rate_dps)
        parts = [b for b in parts if not is_follower(b, main)]
        stayed = [b for b in parts if b.outcome == POSTURE]
        if stayed and not is_gross(parts, self._p) and len(stayed) < len(parts):
            self._decide(stayed)
            parts = [b for b in parts if b.outcome != POSTURE]
        self._decide(parts)

    def _is_walk(self, chain: Sequence[LegBout], onset: int, end: int) -> bool:
        """Whether a leg entry is part of a walk, or of being up."""
        if sum(b.walk for b in chain) > 0.2 * (end - onset) or all(b.out for b in chain):
            return True
        if self._walk is not None and onset - self._walk.end < 3 * TICKS_PER_S:
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
            if span.end >= onset - 30 and span.onset < onset:
                first = min(first, span.onset)
        if 0 <= self._pending[2] < onset:
            first = min(first, self._pending[2])
        return onset - first

    def _decide(self, parts: list[LegBout]) -> None:
        onset = min(b.onset for b in parts)
        end = max(b.end for b in parts)
        verdict = ownership.judge_legs(
            parts,
            self._history,
            self._calibration,
            self._p,
            bed_first_ticks=self._bed_first(onset),
            lag_trusted=self._calibration is None or self._calibration.clocks_agree,
        )
        main = max(parts, key=lambda b: b.rate_dps)
        patients = verdict.p_patient > 0.5
        if verdict.clear and main.strip_ok and main.strip_count > 0 and (patients or main.other_ok):
            ratio = ownership.ratio_db(main.accel_mg, main.strip_mv)
            self._history.learn(ratio, patient=patients)
            if verdict.owner == "patient":
                self._history.learn_lag(main.strip_first - main.onset)
        if verdict.clear and verdict.owner == "patient" and main.strip_ok:
            seen = self._history.strip_seen + (1 if main.strip_count > 0 else -1)
            self._history.strip_seen = max(0, min(20, seen))
        if verdict.owner == "partner":
            self._add_span(PartnerSpan(onset, end, legs=list(parts)))
            return
        kind = kind_of(parts, onset, end, self._p)
        self._emit_patient(parts, onset, end, kind, verdict)
        if verdict.strip_excess and main.strip_count >= self._p.bed_min_ticks:
            self._add_span(PartnerSpan(main.strip_first, main.strip_last + 1, legs=[main]))

    def _emit_patient(
        self,
        parts: Sequence[LegBout],
        onset: int,
        end: int,
        kind: Kind,
        verdict: ownership.Verdict,
    ) -> None:
        note = None
        if kind == "body" and not is_gross(parts, self._p):
            note = "posture"
        elif kind == "jerk" and not self._asleep and onset - self._still_since > 60 * TICKS_PER_S:
            note = "hypnic"
        if kind == "body":
            self._gross.append((onset, end))
        elif kind == "leg":
            self._kicks.append((onset, end))
        self._patient.append((onset, end))
        self._watch_sleep(onset, end)
        self.movements.append(
            Movement(
                onset_tick=onset,
                end_tick=end,
                kind=kind,
                side=side_of(parts),
                owner=verdict.owner,
                p_patient=verdict.p_patient,
                peak_mg=max(b.accel_mg for b in parts),
                peak_dps=max(b.rate_dps for b in parts),
                parts=tuple(Part(b.side, b.onset, b.end) for b in parts),
                evidence=verdict.evidence,
                note=note,
            )
        )

    def _watch_sleep(self, onset: int, end: int) -> None:
        """Ten minutes of stillness are taken for sleep: a jerk before that is at its onset."""
        if onset - self._still_since > 600 * TICKS_PER_S:
            self._asleep = True
        self._still_since = max(end, self._still_since)

    def _add_walk(self, onset: int, end: int, chain: list[LegBout]) -> None:
        walk = self._walk
        if walk is not None and onset - walk.end <= self._p.walk_join_ticks:
            walk.end = max(walk.end, end)
            best = max([*walk.legs, *chain], key=lambda b: b.rate_dps)
            walk.legs = [replace(best, accel_mg=max(b.accel_mg for b in [*walk.legs, *chain]))]
            return
        if walk is not None:
            self._close_walk()
        self._walk = PartnerSpan(onset, end, legs=chain)

    def _close_walk(self) -> None:
        walk, self._walk = self._walk, None
        if walk is None:
            return
        self._patient.append((walk.onset, walk.end))
        self._gross.append((walk.onset, walk.end))
        self._asleep = False
        self._still_since = walk.end
        self.movements.append(
            Movement(
                onset_tick=walk.onset,
                end_tick=walk.end,
                kind="walk",
                side="both",
                owner="patient",
                p_patient=0.999,
                peak_mg=max(b.accel_mg for b in walk.legs),
                peak_dps=max(b.rate_dps for b in walk.legs),
            )
        )

    # -- the partner --------------------------------------------------------------------------

    def _add_span(self, span: PartnerSpan) -> None:
        """Add a stretch of the partner's, joined with those it touches."""
        self._spans = join_span(self._spans, span, self._p.partner_join_ticks)

    def _close_span(self) -> None:
        span = self._spans.pop(0)
        near = TICKS_PER_S
        for onset, end in self._gross[-8:]:
            if span.onset < end + near and span.end > onset - near:
                return
        ratio_db = taught_db(span)
        if ratio_db is not None:
            self._history.learn(ratio_db, patient=False)
        moved = any(
            onset < span.onset <= max(end, onset + self._p.moved_partner_ticks)
            for onset, end in self._kicks[-4:]
        )
        known = span.both_measured or (span.one_measured and self._is_out(span))
        if known:
            self._partner.append((span.onset, span.end))
        self.movements.append(bed_movement(span, known=known, moved_by_kick=moved))

    def _is_out(self, span: PartnerSpan) -> bool:
        """Whether the sleeper was up all the time."""
        return any(since <= span.onset and span.end <= until for since, until in self._out)

    # -- epochs -------------------------------------------------------------------------------

    def _close_epoch(self) -> None:
        raw = self._raw.pop(0)
        end = raw.start + EPOCH_TICKS
        walking = [] if self._walk is None else [(self._walk.onset, self._walk.end)]
        self.epochs.append(epoch_of(raw, self._patient + walking, self._partner, self._out))
        self._patient = [s for s in self._patient if s[1] > end]
        self._partner = [s for s in self._partner if s[1] > end]
        self._out = [s for s in self._out if s[1] > end]
        del self._gross[:-8], self._kicks[:-4]

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
            "patient": self._patient,
            "partner": self._partner,
            "gross": self._gross,
            "kicks": self._kicks,
            "out": self._out,
            "asleep": self._asleep,
            "still_since": self._still_since,
        }

    def load(self, memory: dict[str, Any]) -> None:
        """Take over what `dump` returned."""
        self._history = ownership.BedHistory(**memory["history"])
        self._pending = list(memory["pending"])
        self._legs = [LegBout(**b) for b in memory["legs"]]
        self._spans = [load_span(s) for s in memory["spans"]]
        self._walk = None if memory["walk"] is None else load_span(memory["walk"])
        self._raw = [RawEpoch(**{**r, "usable": tuple(r["usable"])}) for r in memory["raw"]]
        self._patient = [(a, b) for a, b in memory["patient"]]
        self._partner = [(a, b) for a, b in memory["partner"]]
        self._gross = [(a, b) for a, b in memory["gross"]]
        self._kicks = [(a, b) for a, b in memory["kicks"]]
        self._out = [(a, b) for a, b in memory["out"]]
        self._asleep = memory["asleep"]
        self._still_since = memory["still_since"]
