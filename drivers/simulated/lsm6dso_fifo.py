"""The sampling and FIFO inside a simulated LSM6DSO.

Words are numbered from the last configuration on, so the fill level at any time is plain
arithmetic; the bytes are computed some seconds ahead with numpy and handed out as slices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.oscillator import Oscillator
    from drivers.simulated.signal import Tap

GYRO_NC, XL_NC, TEMPERATURE, TIMESTAMP = 1, 2, 3, 4
"""TAG_SENSOR values."""
GARBAGE_SLOTS = 2
GARBAGE_X = 0x7FFD
MOST_SLOTS_KEPT = 700


def _tag_byte(sensor: int, count: int) -> int:
    """Put the sensor in 7:3, the slot count in 2:1, and make the number of ones even."""
    seven = sensor << 2 | count
    return seven << 1 | seven.bit_count() & 1


TAGS = np.array([[_tag_byte(s, c) for c in range(4)] for s in range(32)], dtype=np.uint8)


@dataclass(frozen=True, slots=True)
class Stream:
    """What the registers ask for; `*_every` counts slots, 0 means off."""

    rate_hz: float
    stamps_per_slot: int
    accel_every: int
    gyro_every: int
    stamp_every: int
    temperature_every: int
    stops_when_full: bool
    depth: int
    accel_lsb: float
    gyro_lsb: float
    accel_on: bool
    gyro_on: bool
    deflection: tuple[float, float]
    stamp_zero: int

    def words(self, slots: int) -> int:
        """Words made in that many slots from the beginning."""
        return sum(
            -(-slots // every)
            for every in (
                self.accel_every, self.gyro_every, self.stamp_every, self.temperature_every,
            )
            if every
        )  # fmt: skip

    def period(self) -> tuple[int, ...]:
        """Return the four distances of words."""
        return (self.accel_every, self.gyro_every, self.stamp_every, self.temperature_every)


class Fifo:
    """Samples, makes words, keeps the newest `depth` of them."""

    def __init__(
        self,
        tap: Tap,
        oscillator: Oscillator,
        *,
        noise: tuple[float, float],
        bias: tuple[float, ...],
        seed: int,
        chunk_s: float,
    ) -> None:
        self._tap = tap
        self._oscillator = oscillator
        self._noise = np.repeat(noise, 3)
        self._bias = np.array(bias)
        self._rng = np.random.default_rng(seed)
        self._chunk_s = chunk_s
        self.overran = False

    def configure(self, stream: Stream, now_s: float) -> None:
        """Begin anew: slot 0 comes one period from now, the FIFO is empty."""
        self._stream = stream
        self._phase0_s = self._oscillator.phase_s(now_s)
        self._slots = 0
        self._made = self._read = 0
        self._buffer = b""
        self._buffer_first = self._buffer_end = 0
        self._raw_first = 0
        self._raw = np.empty((0, 6), dtype=np.int16)
        self._stopped = False
        self.depth = stream.depth
        self.overran = False
        every = stream.period()
        self._plain = every[:2] == (1, 1) and bool(every[2] and every[3])
        self._stamp_every, self._temperature_every = every[2], every[3]

    @property
    def stream(self) -> Stream:
        """What the registers ask for."""
        return self._stream

    @property
    def slots(self) -> int:
        """Sampling instants since the last configuration."""
        return self._slots

    @property
    def level(self) -> int:
        """Words waiting."""
        return self._made - self._read

    @property
    def full_next(self) -> bool:
        """Whether the next slot fills the FIFO."""
        words = self._stream.words(self._slots + 1)
        return words > 0 and words - self._read >= self.depth

    def running(self, now_s: float) -> bool:
        """Whether a sample has been taken since the last configuration."""
        self.advance(now_s)
        return self._slots > 0

    def advance(self, now_s: float) -> None:
        """Let the time pass until `now_s`."""
        stream = self._stream
        slots = int((self._oscillator.phase_s(now_s) - self._phase0_s) * stream.rate_hz + 1e-7)
        if slots <= self._slots:
            return
        self._slots = slots
        if self._stopped:
            return
        if self._plain:
            made = 2 * slots - (-slots // self._stamp_every) - (-slots // self._temperature_every)
        else:
            made = stream.words(slots)
        if made - self._read > self.depth:
            self.overran = True
            if stream.stops_when_full:
                made = self._read + self.depth
                self._stopped = True
            else:
                self._read = made - self.depth
        self._made = made

    def take(self, words: int) -> bytes:
        """Pop whole words; beyond the last one come empty words."""
        first = self._read
        end = min(first + words, self._made)
        if end > self._buffer_end or first < self._buffer_first:
            self._extend(first)
        self._read = end
        start = self._buffer_first
        data = self._buffer[(first - start) * 7 : (end - start) * 7]
        short = words - (end - first)
        return data + bytes(7 * short) if short else data

    def byte(self, offset: int) -> int:
        """One byte of the oldest word; the last byte takes the word away."""
        if self._read >= self._made:
            return 0
        if self._read >= self._buffer_end or self._read < self._buffer_first:
            self._extend(self._read)
        value = self._buffer[(self._read - self._buffer_first) * 7 + offset]
        if offset == 6:
            self._read += 1
        return value

    def output(self, now_s: float) -> bytes:
        """Temperature, rotation and acceleration registers, 0x20 to 0x2D."""
        self.advance(now_s)
        if not self._slots:
            return bytes(14)
        if not self._raw_first <= self._slots - 1 < self._raw_first + len(self._raw):
            self._sample(self._slots - 1)
        row = self._raw[self._slots - 1 - self._raw_first]
        turned: bytes = row[3:].tobytes()
        return bytes(2) + turned + bytes(row[:3].tobytes())

    def accelerations(self, first: int, end: int) -> NDArray[np.int16]:
        """Return the counts of slots `first` to `end` - 1 (int16[n, 3])."""
        if not self._raw_first <= first or end > self._raw_first + len(self._raw):
            self._sample(first, max(end - first, MOST_SLOTS_KEPT))
        return self._raw[first - self._raw_first : end - self._raw_first, :3]

    # --- making words --------------------------------------------------------------------

    def _extend(self, word: int) -> None:
        """Have the words from number `word` on; those already computed stay as they are."""
        if not self._buffer_first <= word < self._buffer_end:
            self._make(word)
            return
        kept = self._buffer[(word - self._buffer_first) * 7 :]
        self._make(self._buffer_end)
        self._buffer = kept + self._buffer
        self._buffer_first = word

    def _make(self, word: int) -> None:
        """Compute a chunk of words that begins at or before number `word`."""
        stream = self._stream
        slot = self._slot_of(word)
        count = max(int(self._chunk_s * stream.rate_hz), MOST_SLOTS_KEPT)
        self._sample(slot, count)
        slots = np.arange(slot, slot + count)
        parts = [
            self._sensor_words(GYRO_NC, slots, stream.gyro_every, 3),
            self._sensor_words(XL_NC, slots, stream.accel_every, 0),
            self._stamp_words(slots),
            self._temperature_words(slots),
        ]
        of_slot = np.concatenate([p[0] for p in parts])
        words = np.concatenate([p[1] for p in parts])
        order = np.lexsort((self._rng.random(len(of_slot)), of_slot))
        self._buffer = words[order].tobytes()
        self._buffer_first = stream.words(slot)
        self._buffer_end = self._buffer_first + len(order)

    def _slot_of(self, word: int) -> int:
        """Return the slot that word number `word` belongs to."""
        low, high = 0, self._slots + 1
        while high - low > 1:
            middle = (low + high) // 2
            if self._stream.words(middle) <= word:
                low = middle
            else:
                high = middle
        return low

    def _sample(self, slot: int, count: int = MOST_SLOTS_KEPT) -> None:
        """Take the samples of `count` slots from number `slot` on."""
        stream = self._stream
        phase_s = self._phase0_s + (np.arange(slot, slot + count) + 1) / stream.rate_hz
        values = self._tap.sample(self._oscillator.times_s(phase_s)) + self._bias
        values = values + self._rng.standard_normal(values.shape) * self._noise
        values = values + np.repeat(stream.deflection, 3)
        values = values / np.repeat((stream.accel_lsb, stream.gyro_lsb), 3)
        values[:, :3] *= stream.accel_on
        values[:, 3:] *= stream.gyro_on
        self._raw = np.rint(values).clip(-32768, 32767).astype("<i2")
        self._raw_first = slot
        if slot < GARBAGE_SLOTS:
            self._raw[: GARBAGE_SLOTS - slot, ::3] = GARBAGE_X

    def _rows(self, sensor: int, slots: NDArray[np.int64]) -> NDArray[np.uint8]:
        rows = np.zeros((len(slots), 7), dtype=np.uint8)
        rows[:, 0] = TAGS[sensor][slots & 3]
        return rows

    def _sensor_words(
        self, sensor: int, slots: NDArray[np.int64], every: int, column: int
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        chosen = slots[slots % every == 0] if every else slots[:0]
        rows = self._rows(sensor, chosen)
        raw = self._raw[chosen - self._raw_first, column : column + 3]
        rows[:, 1:] = np.ascontiguousarray(raw).view(np.uint8).reshape(-1, 6)
        return chosen, rows

    def _stamp_words(self, slots: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        stream = self._stream
        every = stream.stamp_every
        chosen = slots[slots % every == 0] if every else slots[:0]
        rows = self._rows(TIMESTAMP, chosen)
        zero = int(self._phase0_s * 40_000) - stream.stamp_zero
        stamps = (zero + (chosen + 1) * stream.stamps_per_slot).astype("<u4")
        rows[:, 1:5] = stamps.view(np.uint8).reshape(-1, 4)
        return chosen, rows

    def _temperature_words(
        self, slots: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        every = self._stream.temperature_every
        chosen = slots[slots % every == 0] if every else slots[:0]
        return chosen, self._rows(TEMPERATURE, chosen)
