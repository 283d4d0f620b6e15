"""Which chips are fitted where, what can go wrong with them, and the host clock they need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from drivers.ads1115 import ADS1115
from drivers.bus import DeviceError, I2CBus
from drivers.channels import STRIP
from drivers.chip import Clock
from drivers.lane import Candidate
from drivers.lsm6dso import LSM6DSO
from drivers.mpu6050 import MPU6050

__all__ = ["Clock", "DeviceFault", "DeviceSettings", "candidates", "sockets"]

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.chip import FifoChip


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
    """absent, lost, stuck, refused, restarted, corrupt, scale, swapped or overrun (which is
    over at once and never cleared)"""
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
    if settings.chip == "mpu6050":
        return MPU6050(
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


_NAMES = {"lsm6dso": "LSM6DSO", "mpu6050": "MPU-6050", "ads1115": "ADS1115"}
_STRAPS = {
    ("lsm6dso", "left"): 0x6A,
    ("lsm6dso", "right"): 0x6B,
    ("mpu6050", "left"): 0x68,
    ("mpu6050", "right"): 0x69,
}
"""Addresses of the other supported ankle chip, should it be plugged in instead."""


def candidates(
    settings: DeviceSettings, bus: I2CBus, fitted: Sequence[DeviceSettings]
) -> list[Candidate]:
    """Return the configured chip, then the other supported one where its address is free."""
    if settings.device == STRIP:
        return [Candidate(strip_chip(bus, settings), _place(settings))]
    other = "mpu6050" if settings.chip == "lsm6dso" else "lsm6dso"
    instead = replace(settings, chip=other, address=_STRAPS[other, settings.device])
    taken = {(s.bus, s.address) for s in fitted}
    places = [settings]
    if (instead.bus, instead.address) not in taken:
        places.append(instead)
    return [Candidate(ankle_chip(bus, place), _place(place)) for place in places]


def sockets(settings: DeviceSettings, fitted: Sequence[DeviceSettings]) -> list[DeviceSettings]:
    """Return where an ankle sensor may be plugged in: its own bus, then the other ankle's."""
    places = [settings]
    for other in fitted:
        if other.device in (STRIP, settings.device) or other.bus == settings.bus:
            continue
        if (other.bus, settings.address) not in {(s.bus, s.address) for s in fitted}:
            places.append(replace(settings, bus=other.bus))
    return places


def _place(settings: DeviceSettings) -> str:
    return f"{_NAMES[settings.chip]} at 0x{settings.address:02X} on bus {settings.bus}"
