"""MPU-6050 ankle sensor: accelerometer, gyroscope and its plain byte FIFO.

Sources: InvenSense register map RM-MPU-6000A and product specification PS-MPU-6000A (as quoted
by i2cdevlib and Linux inv_mpu6050). Multi-byte values are big-endian. The FIFO has no tags, no
timestamps and 1024 bytes, no multiple of a packet: after an overflow every packet would be
misframed for ever and gravity may turn up on another axis, so it is emptied at once.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from drivers.bus import DeviceError, I2CBus, Registers, read_after
from drivers.chip import MS, Drain, Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drivers.chip import Steps

_SELF_TEST_X, _SMPLRT_DIV, _CONFIG, _GYRO_CONFIG, _ACCEL_CONFIG = 0x0D, 0x19, 0x1A, 0x1B, 0x1C
_FIFO_EN, _INT_STATUS, _ACCEL_OUT, _GYRO_OUT = 0x23, 0x3A, 0x3B, 0x43
_USER_CTRL, _PWR_MGMT_1, _PWR_MGMT_2 = 0x6A, 0x6B, 0x6C
_FIFO_COUNT, _FIFO_R_W, _WHO_AM_I = 0x72, 0x74, 0x75

_IDENTITIES = {0x68: "MPU-6050", 0x70: "MPU-6500", 0x72: "MPU-6050 clone", 0x98: "MPU-6050 clone"}
_DEVICE_RESET = 0x80
_PLL_GYRO_X = 0x01
_DLPF_42_HZ = 0x03
_DIV_100_HZ = 0x09
_ACCEL_AND_GYRO = 0x78
_FIFO_ON, _FIFO_RESET = 0x40, 0x04
_OVERFLOW = 0x10
_ACCEL_FS = {2: 0x00, 4: 0x08, 8: 0x10, 16: 0x18}
_GYRO_FS = {250: 0x00, 500: 0x08, 1000: 0x10, 2000: 0x18}

_PACKET = 12
_FIFO_BYTES = 1024
_NEARLY_FULL = _FIFO_BYTES - 3 * _PACKET
_RESET_POLLS = 10
_SETTLING = 5
"""Packets not used after a start."""
_MOST_EMPTY = 16


class MPU6050:
    """One ankle sensor at 100 Hz.

    Parameters
    ----------
    bus : I2CBus
        Open bus.
    address : int
        0x68 or 0x69.
    accel_range_g, gyro_range_dps : int
        Full scales: 2, 4, 8, 16 g and 250, 500, 1000, 2000 deg/s.
    """

    name = "MPU-6050"
    burst_units = 16
    unit_bytes = _PACKET
    rate_hz = 100.0

    def __init__(
        self, bus: I2CBus, address: int, *, accel_range_g: int, gyro_range_dps: int
    ) -> None:
        self._registers = Registers(bus, address)
        self._bus = bus
        self._accel_config = _ACCEL_FS[accel_range_g]
        self._gyro_config = _GYRO_FS[gyro_range_dps]
        self.g_per_count = accel_range_g / 32768
        self.dps_per_count = gyro_range_dps / 32768
        self._status = read_after(address, _INT_STATUS, 1)
        self._count = read_after(address, _FIFO_COUNT, 2)
        self._bursts = [
            read_after(address, _FIFO_R_W, _PACKET * n) for n in range(1, self.burst_units + 1)
        ]
        self._misframed = False

    def _fail(self, text: str) -> DeviceError:
        return DeviceError(f"{self.name} at 0x{self._registers.address:02X}: {text}")

    def start(self) -> Steps:
        """Reset, identify, configure and read back.

        Raises
        ------
        DeviceError
            When another chip answers or a setting is not kept.
        """
        yield from self._reset()
        write = self._registers.write
        write(_PWR_MGMT_1, _PLL_GYRO_X, 0x00)
        yield 10 * MS
        write(_SMPLRT_DIV, _DIV_100_HZ, _DLPF_42_HZ, self._gyro_config, self._accel_config)
        yield 50 * MS
        self._restart_fifo()
        wrong = self.check() and self.check()  # one look may be a disturbed read
        if wrong:
            raise self._fail(wrong)

    def _reset(self) -> Steps:
        """Reset and wait 100 ms: a chip still in reset reads 0, as if it had done."""
        self._identify()
        self._registers.write(_PWR_MGMT_1, _DEVICE_RESET)
        yield 100 * MS
        for _ in range(_RESET_POLLS):
            if not self._registers.read(_PWR_MGMT_1)[0] & _DEVICE_RESET:
                break
            yield 10 * MS
        else:
            raise self._fail("its reset does not end: switch its power off and on")
        self._identify()

    def _identify(self) -> None:
        identity = self._registers.identity(_WHO_AM_I, _IDENTITIES)
        if identity not in _IDENTITIES:
            raise self._fail(
                f"answers identity 0x{identity:02X}, which is no MPU-6050: another chip; "
                "set `chip` and `address` to what is fitted"
            )

    def _restart_fifo(self) -> None:
        """Empty the FIFO, so that the next byte is the first of a packet."""
        write = self._registers.write
        write(_FIFO_EN, 0x00)
        write(_USER_CTRL, _FIFO_RESET)
        for _ in range(_RESET_POLLS):
            if not self._registers.read(_USER_CTRL)[0] & _FIFO_RESET:
                break
        else:
            raise self._fail("its FIFO reset does not end: switch its power off and on")
        write(_USER_CTRL, _FIFO_ON)
        write(_FIFO_EN, _ACCEL_AND_GYRO)
        self._bus.i2c_rdwr(*self._status)
        self._misframed = False

    def poll(self) -> tuple[int, bool]:
        """Return the number of whole packets waiting, and whether some were lost."""
        self._bus.i2c_rdwr(*self._status)
        self._bus.i2c_rdwr(*self._count)
        overflow = self._status[1].buf[:1][0] & _OVERFLOW
        count = int.from_bytes(self._count[1].buf[:2], "big")
        if overflow or count > _NEARLY_FULL or count % _PACKET or self._misframed:
            self._restart_fifo()
            return 0, True
        return count // _PACKET, False

    def burst(self, units: int) -> bytes:
        """Read and remove `units` packets (1 to `burst_units`)."""
        pointer, answer = self._bursts[units - 1]
        self._misframed = True
        self._bus.i2c_rdwr(pointer, answer)
        self._misframed = False
        packets: bytes = answer.buf[: _PACKET * units]
        return packets

    def check(self) -> str | None:
        """Compare identity, power, rate, scales and FIFO settings with what was set."""
        identity = self._registers.read(_WHO_AM_I)[0]
        if identity not in _IDENTITIES:
            return f"its identity reads 0x{identity:02X}"
        settings = bytes((_DIV_100_HZ, _DLPF_42_HZ, self._gyro_config, self._accel_config))
        expected = (
            (_SMPLRT_DIV, settings),
            (_FIFO_EN, bytes((_ACCEL_AND_GYRO,))),
            (_USER_CTRL, bytes((_FIFO_ON, _PLL_GYRO_X))),
        )
        return self._registers.difference(expected)

    def self_test(self) -> Steps:
        """Let the chip push its own sensing elements; compare with the factory's measurement.

        Leaves the chip with other settings: start it again afterwards.

        Raises
        ------
        DeviceError
            When an axis is more than 14 % off its factory trim.
        """
        yield from self._reset()
        self._registers.write(_PWR_MGMT_1, _PLL_GYRO_X, 0x00)
        means = []
        for gyro, accel in ((0x00, 0x10), (0xE0, 0xF0)):
            self._registers.write(_GYRO_CONFIG, gyro, accel)
            yield 250 * MS
            total = [0] * 6
            for _ in range(8):
                yield 10 * MS
                counts = struct.unpack(">3h", self._registers.read(_ACCEL_OUT, 6))
                counts += struct.unpack(">3h", self._registers.read(_GYRO_OUT, 6))
                total = [t + c for t, c in zip(total, counts, strict=True)]
            means.append([t / 8 for t in total])
        trims = _factory_trims(self._registers.read(_SELF_TEST_X, 4))
        names = ("accel X", "accel Y", "accel Z", "gyro X", "gyro Y", "gyro Z")
        for axis, name in enumerate(names):
            response = means[1][axis] - means[0][axis]
            if not trims[axis] or abs(response / trims[axis] - 1) > 0.14:
                raise self._fail(
                    f"self-test of {name} moves {response:.0f} counts where the factory "
                    f"measured {trims[axis]:.0f}: a broken sensor, replace it"
                )

    def decoder(self) -> PacketDecoder:
        """Return a decoder for the stream that begins with the last start."""
        return PacketDecoder(self.g_per_count, self.dps_per_count)


def _factory_trims(codes: bytes) -> list[float]:
    """Return the factory's self-test responses in counts at 8 g and 250 deg/s (RM-MPU-6000A 4.1).

    Parameters
    ----------
    codes : bytes
        SELF_TEST_X, _Y, _Z and _A.
    """
    trims = []
    for axis in range(3):
        code = codes[axis] >> 3 & 0x1C | codes[3] >> 4 - 2 * axis & 0x03
        trims.append(4096 * 0.34 * (0.92 / 0.34) ** ((code - 1) / 30) if code else 0.0)
    for axis, sign in enumerate((1, -1, 1)):
        code = codes[axis] & 0x1F
        trims.append(sign * 25 * 131 * 1.046 ** (code - 1) if code else 0.0)
    return trims


def _empty(packets: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which packets no chip has sent: nothing but ones, or nothing but zeros.

    So reads the rest of a burst whose plug was pulled, and no sensor on earth weighs nothing.
    """
    first = packets[:, 0]
    alike = (packets == packets[:, :1]).all(axis=1)
    return np.asarray(alike & ((first == 0x00) | (first == 0xFF)))


class PacketDecoder:
    """Decodes one started chip's stream of 12-byte packets.

    The last packet waits for the next visit: nobody knows whether the plug was in to its end.
    The one before an empty packet was cut in two, and is dropped with it.

    Parameters
    ----------
    g_per_count, dps_per_count : float
        Sensitivities [g, deg/s per count].
    """

    counts_losses = False

    def __init__(self, g_per_count: float, dps_per_count: float) -> None:
        self._scale = np.array([g_per_count] * 3 + [dps_per_count] * 3)
        self._next = 0
        self._held = b""

    def feed(self, drains: Sequence[Drain]) -> Samples:
        """Decode drains in the order they were made; none but the first may follow a loss."""
        if any(drain.lost for drain in drains):
            self._held = b""
        first = self._next - len(self._held) // _PACKET
        data = self._held + b"".join([d.data for d in drains])
        packets = np.frombuffer(data, dtype=np.uint8).reshape(-1, _PACKET)
        empty = _empty(packets)
        sent = np.flatnonzero(~empty)
        end = int(sent[-1]) if len(sent) else len(packets)
        self._held = data[end * _PACKET :]
        whole = ~(empty | np.append(empty[1:], False))[:end]
        index = first + np.flatnonzero(whole)
        counts = packets[:end][whole].view(">i2")
        newest, before_ns, after_ns = [], [], []
        for drain in drains:
            if drain.data:
                self._next += len(drain.data) // _PACKET
                newest.append(self._next - 1)
                before_ns.append(drain.before_ns)
                after_ns.append(drain.after_ns)
        if first < _SETTLING:
            usable = index >= _SETTLING
            index, counts = index[usable], counts[usable]
        complaint = None
        if np.count_nonzero(empty) > _MOST_EMPTY:
            complaint = "sends packets of nothing but ones or zeros"
        return Samples(index, counts * self._scale, newest, before_ns, after_ns, complaint)
