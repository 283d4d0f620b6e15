"""A simulated LSM6DSO, byte by byte.

Written from ST's register description and public notes on the chip's behaviour, independent of
the driver. Published fact: registers, reset values, tags and parity, pop on 0x7E, the latched
overrun flag, the reset that is not acknowledged while the FIFO holds data, start-up garbage,
one oscillator for samples and timestamps. Modelling: size of noise and of the self-test
deflection, the random order of words inside a slot (ST does not promise one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulated.adapter import Nack
from drivers.simulated.lsm6dso_events import FREE_FALL_FLAG, WAKE_FLAG, Events
from drivers.simulated.lsm6dso_fifo import Fifo, Stream
from drivers.simulated.lsm6dso_registers import (
    RESET_IMAGE,
    STAMP_HZ,
    STREAM_REGISTERS,
    WRITABLE,
    stream_of,
    watermark,
)
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import Source, Tap, World

if TYPE_CHECKING:
    from collections.abc import Callable

BOOT_S = 0.010
RESET_S = 0.001


class SimulatedLSM6DSO:
    """An ankle sensor.

    Parameters
    ----------
    world : World
        Time.
    source : Source
        What the ankle does: acceleration [g], rotation [deg/s].
    oscillator : Oscillator
        Its own clock.
    trim : int, optional
        INTERNAL_FREQ_FINE; by default the factory's measurement of the oscillator.
    noise_g, noise_dps : float
        Standard deviation of a sample.
    bias_g, bias_dps : tuple of float
        Constant error of each axis.
    seed : int
        Of noise and word order.
    chunk_s : float
        How far it computes ahead.
    first_stamp : int
        Timestamp counter at power-up, to bring its wrap near.
    full_scale_factor : int
        2 makes an LSM6DSO32: same identity, twice the range.
    identity : int
        WHO_AM_I.
    deflects : bool
        False: the self-test moves nothing.
    int1_high : Callable
        Level of the INT1 wire at power-up and reset: high makes the chip I3C-only, silent here.
    """

    def __init__(
        self,
        world: World,
        source: Source,
        *,
        oscillator: Oscillator | None = None,
        trim: int | None = None,
        noise_g: float = 0.0007,
        noise_dps: float = 0.04,
        bias_g: tuple[float, float, float] = (0.0, 0.0, 0.0),
        bias_dps: tuple[float, float, float] = (0.0, 0.0, 0.0),
        seed: int = 0,
        chunk_s: float = 8.0,
        first_stamp: int = 0,
        full_scale_factor: int = 1,
        identity: int = 0x6C,
        deflects: bool = True,
        int1_high: Callable[[], bool] = lambda: False,
    ) -> None:
        self._world = world
        self._oscillator = oscillator or Oscillator()
        error = self._oscillator.error
        self._trim = round(error / 0.0015) if trim is None else trim
        self._first_stamp = first_stamp
        self._factor = full_scale_factor
        self._identity = identity
        self._deflects = deflects
        self._int1_high = int1_high
        self._fifo = Fifo(
            Tap(source, 6),
            self._oscillator,
            noise=(noise_g, noise_dps),
            bias=(*bias_g, *bias_dps),
            seed=seed,
            chunk_s=chunk_s,
        )
        self.power_cycle()

    def power_cycle(self) -> None:
        """Lose power and get it back."""
        self._silent = self._int1_high()
        now_s = self._world.now_s()
        self._awake_s = now_s + BOOT_S if now_s > 0.0 else 0.0
        self._reset_registers()

    def _reset_registers(self) -> None:
        self._bytes = bytearray(128)
        for address, value in RESET_IMAGE.items():
            self._bytes[address] = value
        self._bytes[0x0F] = self._identity
        self._bytes[0x63] = self._trim & 0xFF
        self._hidden_banks = bytearray(128)
        self._pointer = 0
        self._reset_until_s = 0.0
        self._stamp_zero = -self._first_stamp
        self._stamp_running = False
        self._overrun_latched = False
        self._fifo.configure(self._stream(), self._world.now_s())
        self._events = Events(self._bytes, self._fifo)

    # --- bus side ------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Take a register address and the bytes for it and its successors."""
        self._refuse_if_deaf()
        if not data:
            return
        self._pointer = data[0] & 0x7F
        for value in data[1:]:
            self._write_register(self._pointer, value)
            self._step_pointer()

    def read(self, count: int) -> bytes:
        """Give bytes from the pointer on."""
        self._refuse_if_deaf()
        if not self._bytes[0x01]:
            if self._pointer == 0x78 and count % 7 == 0:
                self._fifo.advance(self._world.now_s())
                return self._fifo.take(count // 7)
            if self._pointer == 0x3A and count == 2:
                self._pointer = 0x3C
                return self._status()
        return bytes([self._read_and_step() for _ in range(count)])

    def _refuse_if_deaf(self) -> None:
        if self._silent or self._world.now_s() < self._awake_s:
            raise Nack(at_address=True)

    def _step_pointer(self) -> None:
        if self._bytes[0x12] & 0x04:
            self._pointer = 0x78 if self._pointer == 0x7E else self._pointer + 1 & 0x7F

    def _read_and_step(self) -> int:
        address = self._pointer
        value = self._read_register(address)
        self._step_pointer()
        return value

    # --- registers -----------------------------------------------------------------------

    def _read_register(self, address: int) -> int:
        now_s = self._world.now_s()
        if address == 0x01:
            return self._bytes[1]
        if self._bytes[0x01]:
            return self._hidden_banks[address]
        if address == 0x12 and now_s < self._reset_until_s:
            return self._bytes[address] | 0x01
        if address == 0x3A:
            return self._status(clear=False)[0]
        if address == 0x3B:
            return self._status()[1]
        if 0x78 <= address <= 0x7E:
            self._fifo.advance(now_s)
            return self._fifo.byte(address - 0x78)
        return self._measured(address, now_s)

    def _measured(self, address: int, now_s: float) -> int:
        """Read what the chip itself writes: events, samples, time."""
        if address in (0x1A, 0x1B):
            self._events.look(now_s)
            source = self._events.read_source()
            return source if address == 0x1B else _all_sources(source)
        if address == 0x1E:
            return 0x07 if self._fifo.running(now_s) else 0x00
        if 0x20 <= address <= 0x2D:
            return self._fifo.output(now_s)[address - 0x20]
        if 0x40 <= address <= 0x43:
            return self._stamp(now_s) >> 8 * (address - 0x40) & 0xFF
        return self._bytes[address]

    def _write_register(self, address: int, value: int) -> None:
        now_s = self._world.now_s()
        if address != 0x01 and self._bytes[0x01]:
            self._hidden_banks[address] = value
            return
        if address == 0x42 and value == 0xAA:
            self._stamp_zero = self._ticks(now_s)
            self._fifo.configure(self._stream(), now_s)
            return
        kept = value & WRITABLE.get(address, 0)
        if address == 0x02:
            kept |= 0x3F
        if address == 0x12 and kept & 0x81:
            self._boot_or_reset(kept, now_s)
            return
        if address not in WRITABLE:
            return
        changed = kept != self._bytes[address]
        self._bytes[address] = kept
        if changed and address in STREAM_REGISTERS:
            self._fifo.advance(now_s)
            self._fifo.configure(self._stream(), now_s)
            self._events.begin()
        if address == 0x0B and kept & 0x40:
            self._bytes[address] &= ~0x40
            self._events.restart_counter(now_s)
        if changed and address == 0x19:
            self._stamp_running = bool(kept & 0x20)

    def _boot_or_reset(self, value: int, now_s: float) -> None:
        """Obey; when the FIFO holds words, without acknowledging the byte."""
        self._fifo.advance(now_s)
        unacknowledged = self._fifo.level > 0
        if value & 0x01:
            self._silent = self._int1_high()
            self._reset_registers()
            self._reset_until_s = now_s + RESET_S
        if unacknowledged and value & 0x01:
            raise Nack

    def _ticks(self, now_s: float) -> int:
        return int(self._oscillator.phase_s(now_s) * STAMP_HZ)

    def _stamp(self, now_s: float) -> int:
        if not self._stamp_running:
            return 0
        return self._ticks(now_s) - self._stamp_zero & 0xFFFFFFFF

    def _status(self, *, clear: bool = True) -> bytes:
        """FIFO_STATUS1 and 2; reading the second clears the latched flag."""
        fifo = self._fifo
        fifo.advance(self._world.now_s())
        level = fifo.level
        high = level >> 8 & 3
        if fifo.overran:
            self._overrun_latched = True
        wanted = watermark(self._bytes)
        if wanted and level >= wanted:
            high |= 0x80
        if self._bytes[0x0B] or self._bytes[0x0C]:
            self._events.look(self._world.now_s())
            high |= self._events.counter_reached << 4
        if self._overrun_latched:
            high |= 0x08
            if level >= fifo.depth:
                high |= 0x40
        if fifo.full_next:
            high |= 0x20
        if clear:
            self._overrun_latched = False
            fifo.overran = self._events.counter_reached = False
        return bytes((level & 0xFF, high))

    @property
    def int1(self) -> bool:
        """Level of the INT1 pin: what is routed to it of the FIFO's flags and of the events."""
        status = self._status(clear=False)[1]
        fifo, motion = self._bytes[0x0D], self._bytes[0x5E]
        self._events.look(self._world.now_s())
        source = self._events.source
        routed = (
            (fifo & 0x08, status & 0x80),
            (fifo & 0x10, status & 0x40),
            (fifo & 0x20, status & 0x20),
            (fifo & 0x40, status & 0x10),
            (motion & 0x20, source & WAKE_FLAG),
            (motion & 0x10, source & FREE_FALL_FLAG),
        )
        return any(wired and risen for wired, risen in routed)

    def _stream(self) -> Stream:
        return stream_of(
            self._bytes,
            self._stamp_zero,
            full_scale_factor=self._factor,
            deflects=self._deflects,
        )


def _all_sources(source: int) -> int:
    """Return ALL_INT_SRC for a WAKE_UP_SRC: wake-up in bit 1, free-fall in bit 0."""
    return (source & WAKE_FLAG) >> 2 | (source & FREE_FALL_FLAG) >> 5
