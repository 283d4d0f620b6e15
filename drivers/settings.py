"""Which chips are fitted where, what can go wrong with them, and the host clock they need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from drivers.ads1115 import ADS1115
from drivers.bus import DeviceError, I2CBus
from drivers.lsm6dso import LSM6DSO

if TYPE_CHECKING:
    from drivers.chip import FifoChip


class Clock(Protocol):
    """CLOCK_MONOTONIC."""

    def monotonic_ns(self) -> int:
        """Return the time [ns]."""

    def sleep_until(self, wanted_ns: int) -> None:
        """Return when the clock has reached a time; at once when it has passed."""


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """One device of the configuration."""

    device: str
    """left, right or strip"""
    chip: str
    """lsm6dso or mpu6050; ads1115; none: not fitted"""
    bus: int
    address: int
    accel_range_g: int = 4
    gyro_range_dps: int = 500
    range_mv: int = 2048


@dataclass(frozen=True, slots=True)
class DeviceFault:
    """Something went wrong with a device, or is right again."""

    device: str
    code: str
    """absent, lost, refused, overrun, restarted or corrupt"""
    text: str
    cleared: bool
    monotonic_ns: int


def ankle_chip(bus: I2CBus, settings: DeviceSettings) -> FifoChip:
    """Return the driver of an ankle sensor.

    Raises
    ------
    DeviceError
        For a chip this program has no driver for.
    """
    if settings.chip == "lsm6dso":
        return LSM6DSO(
            bus,
            settings.address,
            accel_range_g=settings.accel_range_g,
            gyro_range_dps=settings.gyro_range_dps,
        )
    raise DeviceError(f"{settings.device}: no driver for chip {settings.chip!r}")


def strip_chip(bus: I2CBus, settings: DeviceSettings) -> ADS1115:
    """Return the driver of the strip's converter.

    Raises
    ------
    DeviceError
        For a chip this program has no driver for.
    """
    if settings.chip == "ads1115":
        return ADS1115(bus, settings.address, range_mv=settings.range_mv)
    raise DeviceError(f"{settings.device}: no driver for chip {settings.chip!r}")
