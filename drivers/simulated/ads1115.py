"""A simulated ADS1115, byte by byte.

Written from TI SBAS444 (register map, operating modes) and independent of the driver.
Published fact: register layout and reset values, a free-running converter up to 10 % off its
label, results that appear at the end of a conversion, settings that act after the running one.
Modelling: noise of one count, and one look at the input in the middle of each conversion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.adapter import Nack
from drivers.simulated.oscillator import Oscillator
from drivers.simulated.signal import Source, Tap, World

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESET = {0: 0x0000, 1: 0x8583, 2: 0x8000, 3: 0x7FFF}
FULL_SCALE_MV = (6144.0, 4096.0, 2048.0, 1024.0, 512.0, 256.0, 256.0, 256.0)
RATES_SPS = (8, 16, 32, 64, 128, 250, 475, 860)
WIRING = ("01", "03", "13", "23", "0", "1", "2", "3")
"""Inputs compared for each MUX setting; a single digit is against ground."""
MID_RAIL_MV = 1650.0
RDY_PULSE_S = 8e-6
"""Length of the pulse after each conversion; from memory of the data sheet."""
LOOKS_HZ = 250.0
"""The input is sampled at this rate and joined by straight lines: it is band-limited to 50 Hz."""


class SimulatedADS1115:
    """The strip's converter.

    Parameters
    ----------
    world : World
        Time.
    source : Source
        Voltage of AIN0 over AIN1 (the buffered film over mid-rail) [mV].
    oscillator : Oscillator
        Its own clock.
    noise_mv : float
        Standard deviation of a conversion.
    seed : int
        Of the noise.
    chunk_s : float
        How far it computes ahead.
    low_bits : int
        4 makes an ADS1015: the lowest four bits are always 0.
    """

    def __init__(
        self,
        world: World,
        source: Source,
        *,
        oscillator: Oscillator | None = None,
        noise_mv: float = 0.06,
        seed: int = 0,
        chunk_s: float = 8.0,
        low_bits: int = 0,
    ) -> None:
        self._world = world
        self._tap = Tap(source, 1)
        self._oscillator = oscillator or Oscillator()
        self._noise_mv = noise_mv
        self._rng = np.random.default_rng(seed)
        self._chunk_s = chunk_s
        self._low_mask = ~((1 << low_bits) - 1)
        self.power_cycle()

    def power_cycle(self) -> None:
        """All registers to their reset values: single-shot, idle."""
        self._registers = dict(RESET)
        self._pointer = 0
        self._result = b"\x00\x00"
        self._single_done_s = 0.0
        self._codes = b""
        self._first = self._end = 0
        self._rate = 0.0
        self._phase0 = 0.0

    def write(self, data: bytes) -> None:
        """Set the pointer, and the register when two more bytes follow."""
        if not data:
            return
        if data[0] > 3:
            raise Nack
        self._pointer = data[0]
        if len(data) >= 3 and self._pointer:
            word = data[1] << 8 | data[2]
            if self._pointer == 1:
                self._configure(word)
            else:
                self._registers[self._pointer] = word

    def read(self, count: int) -> bytes:
        """Give the register pointed at, most significant byte first."""
        if self._pointer == 0:
            answer = self._conversion()
        elif self._pointer == 1:
            answer = self._config_as_read().to_bytes(2, "big")
        else:
            answer = self._registers[self._pointer].to_bytes(2, "big")
        if count == 2:
            return answer
        return (answer * (count // 2 + 1))[:count]

    @property
    def alert_rdy(self) -> bool:
        """Level of the ALERT/RDY pin, pulled up; high when it is not set to tell of conversions."""
        config = self._registers[1]
        active = bool(config & 0x0008)
        if not self._tells_ready():
            return True
        now_s = self._world.now_s()
        if config & 0x0100:
            return active == (now_s >= self._single_done_s)
        edge_s = self._ended_s(int(self._conversions(now_s) + 1e-9))
        return active == (0.0 <= now_s - edge_s < RDY_PULSE_S)

    def ready_edges_s(self, from_s: float, until_s: float) -> NDArray[np.float64]:
        """Return when the pin became active: the ends of conversions [s since the beginning].

        Parameters
        ----------
        from_s, until_s : float
            Between these times, with the present settings, converting continuously.
        """
        if not self._tells_ready() or self._registers[1] & 0x0100:
            return np.empty(0)
        first = max(1, int(np.ceil(self._conversions(from_s))))
        last = int(self._conversions(until_s))
        numbers = np.arange(first, last + 1)
        return self._oscillator.times_s(self._phase0 + numbers / self._nominal)

    def _tells_ready(self) -> bool:
        """RDY mode: Hi_thresh begins with 1, Lo_thresh with 0, and the comparator is not off."""
        r = self._registers
        return bool(r[3] & 0x8000 and not r[2] & 0x8000 and r[1] & 3 != 3 and self._rate)

    def _ended_s(self, done: int) -> float:
        """Return when conversion number `done` (from 1 on) ended; never for none."""
        return self._oscillator.time_s(self._phase0 + done / self._nominal) if done else np.inf

    def _config_as_read(self) -> int:
        config = self._registers[1]
        idle = config & 0x0100 and self._world.now_s() >= self._single_done_s
        return config & 0x7FFF | (0x8000 if idle else 0)

    def _configure(self, word: int) -> None:
        """Take new settings; a conversion under way ends first, so the result register waits."""
        self._result = self._conversion()
        now_s = self._world.now_s()
        running = not self._registers[1] & 0x0100
        rest_s = 0.0
        if running and self._rate:
            phase = self._conversions(now_s)
            rest_s = (1.0 - phase % 1.0) / self._rate
        self._registers[1] = word
        single = bool(word & 0x0100)
        self._rate = RATES_SPS[word >> 5 & 7] * (1.0 + self._oscillator.error)
        self._phase0 = self._oscillator.phase_s(now_s + rest_s)
        self._nominal = float(RATES_SPS[word >> 5 & 7])
        self._codes = b""
        self._first = self._end = 0
        if single and word & 0x8000:
            self._single_done_s = now_s + 1.0 / self._rate
        self._single = single

    def _conversions(self, now_s: float) -> float:
        """Conversions since the settings took effect, with the fraction of the running one."""
        return (self._oscillator.phase_s(now_s) - self._phase0) * self._nominal

    def _conversion(self) -> bytes:
        """Give the result of the last conversion that has ended."""
        if not self._rate:
            return self._result
        world = self._world
        now_s = (world.clock.now_ns - world.origin_ns) * 1e-9
        done = int((self._oscillator.phase_s(now_s) - self._phase0) * self._nominal + 1e-9)
        if done < 1 or (self._single and now_s < self._single_done_s):
            return self._result
        if self._single:
            done = 1
        number = done - 1
        if number >= self._end:
            self._convert(number)
        at = (number - self._first) * 2
        return self._codes[at : at + 2]

    def _convert(self, first: int) -> None:
        """Compute a chunk of conversions from number `first` on."""
        count = 1 if self._single else int(self._chunk_s * self._nominal)
        numbers = np.arange(first, first + count)
        phase_s = np.asarray(self._phase0 + (numbers + 0.5) / self._nominal, dtype=np.float64)
        millivolts = self._input(self._oscillator.times_s(phase_s))
        if self._noise_mv:
            millivolts = millivolts + self._rng.standard_normal(count) * self._noise_mv
        full_scale = FULL_SCALE_MV[self._registers[1] >> 9 & 7]
        codes = np.rint(millivolts * (32768.0 / full_scale)).clip(-32768, 32767).astype(np.int64)
        self._codes = (codes & self._low_mask).astype(">i2").tobytes()
        self._first, self._end = first, first + count

    def _input(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Voltage between the inputs chosen by MUX; an unwired one sits at ground [mV]."""
        looks = max(2, int((t_s[-1] - t_s[0]) * LOOKS_HZ) + 2)
        grid = np.linspace(t_s[0], t_s[-1], looks) if len(t_s) > looks else t_s
        film = self._tap.sample(grid)[:, 0]
        if len(grid) != len(t_s):
            film = np.interp(t_s, grid, film)
        levels = {
            "0": np.clip(film + MID_RAIL_MV, 0.0, 2 * MID_RAIL_MV),
            "1": np.full(len(t_s), MID_RAIL_MV),
            "2": np.zeros(len(t_s)),
            "3": np.zeros(len(t_s)),
        }
        inputs = WIRING[self._registers[1] >> 12 & 7]
        against = levels[inputs[1]] if len(inputs) == 2 else 0.0
        difference: NDArray[np.float64] = levels[inputs[0]] - against
        return difference
