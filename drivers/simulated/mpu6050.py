"""A simulated MPU-6050, byte by byte.

Written from the InvenSense register map as quoted by i2cdevlib and Linux, independent of the
driver. Published fact: registers and reset values, sleep after reset, the 1024-byte ring that
drops its oldest bytes, the last byte repeated when empty, status bits that clear on reading.
Modelling: noise, and what a reading returns while the reset lasts (zeros).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.adapter import Nack
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import Source, Tap, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

RING_BYTES = 1024
RESET_S = 0.1
ACCEL_LSB_PER_G = (16384.0, 8192.0, 4096.0, 2048.0)
GYRO_LSB_PER_DPS = (131.0, 65.5, 32.8, 16.4)
TRIM_CODE = 15
"""The same factory trim code on every axis."""
READ_ONLY = frozenset({0x3A, *range(0x3B, 0x49), 0x72, 0x73, 0x75, *range(0x0D, 0x11)})


class SimulatedMPU6050:
    """An ankle sensor; parameters as of the simulated LSM6DSO, `identity` is WHO_AM_I."""

    def __init__(
        self,
        world: World,
        source: Source,
        *,
        oscillator: Oscillator | None = None,
        noise_g: float = 0.004,
        noise_dps: float = 0.05,
        seed: int = 0,
        chunk_s: float = 8.0,
        identity: int = 0x68,
        deflects: bool = True,
    ) -> None:
        self._world = world
        self._tap = Tap(source, 6)
        self._oscillator = oscillator or Oscillator()
        self._noise = np.repeat((noise_g, noise_dps), 3)
        self._rng = np.random.default_rng(seed)
        self._chunk_s = chunk_s
        self._identity = identity
        self._deflects = deflects
        self.power_cycle()

    def power_cycle(self) -> None:
        """Lose power and get it back: asleep."""
        self._bytes = bytearray(128)
        self._bytes[0x6B] = 0x40
        self._bytes[0x75] = self._identity
        for axis in range(3):
            self._bytes[0x0D + axis] = (TRIM_CODE >> 2) << 5 | TRIM_CODE
        self._bytes[0x10] = (TRIM_CODE & 3) * 0b010101
        self._pointer = 0
        self._reset_until_s = 0.0
        self._count_low = 0
        self._last_byte = 0
        self._overflowed = False
        self._begin()

    def _begin(self) -> None:
        """Start sampling anew with the present settings."""
        b = self._bytes
        dlpf = b[0x1A] & 7
        base_hz = 8000.0 if dlpf in (0, 7) else 1000.0
        asleep = bool(b[0x6B] & 0x40)
        self._rate_hz = 0.0 if asleep else base_hz / (1 + b[0x19])
        self._phase0_s = self._oscillator.phase_s(self._world.now_s())
        self._slots = 0
        self._raw_first = 0
        self._raw = np.empty((0, 7), dtype=">i2")
        self._begin_fifo()

    def _begin_fifo(self) -> None:
        """Empty the ring; from now on packets of the enabled sensors go in."""
        enabled = self._bytes[0x23]
        chosen = [0, 1, 2] * bool(enabled & 0x08) + [3] * bool(enabled & 0x80)
        chosen += [4 + i for i, bit in enumerate((0x40, 0x20, 0x10)) if enabled & bit]
        self._chosen = chosen if self._bytes[0x6A] & 0x40 else []
        self._fifo_slot0 = self._slots
        self._made = self._taken = 0
        self._ring = b""
        self._ring_first = 0

    # --- bus side ------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Take a register address and the bytes for it and its successors."""
        if not data:
            return
        if self._world.now_s() < self._reset_until_s and len(data) > 1:
            raise Nack
        self._pointer = data[0] & 0x7F
        for value in data[1:]:
            self._write_register(self._pointer, value)
            self._pointer = self._pointer + 1 & 0x7F

    def read(self, count: int) -> bytes:
        """Give bytes from the pointer on; at FIFO_R_W all from the ring."""
        if self._world.now_s() < self._reset_until_s:
            return bytes(count)
        self._advance()
        if self._pointer == 0x74:
            return self._pop(count)
        answer = bytearray()
        for _ in range(count):
            answer.append(self._read_register(self._pointer))
            self._pointer = self._pointer + 1 & 0x7F
        return bytes(answer)

    def _read_register(self, address: int) -> int:
        if address == 0x3A:
            status = (0x10 if self._overflowed else 0) | (0x01 if self._slots else 0)
            self._overflowed = False
            return status
        if address == 0x72:
            level = self._made - self._taken
            self._count_low = level & 0xFF
            return level >> 8
        if address == 0x73:
            return self._count_low
        if 0x3B <= address <= 0x48:
            return self._outputs()[address - 0x3B]
        return self._bytes[address]

    def _write_register(self, address: int, value: int) -> None:
        if address in READ_ONLY:
            return
        self._advance()
        if address == 0x6B and value & 0x80:
            self.power_cycle()
            self._reset_until_s = self._world.now_s() + RESET_S
            return
        if address == 0x6A:
            self._bytes[address] = value & ~0x07
            if value & 0x04 or not value & 0x40 or not self._chosen:
                self._begin_fifo()
            return
        changed = self._bytes[address] != value
        self._bytes[address] = value
        if changed and address in (0x19, 0x1A, 0x1B, 0x1C, 0x6B):
            self._begin()
        elif changed and address == 0x23:
            self._begin_fifo()

    # --- sampling ------------------------------------------------------------------------

    def _advance(self) -> None:
        """Let the time pass."""
        if not self._rate_hz:
            return
        phase_s = self._oscillator.phase_s(self._world.now_s()) - self._phase0_s
        self._slots = int(phase_s * self._rate_hz + 1e-7)
        self._made = (self._slots - self._fifo_slot0) * 2 * len(self._chosen)
        if self._made - self._taken > RING_BYTES:
            self._overflowed = True
            self._taken = self._made - RING_BYTES

    def _pop(self, count: int) -> bytes:
        """Take bytes from the ring; when it is empty the last one again and again."""
        end = min(self._taken + count, self._made)
        if end > self._ring_first + len(self._ring):
            self._fill()
        start = self._ring_first
        data = self._ring[self._taken - start : end - start]
        self._taken = end
        if data:
            self._last_byte = data[-1]
        return data + bytes((self._last_byte,)) * (count - len(data))

    def _fill(self) -> None:
        """Compute packets some seconds ahead, from the one now being read on."""
        size = 2 * len(self._chosen)
        known = self._ring_first + len(self._ring)
        kept = b""
        first = self._taken // size * size
        if self._ring_first <= self._taken < known:
            kept = self._ring[self._taken - self._ring_first :]
            first = known
        count = int(max(self._chunk_s, 2.0) * self._rate_hz)
        self._sample(self._fifo_slot0 + first // size, count)
        self._ring = kept + np.ascontiguousarray(self._raw[:, self._chosen]).tobytes()
        self._ring_first = first - len(kept)

    def _sample(self, slot: int, count: int) -> None:
        phase_s = self._phase0_s + (np.arange(slot, slot + count) + 1) / self._rate_hz
        values = self._tap.sample(self._oscillator.times_s(phase_s))
        values = values + self._rng.standard_normal(values.shape) * self._noise
        b = self._bytes
        scale = (ACCEL_LSB_PER_G[b[0x1C] >> 3 & 3], GYRO_LSB_PER_DPS[b[0x1B] >> 3 & 3])
        counts = values * np.repeat(scale, 3) + self._deflection()
        raw = np.zeros((count, 7))
        raw[:, :3], raw[:, 4:] = counts[:, :3], counts[:, 3:]
        self._raw = np.rint(raw).clip(-32768, 32767).astype(">i2")
        self._raw_first = slot

    def _deflection(self) -> NDArray[np.float64]:
        """Return what self-test adds to each axis, in counts at 8 g and 250 deg/s."""
        added = np.zeros(6)
        accel = 1392.6 * 2.705882 ** ((TRIM_CODE - 1) / 30)
        gyro = 3275.0 * 1.046 ** (TRIM_CODE - 1)
        for axis in range(3):
            bit = 0x80 >> axis
            if self._deflects and self._bytes[0x1C] & bit:
                added[axis] = accel
            if self._deflects and self._bytes[0x1B] & bit:
                added[3 + axis] = -gyro if axis == 1 else gyro
        return added

    def _outputs(self) -> bytes:
        """Acceleration, temperature and rotation registers."""
        if not self._slots:
            return bytes(14)
        at = self._slots - 1 - self._raw_first
        if not 0 <= at < len(self._raw):
            self._sample(self._slots - 1, 64)
            at = 0
        row: bytes = self._raw[at].tobytes()
        return row
