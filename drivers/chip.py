"""What the acquisition loop needs from a chip, and what a chip hands over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Steps = Iterator[int]
"""A procedure with waiting in it: each item is a pause [ns] that the caller waits out.

A chip never sleeps itself, so that one being reset cannot hold up the others on its bus.
"""

MS = 1_000_000
"""Nanoseconds in a millisecond."""


class Clock(Protocol):
    """CLOCK_MONOTONIC."""

    def monotonic_ns(self) -> int:
        """Return the time [ns]."""

    def sleep_until(self, wanted_ns: int) -> None:
        """Return when the clock has reached a time; at once when it has passed."""


@dataclass(frozen=True, slots=True)
class Drain:
    """What one visit to a FIFO brought.

    Attributes
    ----------
    before_ns, after_ns : int
        CLOCK_MONOTONIC on both sides of the read of the fill level: the newest sample was
        taken before `after_ns`, the one after it had not been taken at `before_ns`.
    data : bytes
        Whole FIFO words or packets, oldest first.
    lost : bool
        Samples were lost between the drain before and this one.
    """

    before_ns: int
    after_ns: int
    data: bytes
    lost: bool


@dataclass(frozen=True, slots=True)
class Samples:
    """Decoded samples of one ankle.

    Attributes
    ----------
    index : int64[n]
        Sample numbers since the chip was started, ascending; a jump is a loss.
    values : float64[n, 6]
        Acceleration [g] and rotation [deg/s].
    newest : list of int
        For each drain that brought anything: the number of the newest sample in the FIFO.
    before_ns, after_ns : list of int
        The times that go with `newest`.
    complaint : str or None
        Why the stream cannot be trusted any more; the chip must be started again.
    """

    index: NDArray[np.int64]
    values: NDArray[np.float64]
    newest: list[int]
    before_ns: list[int]
    after_ns: list[int]
    complaint: str | None = None


class Decoder(Protocol):
    """Turns the bytes of one started chip into samples; keeps what it needs between calls.

    `counts_losses`: it knows how many samples a loss has cost. If not, the line begins a new
    run, with a new decoder, at every drain that follows a loss.
    """

    counts_losses: bool

    def feed(self, drains: Sequence[Drain]) -> Samples:
        """Decode drains in the order they were made."""


class FifoChip(Protocol):
    """An ankle sensor."""

    name: str
    burst_units: int
    """Most words or packets read in one transfer, so that others on the bus get their turn."""
    unit_bytes: int
    rate_hz: float
    """The rate on the label; the real one is up to 12 % off."""

    def start(self) -> Steps:
        """Reset, identify, configure and read back; samples flow when it is exhausted."""

    def poll(self) -> tuple[int, bool]:
        """Return how many words or packets wait, and whether some were lost before them."""

    def burst(self, units: int) -> bytes:
        """Read and remove that many words or packets (at most `burst_units`)."""

    def check(self) -> str | None:
        """Return what is wrong with the chip's settings (it lost power), or None."""

    def self_test(self) -> Steps:
        """Move the sensing element by its own means and judge the deflection."""

    def decoder(self) -> Decoder:
        """Return a decoder for the stream that begins with the last start."""


class StripChip(Protocol):
    """The converter of the mattress strip."""

    name: str
    mv_per_count: float
    age_ns: int
    """How long before its read a value was measured, on average."""

    def start(self) -> Steps:
        """Identify, configure and read back."""

    def read(self) -> bytes:
        """Return the latest conversion, two bytes, big-endian two's complement."""

    def check(self) -> str | None:
        """Return what is wrong with the chip's settings, or None."""
