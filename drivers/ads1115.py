"""ADS1115 16-bit converter: the piezo strip, differential AIN0-AIN1, converting continuously.

Source: Texas Instruments SBAS444, "Register Map"; 16-bit registers, most significant byte first.
The converter runs at 860 samples a second and the host reads the newest one at its own pace:
its oscillator (10 % off at worst) then cannot shift the time line (ADR 0011).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.bus import DeviceError, I2CBus, Registers, read_only
from drivers.chip import MS

if TYPE_CHECKING:
    from drivers.chip import Steps

_CONVERSION, _CONFIG = 0x00, 0x01
_BUSY_MASK = 0x7FFF  # bit 15 (OS) reads as the converter's state, not as what was written
_CONTINUOUS_AIN0_AIN1 = 0x0003  # MUX 000, MODE 0, comparator off (QUE 11)
_RATE_860 = 0b111 << 5
_GAIN = {4096: 1, 2048: 2, 1024: 3, 512: 4, 256: 5}
_SETTLE_NS = 20 * MS  # two conversions at the slowest reset rate of 128/s, 10 % slow, are 17 ms


class ADS1115:
    """The strip's converter.

    Parameters
    ----------
    bus : I2CBus
        Open bus.
    address : int
        0x48 to 0x4B.
    range_mv : int
        Full scale [mV]: 256, 512, 1024, 2048 or 4096.
    """

    name = "ADS1115"
    rate_hz = 860.0
    age_ns = 1_163_000
    """Half a conversion since it ended on average, half a conversion of averaging [ns]."""

    def __init__(self, bus: I2CBus, address: int, *, range_mv: int) -> None:
        self._registers = Registers(bus, address)
        self._bus = bus
        self._config = _CONTINUOUS_AIN0_AIN1 | _GAIN[range_mv] << 9 | _RATE_860
        self._answer = read_only(address, 2)
        self.mv_per_count = range_mv / 32768

    def _fail(self, text: str) -> DeviceError:
        return DeviceError(f"{self.name} at 0x{self._registers.address:02X}: {text}")

    def start(self) -> Steps:
        """Configure and read back.

        Raises
        ------
        DeviceError
            When the settings are not kept.
        """
        self._registers.write(_CONFIG, *self._config.to_bytes(2, "big"))
        yield _SETTLE_NS
        wrong = self.check() and self.check()  # one look may be a disturbed read
        if wrong:
            raise self._fail(wrong)

    def read(self) -> bytes:
        """Return the latest conversion (two bytes, big-endian); the pointer stays where it is."""
        self._bus.i2c_rdwr(self._answer)
        read: bytes = self._answer.buf[:2]
        return read

    def check(self) -> str | None:
        """Compare the configuration kept with ours, then point back at the conversion."""
        kept = int.from_bytes(self._registers.read(_CONFIG, 2), "big") & _BUSY_MASK
        self._registers.write(_CONVERSION)
        if kept == self._config:
            return None
        return f"keeps configuration 0x{kept:04X} instead of 0x{self._config:04X}"
