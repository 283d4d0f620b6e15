"""A chip's place in its bus's loop.

A lane starts the chip step by step, retries a failed transfer, gives a silent chip up and looks
for it again later. What it collects goes into a deque that another thread may empty.
"""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from drivers.bus import BUS_FAULT_ERRNOS, DeviceError
from drivers.chip import MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.chip import Clock, Drain, FifoChip, Steps, StripChip

_RETRIES = 2
_RETRY_NS = 2 * MS
_SEARCH_NS = 250 * MS
"""A lost chip is looked for four times a second, which costs the bus a thousandth of its time."""
_MOST_DOUBLINGS = 7
_PATIENT_TIMEOUTS, _PATIENT_DOUBLINGS = 16, 2
"""A look that ends in the adapter's timeout takes 100 ms. Where others on the bus are well and
lose them, the next comes after twice the time, up to 32 s. Where all is stuck nobody is harmed but
the kernel's log: every 16 looks the time doubles, up to 1 s."""
CHECK_NS = 60_000 * MS
START_AGAIN = frozenset({"restarted", "corrupt"})

StripRead = tuple[int, int, bytes]
"""Host time before and after a read of the strip, and the two bytes."""


@dataclass(frozen=True, slots=True)
class Started:
    """A chip was started."""

    chip: FifoChip | StripChip
    place: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """A chip is gone, or refused."""

    code: str
    text: str
    monotonic_ns: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chip that may be fitted, and where it would be."""

    chip: FifoChip | StripChip
    place: str
    """As in "LSM6DSO at 0x6A on bus 1"."""


class Lane:
    """What both kinds of lanes do: start, fail, retry, give up, look again.

    Parameters
    ----------
    device : str
        left, right or strip.
    candidates : sequence of Candidate
        The configured chip, then others that may have been plugged in its stead.
    clock : Clock
        CLOCK_MONOTONIC.
    """

    def __init__(self, device: str, candidates: Sequence[Candidate], clock: Clock) -> None:
        self.device = device
        self.due_ns = clock.monotonic_ns()
        self.running = False
        self.events: deque[Started | Stopped | Drain | StripRead] = deque()
        self.stop_because: tuple[str, str] | None = None
        """Set by whoever decodes: a fault code and text that end the run."""
        self.rival: Lane | None = None
        """The same device's lane on another bus: only one of them looks for it at a time."""
        self.neighbours: Sequence[Lane] = ()
        """The other lanes of this bus."""
        self.alarm = False
        """Something happened here that may have disturbed the neighbours' supply."""
        self._candidates = candidates
        self._at = 0
        self._now = clock.monotonic_ns
        self._steps: Steps | None = None
        self._failures = 0
        self._timeouts = 0
        self._check_due_ns = 0
        self._begin(candidates[0].chip)

    def _begin(self, chip: FifoChip | StripChip) -> None:
        """Get ready to serve a chip."""
        self._chip = chip

    def advance_start(self) -> None:
        """Do the next step of starting the chip."""
        try:
            if self._steps is None:
                if self.rival is not None and self.rival.running:
                    self.due_ns = self._now() + _SEARCH_NS
                    return
                self._begin(self._candidates[self._at].chip)
                self._steps = self._chip.start()
            self.due_ns = self._now() + next(self._steps)
        except StopIteration:
            self._steps = None
            self.running = self.alarm = True
            self._failures = self._timeouts = 0
            self.due_ns = self._now()
            self._check_due_ns = self.due_ns + CHECK_NS
            self.events.append(Started(self._chip, self._candidates[self._at].place))
        except DeviceError as error:
            self.give_up("refused", str(error))
        except OSError as error:
            self.bus_fault(error)

    def bus_fault(self, error: OSError) -> None:
        """Note a failed transfer; after the third in a row give the chip up."""
        if error.errno not in BUS_FAULT_ERRNOS:
            raise error
        self._failures += 1
        if self.running and self._failures <= _RETRIES:
            self.due_ns = self._now() + _RETRY_NS
            return
        code = "lost" if self.running else "absent"
        reason = error.strerror
        if error.errno == errno.ETIMEDOUT:
            code = "stuck"
            reason = "the bus does not move: a chip holds it, or a cable is broken"
        self.give_up(code, f"{self._candidates[self._at].place} does not answer: {reason}")

    def give_up(self, code: str, text: str) -> None:
        """Stop using the chip; look again after a while, for another one in its place too."""
        self.alarm = self.running
        self.running = False
        self._steps = None
        self._failures = 0
        now = self._now()
        self.events.append(Stopped(code, text, now))
        if code in START_AGAIN:
            self.due_ns = now + MS
            return
        if code == "stuck":
            self._look_later(now)
            return
        self._at = (self._at + 1) % len(self._candidates)
        if self._at:
            self.due_ns = now + MS
            return
        self._timeouts = 0
        self.due_ns = now + _SEARCH_NS

    def _look_later(self, now_ns: int) -> None:
        """Look for the same chip again, ever later."""
        if any(lane.running for lane in self.neighbours):
            doublings = min(self._timeouts, _MOST_DOUBLINGS)
        else:
            doublings = min(self._timeouts // _PATIENT_TIMEOUTS, _PATIENT_DOUBLINGS)
        self._timeouts += 1
        self.due_ns = now_ns + (_SEARCH_NS << doublings)

    def obey(self, order: tuple[str, str]) -> None:
        """End the run because what comes from the chip cannot be used."""
        self.stop_because = None
        code, text = order
        self.give_up(code, f"{self._candidates[self._at].place}: {text}")

    def check_soon(self) -> None:
        """Something happened on this bus: look at the chip at the next visit, or for it now."""
        self._check_due_ns = 0
        if self._timeouts and not self.running:
            self.due_ns = min(self.due_ns, self._now() + _SEARCH_NS)

    def check(self) -> bool:
        """Compare the chip's settings, twice before it is believed; False: it was given up."""
        self._check_due_ns = self._now() + CHECK_NS
        wrong = self._chip.check() and self._chip.check()
        if wrong:
            self.give_up("restarted", f"{self._candidates[self._at].place} lost power: {wrong}")
        return not wrong
