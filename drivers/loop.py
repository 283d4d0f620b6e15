"""One bus, one owner: serves all chips of a bus in turn, none waiting for another.

A lane is a chip's place in the loop. It starts the chip step by step, visits it when due,
retries a failed transfer, gives a silent chip up and looks for it again later. What it collects
goes into a deque that another thread may empty.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.bus import BUS_FAULT_ERRNOS, DeviceError
from drivers.chip import MS, Drain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from drivers.chip import FifoChip, Steps, StripChip
    from drivers.settings import Clock

_TICK_NS = 10 * MS
_NEVER_NS = 1 << 62
_DRAIN_NS = 92 * MS
_DITHER_NS = 16 * MS
_GOLDEN = 0.6180339887498949
"""Visits come every 92 to 108 ms, never in step with the chip: the clock fit needs all phases."""
_RETRIES = 2
_RETRY_NS = 2 * MS
_SOON_NS, _LATER_NS, _SOON_TRIES = 250 * MS, 1000 * MS, 40
"""A lost chip is looked for four times a second for ten seconds, then once a second."""
_CHECK_NS = 60_000 * MS
_FEWEST_UNITS = 4
_SLOWEST_NS = 2 * MS
"""A burst is as long as fits before the next strip read, but not shorter than four words; a
word takes 0.16 ms at 400 kHz and 0.66 ms at 100 kHz, and is believed to take at most 2 ms."""


@dataclass(frozen=True, slots=True)
class Started:
    """A chip was started."""

    chip: FifoChip | StripChip


@dataclass(frozen=True, slots=True)
class Stopped:
    """A chip is gone, or refused."""

    code: str
    text: str
    monotonic_ns: int


class Lane:
    """What both kinds of lanes do: start, fail, retry, give up, look again."""

    def __init__(self, device: str, chip: FifoChip | StripChip, clock: Clock) -> None:
        self.device = device
        self.due_ns = clock.monotonic_ns()
        self.running = False
        self.events: deque[Started | Stopped | Drain | tuple[int, int, bytes]] = deque()
        self.restart_because: str | None = None
        self._chip = chip
        self._now = clock.monotonic_ns
        self._steps: Steps | None = None
        self._failures = 0
        self._searches = 0
        self._check_due_ns = 0

    def advance_start(self) -> None:
        """Do the next step of starting the chip."""
        try:
            if self._steps is None:
                self._steps = self._chip.start()
            self.due_ns = self._now() + next(self._steps)
        except StopIteration:
            self._steps = None
            self.running = True
            self._failures = self._searches = 0
            self.due_ns = self._now()
            self._check_due_ns = self.due_ns + _CHECK_NS
            self.events.append(Started(self._chip))
        except DeviceError as error:
            self.give_up("refused", str(error))
        except OSError as error:
            self.bus_fault(error)

    def bus_fault(self, error: OSError) -> bool:
        """Note a failed transfer; return whether the chip was given up."""
        if error.errno not in BUS_FAULT_ERRNOS:
            raise error
        self._failures += 1
        if self.running and self._failures <= _RETRIES:
            self.due_ns = self._now() + _RETRY_NS
            return False
        self.give_up("lost" if self.running else "absent", f"{error.strerror} ({error.errno})")
        return True

    def give_up(self, code: str, text: str) -> None:
        """Stop using the chip, and look for it again after a while."""
        self.running = False
        self._steps = None
        self._failures = 0
        now = self._now()
        self.events.append(Stopped(code, text, now))
        self._searches += 1
        self.due_ns = now + (_SOON_NS if self._searches <= _SOON_TRIES else _LATER_NS)

    def wants_check(self, now_ns: int) -> bool:
        """Whether the minute's look at the chip's settings is due."""
        return now_ns >= self._check_due_ns

    def check(self) -> bool:
        """Compare the chip's settings, twice before it is believed; False: it was given up."""
        self._check_due_ns = self._now() + _CHECK_NS
        wrong = self._chip.check() and self._chip.check()
        if wrong:
            self.give_up("restarted", f"lost its settings: {wrong}")
        return not wrong


class StripLane(Lane):
    """Reads the strip's converter once a tick."""

    def __init__(self, device: str, chip: StripChip, clock: Clock, origin_ns: int) -> None:
        super().__init__(device, chip, clock)
        self._read = chip.read
        self._origin_ns = origin_ns

    def serve(self, now_ns: int) -> None:
        """Read the newest conversion."""
        if not self.running:
            self.advance_start()
            return
        try:
            data = self._read()
            after_ns = self._now()
            self.events.append((now_ns, after_ns, data))
            self._failures = 0
            if now_ns >= self._check_due_ns and not self.check():
                return
        except OSError as error:
            self.bus_fault(error)
            return
        due_ns = self.due_ns + _TICK_NS
        if due_ns <= after_ns or due_ns > after_ns + _TICK_NS:
            past_ns = after_ns - self._origin_ns
            due_ns = self._origin_ns + (past_ns // _TICK_NS + 1) * _TICK_NS
        self.due_ns = due_ns


class AnkleLane(Lane):
    """Empties an ankle sensor's FIFO about ten times a second, in bursts."""

    def __init__(self, device: str, chip: FifoChip, clock: Clock) -> None:
        super().__init__(device, chip, clock)
        self._fifo = chip
        self._units = chip.burst_units
        self._dither = 0.0
        self._visit_ns = 0
        self._left = 0
        self._lost = False
        self._before_ns = self._after_ns = 0
        self._bursts: list[bytes] = []
        self._unit_ns = _SLOWEST_NS

    def serve(self, now_ns: int, until_ns: int) -> None:
        """Do what is due; leave the bus before `until_ns`."""
        if not self.running:
            self._left = 0
            self._lost = False
            self.advance_start()
            return
        if self.restart_because:
            self.give_up("corrupt", self.restart_because)
            self.restart_because = None
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
        self._after_ns = self._now()
        self._before_ns = now_ns
        self._lost = self._lost or lost
        self._dither = (self._dither + _GOLDEN) % 1.0
        self._visit_ns = now_ns + _DRAIN_NS + int(self._dither * _DITHER_NS)
        self.due_ns = self._visit_ns
        self._failures = 0
        if not self._left or now_ns >= self._check_due_ns:
            self.check()

    def _empty(self, until_ns: int) -> None:
        """Read bursts while there is time; hand over when all is read."""
        now = self._now()
        while self._left:
            units = min(self._left, self._units, (until_ns - now) // self._unit_ns)
            if units < min(self._left, _FEWEST_UNITS):
                self.due_ns = until_ns
                return
            self._bursts.append(self._fifo.burst(units))
            done = self._now()
            self._unit_ns = min(max((done - now) // units, self._unit_ns * 15 // 16), _SLOWEST_NS)
            self._left -= units
            now = done
        data = b"".join(self._bursts)
        self.events.append(Drain(self._before_ns, self._after_ns, data, self._lost))
        self._bursts = []
        self._lost = False
        self.due_ns = self._visit_ns

    def _abandon(self) -> None:
        """Give up a visit: words of a failed burst are gone, those before it are handed over."""
        if self._bursts:
            data = b"".join(self._bursts)
            self.events.append(Drain(0, 0, data, self._lost))
            self._bursts = []
            self._lost = False
        if self._left:
            self._lost = True
            self._left = 0


class BusLoop:
    """All lanes of one bus. Call `step` from one thread, then sleep until the time it returns."""

    def __init__(self, clock: Clock, strip: StripLane | None, ankles: Sequence[AnkleLane]) -> None:
        self._now: Callable[[], int] = clock.monotonic_ns
        self._strip = strip
        self._ankles = tuple(ankles)

    def step(self) -> int:
        """Serve what is due; return when something will be due next [ns of CLOCK_MONOTONIC]."""
        now = self._now()
        strip = self._strip
        next_ns = _NEVER_NS
        if strip is not None:
            if now >= strip.due_ns:
                strip.serve(now)
                now = self._now()
            next_ns = strip.due_ns
        until_ns = next_ns
        for lane in self._ankles:
            if now >= lane.due_ns:
                lane.serve(now, until_ns)
                now = self._now()
            if lane.due_ns < next_ns:
                next_ns = lane.due_ns
        return next_ns
