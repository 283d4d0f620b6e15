"""One bus, one owner: serves all chips of a bus in turn, none waiting for another."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from drivers.chip import MS, Drain
from drivers.lane import Candidate, Lane, StripRead

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.chip import Clock, FifoChip, StripChip

_TICK_NS = 10 * MS
_NEVER_NS = 1 << 62
VISIT_NS = 20 * MS
"""What is in a FIFO when its plug is pulled is lost: never more than this (ADR 0015)."""
_DITHER = 0.16
_GOLDEN = 0.6180339887498949
"""Visits come 8 % earlier or later, never in step with the chip: the clock fit needs all phases."""
_REPEATS_DOUBTED = 4
_TRUST_NS = 1000 * MS
"""A strip value that comes five times in a row is believed for a second once the converter's
settings have been found in order."""
_ROOM_UNITS = 64
_STALE_NS = 300 * MS
_PATIENCE_NS = 50 * MS
"""The strip goes first for so long; then, on a bus too slow for all, ankles take their turn."""
_FEWEST_UNITS = 4
_SLOWEST_NS = 2 * MS
"""A burst is as long as fits before the next strip read, but not shorter than four words; a
word takes 0.16 ms at 400 kHz and 0.66 ms at 100 kHz, and is believed to take at most 2 ms."""


class StripLane(Lane):
    """Reads the strip's converter once a tick."""

    def __init__(
        self, device: str, candidates: Sequence[Candidate], clock: Clock, origin_ns: int
    ) -> None:
        super().__init__(device, candidates, clock)
        self._origin_ns = origin_ns
        self._last = b""
        self._held: list[StripRead] = []
        self._trusted_ns = 0

    def _begin(self, chip: FifoChip | StripChip) -> None:
        super()._begin(chip)
        self._read = cast("StripChip", chip).read
        self._held = []

    def serve(self, now_ns: int) -> None:
        """Read the newest conversion; the one before is good now that the chip still answers.

        A plug pulled in the middle of a read turns its bits to ones, and only the next transfer
        fails.
        """
        if not self.running:
            self.advance_start()
            return
        if self.stop_because:
            self.obey(self.stop_because)
            return
        try:
            data = self._read()
            after_ns = self._now()
            if data == self._last and now_ns >= self._trusted_ns:
                self._doubt((now_ns, after_ns, data))
            else:
                self._last = data
                self.events.extend(self._held)
                self._held = [(now_ns, after_ns, data)]
            self._failures = 0
            if now_ns >= self._check_due_ns and not self.check():
                return
        except OSError as error:
            self._held = []
            self.bus_fault(error)
            return
        due_ns = self.due_ns + _TICK_NS
        if due_ns <= after_ns or due_ns > after_ns + _TICK_NS:
            past_ns = after_ns - self._origin_ns
            due_ns = self._origin_ns + (past_ns // _TICK_NS + 1) * _TICK_NS
        self.due_ns = due_ns

    def _doubt(self, read: StripRead) -> None:
        """Hold back a value that repeats: a converter that lost power repeats its last or 0."""
        self._held.append(read)
        if len(self._held) > _REPEATS_DOUBTED and self.check():
            self._trusted_ns = read[0] + _TRUST_NS


class AnkleLane(Lane):
    """Empties an ankle sensor's FIFO about fifty times a second, in bursts."""

    def __init__(self, device: str, candidates: Sequence[Candidate], clock: Clock) -> None:
        super().__init__(device, candidates, clock)
        self.visit_ns = VISIT_NS
        self._dither = 0.0
        self._next_visit_ns = 0
        self._before_ns = self._after_ns = self._stale_ns = self._patient_ns = 0
        self._unit_ns = _SLOWEST_NS

    def _begin(self, chip: FifoChip | StripChip) -> None:
        super()._begin(chip)
        self._fifo = cast("FifoChip", chip)
        self._units = self._fifo.burst_units
        self._left = self._discard = 0
        self._lost = False
        self._bursts: list[bytes] = []

    def serve(self, now_ns: int, until_ns: int) -> None:
        """Do what is due; leave the bus before `until_ns`."""
        if not self.running:
            self.advance_start()
            return
        if self.stop_because:
            self.obey(self.stop_because)
            return
        try:
            if not self._left:
                self._poll(now_ns)
            if self._left:
                self._empty(until_ns)
        except OSError as error:
            self._abandon()
            self.bus_fault(error)

    def _poll(self, now_ns: int) -> None:
        """Read the fill level, with the time on both sides."""
        self._left, lost = self._fifo.poll()
        self._before_ns, self._after_ns = now_ns, self._now()
        self._stale_ns = self._after_ns + _STALE_NS
        self._patient_ns = self._after_ns + _PATIENCE_NS
        if lost and self._left:
            # A full FIFO goes on running over while it is read: make room, then look again.
            self._left = self._discard = min(self._left, _ROOM_UNITS)
        self._lost = self._lost or lost
        self._dither = (self._dither + _GOLDEN) % 1.0
        self._next_visit_ns = now_ns + int(self.visit_ns * (1.0 + _DITHER * (self._dither - 0.5)))
        self.due_ns = self._next_visit_ns
        self._failures = 0
        if not self._left or now_ns >= self._check_due_ns:
            self.check()

    def _empty(self, until_ns: int) -> None:
        """Read bursts while there is time; hand over when all is read."""
        now = self._now()
        while self._left:
            if now > self._stale_ns:
                # The host stalled: the FIFO may have run over since its level was read.
                self._left = self._discard = 0
                self._hand_over(0, _NEVER_NS)
                self.due_ns = now
                return
            units = min(self._left, self._units, (until_ns - now) // self._unit_ns)
            if units < min(self._left, _FEWEST_UNITS):
                if now < self._patient_ns:
                    self.due_ns = until_ns
                    return
                units = min(self._left, _FEWEST_UNITS)
            burst = self._fifo.burst(units)
            if not self._discard:
                self._bursts.append(burst)
            done = self._now()
            self._unit_ns = min(max((done - now) // units, self._unit_ns * 15 // 16), _SLOWEST_NS)
            self._left -= units
            self._patient_ns = done + _PATIENCE_NS
            now = done
        if self._discard:
            self._discard = 0
            self.due_ns = now
            return
        self._hand_over(self._before_ns, self._after_ns)
        self.due_ns = self._next_visit_ns

    def _hand_over(self, before_ns: int, after_ns: int) -> None:
        """Pass on what was read."""
        data = b"".join(self._bursts)
        self.events.append(Drain(before_ns, after_ns, data, self._lost))
        self._bursts = []
        self._lost = False

    def _abandon(self) -> None:
        """Give up a visit: words of a failed burst are gone, those before it are handed over."""
        if self._bursts:
            self._hand_over(0, _NEVER_NS)
        if self._left:
            self._lost = True
            self._left = self._discard = 0


class BusLoop:
    """All lanes of one bus. Call `step` from one thread, then sleep until the time it returns."""

    def __init__(self, clock: Clock, strip: StripLane | None, ankles: Sequence[AnkleLane]) -> None:
        self._now: Callable[[], int] = clock.monotonic_ns
        self._strip = strip
        self._ankles = tuple(ankles)
        lanes = [lane for lane in (strip, *ankles) if lane is not None]
        for lane in lanes:
            lane.neighbours = [other for other in lanes if other is not lane]

    def step(self) -> int:
        """Serve what is due; return when something will be due next [ns of CLOCK_MONOTONIC]."""
        now = self._now()
        strip = self._strip
        next_ns = _NEVER_NS
        if strip is not None:
            if now >= strip.due_ns:
                strip.serve(now)
                if strip.alarm:
                    self._warn_neighbours(strip)
                now = self._now()
            next_ns = strip.due_ns
        until_ns = next_ns
        for lane in self._ankles:
            if now >= lane.due_ns:
                lane.serve(now, until_ns)
                if lane.alarm:
                    self._warn_neighbours(lane)
                now = self._now()
            if lane.due_ns < next_ns:
                next_ns = lane.due_ns
        return next_ns

    def _warn_neighbours(self, lane: Lane) -> None:
        """Remember that a plug going in or out may take the others' supply down for a moment."""
        lane.alarm = False
        for other in lane.neighbours:
            other.check_soon()
