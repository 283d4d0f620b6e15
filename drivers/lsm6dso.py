"""LSM6DSO / LSM6DSOX ankle sensor: accelerometer, gyroscope and its tagged FIFO.

Sources: STMicroelectronics lsm6dso-pid (register names and bits), STMems_Standard_C_drivers
(self-test procedure and limits), Linux st_lsm6dsx (reset order, invalid start-up samples).
Multi-byte values are little-endian. The FIFO hands out 7-byte words; reading 0x7E takes the
word away and rolls the pointer back to 0x78, so one burst of 7 n bytes is n words.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from drivers.bus import DeviceError, I2CBus, Registers, read_after
from drivers.chip import MS
from drivers.lsm6dso_fifo import WordDecoder

if TYPE_CHECKING:
    from drivers.chip import Steps

_FUNC_CFG_ACCESS = 0x01
_FIFO_CTRL1, _FIFO_CTRL3, _FIFO_CTRL4 = 0x07, 0x09, 0x0A
_WHO_AM_I, _IDENTITY = 0x0F, 0x6C
_CTRL1_XL, _CTRL2_G, _CTRL3_C, _CTRL5_C = 0x10, 0x11, 0x12, 0x14
_CTRL9_XL, _CTRL10_C = 0x18, 0x19
_OUT_G, _OUT_XL = 0x22, 0x28
_FIFO_STATUS1 = 0x3A
_TIMESTAMP2, _RESET_TIMESTAMP = 0x42, 0xAA
_FREQ_FINE = 0x63
_FIFO_TAG = 0x78

_SW_RESET = 0x01
_BDU_IF_INC = 0x44
_I3C_DISABLE = 0xE2
_ODR_104 = 0x4
_BATCH_BOTH_104 = _ODR_104 << 4 | _ODR_104
_CONTINUOUS_STAMP_8 = 0x96  # timestamp every 8 slots, temperature 1.6 Hz, continuous
_ACCEL_FS = {2: 0, 4: 2, 8: 3, 16: 1}
_GYRO_FS = {250: 0, 500: 2, 1000: 4, 2000: 6}
_ACCEL_MG_PER_COUNT = {2: 0.061, 4: 0.122, 8: 0.244, 16: 0.488}
_GYRO_MDPS_PER_COUNT = {250: 8.75, 500: 17.5, 1000: 35.0, 2000: 70.0}

_LEVEL_BITS = 0x3FF
_LOST_BITS = 0x4800  # FIFO_STATUS2: OVR_IA and OVR_LATCHED
_NEARLY_FULL = 480
"""An overrun flag with fewer words than this waiting is a flipped bit, not an overrun."""

_RESET_POLLS = 50
_FREQ_FINE_STEP = 0.0015


class LSM6DSO:
    """One ankle sensor at 104 Hz.

    Parameters
    ----------
    bus : I2CBus
        Open bus.
    address : int
        0x6A or 0x6B.
    accel_range_g, gyro_range_dps : int
        Full scales: 2, 4, 8, 16 g and 250, 500, 1000, 2000 deg/s.
    """

    name = "LSM6DSO"
    burst_units = 32
    unit_bytes = 7

    def __init__(
        self, bus: I2CBus, address: int, *, accel_range_g: int, gyro_range_dps: int
    ) -> None:
        self._registers = Registers(bus, address)
        self._bus = bus
        self._ctrl1 = _ODR_104 << 4 | _ACCEL_FS[accel_range_g] << 2
        self._ctrl2 = _ODR_104 << 4 | _GYRO_FS[gyro_range_dps] << 1
        self.g_per_count = _ACCEL_MG_PER_COUNT[accel_range_g] / 1e3
        self.dps_per_count = _GYRO_MDPS_PER_COUNT[gyro_range_dps] / 1e3
        self._status = read_after(address, _FIFO_STATUS1, 2)
        self._bursts = [
            read_after(address, _FIFO_TAG, self.unit_bytes * n)
            for n in range(1, self.burst_units + 1)
        ]
        self.rate_hz = 6667 / 64

    def _fail(self, text: str) -> DeviceError:
        return DeviceError(f"{self.name} at 0x{self._registers.address:02X}: {text}")

    def start(self) -> Steps:
        """Reset, identify, configure and read back.

        Raises
        ------
        DeviceError
            When another chip answers, the reset does not end or a setting is not kept.
        """
        yield from self._reset()
        self._identify()
        write = self._registers.write
        write(_CTRL9_XL, _I3C_DISABLE)
        write(_CTRL3_C, _BDU_IF_INC)
        write(_CTRL1_XL, self._ctrl1)
        write(_CTRL2_G, self._ctrl2)
        write(_CTRL10_C, 0x20)
        write(_FIFO_CTRL1, 0x00, 0x00, _BATCH_BOTH_104)
        self._read_trim()
        write(_TIMESTAMP2, _RESET_TIMESTAMP)
        write(_FIFO_CTRL4, _CONTINUOUS_STAMP_8)
        wrong = self.check() and self.check()  # one look may be a disturbed read
        if wrong:
            raise self._fail(wrong)

    def _reset(self) -> Steps:
        """Soft reset with its two traps: a stuck register bank, and the FIFO that must be empty.

        While the FIFO holds data the chip obeys the reset but does not acknowledge it.
        """
        write = self._registers.write
        write(_FUNC_CFG_ACCESS, 0x00)
        write(_FIFO_CTRL4, 0x00)
        yield MS
        try:
            write(_CTRL3_C, _SW_RESET)
        except OSError:
            yield MS
        for _ in range(_RESET_POLLS):
            yield MS
            if not self._registers.read(_CTRL3_C)[0] & _SW_RESET:
                break
        else:
            raise self._fail("its reset does not end: switch its power off and on")
        yield 35 * MS

    def _identify(self) -> None:
        identity = self._registers.identity(_WHO_AM_I, (_IDENTITY,))
        if identity != _IDENTITY:
            raise self._fail(
                f"answers identity 0x{identity:02X}, not 0x{_IDENTITY:02X}: another chip; "
                "set `chip` and `address` to what is fitted"
            )

    def _read_trim(self) -> None:
        """Take the factory's own estimate of the oscillator as the first guess of the rate."""
        (trim,) = struct.unpack("b", self._registers.read(_FREQ_FINE))
        self.rate_hz = 6667 / 64 * (1 + _FREQ_FINE_STEP * trim)

    def poll(self) -> tuple[int, bool]:
        """Return the number of FIFO words waiting, and whether the FIFO ran over."""
        self._bus.i2c_rdwr(*self._status)
        status = int.from_bytes(self._status[1].buf[:2], "little")
        level = status & _LEVEL_BITS
        return level, bool(status & _LOST_BITS) and level > _NEARLY_FULL

    def burst(self, units: int) -> bytes:
        """Read and remove `units` FIFO words (1 to `burst_units`)."""
        pointer, answer = self._bursts[units - 1]
        self._bus.i2c_rdwr(pointer, answer)
        words: bytes = answer.buf[: self.unit_bytes * units]
        return words

    def check(self) -> str | None:
        """Compare identity, bank, scales, rates and FIFO mode with what was set."""
        expected = (
            (_WHO_AM_I, bytes((_IDENTITY, self._ctrl1, self._ctrl2, _BDU_IF_INC))),
            (_FIFO_CTRL1, bytes((0x00, 0x00, _BATCH_BOTH_104, _CONTINUOUS_STAMP_8))),
            (_CTRL10_C, b"\x20"),
        )
        return self._registers.difference(expected)

    def self_test(self) -> Steps:
        """Let the chip push its own sensing elements, and judge how far they move.

        Leaves the chip with other settings: start it again afterwards.

        Raises
        ------
        DeviceError
            When an axis moves too little or too much (limits: ST's own examples).
        """
        yield from self._reset()
        self._registers.write(_CTRL3_C, _BDU_IF_INC)
        self._registers.write(_CTRL1_XL, 0x38)
        yield from self._judge(_OUT_XL, 0x01, 20 * MS, 0.122e-3, (0.050, 1.700), "g")
        self._registers.write(_CTRL1_XL, 0x00)
        self._registers.write(_CTRL2_G, 0x5C)
        yield from self._judge(_OUT_G, 0x04, 5 * MS, 70e-3, (150.0, 700.0), "deg/s")

    def _judge(
        self,
        output: int,
        push: int,
        period_ns: int,
        scale: float,
        limits: tuple[float, float],
        unit: str,
    ) -> Steps:
        """Compare the mean of five samples without and with the push."""
        rest = [0.0, 0.0, 0.0]
        pushed = [0.0, 0.0, 0.0]
        for mean, setting in ((rest, 0x00), (pushed, push)):
            self._registers.write(_CTRL5_C, setting)
            yield 100 * MS
            for _ in range(5):
                yield period_ns
                for axis, count in enumerate(struct.unpack("<3h", self._registers.read(output, 6))):
                    mean[axis] += count * scale / 5
        self._registers.write(_CTRL5_C, 0x00)
        for axis, name in enumerate("XYZ"):
            moved = abs(pushed[axis] - rest[axis])
            if not limits[0] <= moved <= limits[1]:
                raise self._fail(
                    f"self-test of {name} moves {moved:.3f} {unit}, "
                    f"not {limits[0]:g} to {limits[1]:g}: a broken sensor, replace it"
                )

    def decoder(self) -> WordDecoder:
        """Return a decoder for the stream that begins with the last start."""
        return WordDecoder(self.g_per_count, self.dps_per_count)
