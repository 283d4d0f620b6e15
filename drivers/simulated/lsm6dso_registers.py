"""What a simulated LSM6DSO's registers hold after a reset, which bits take, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.simulated.lsm6dso_fifo import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

RESET_IMAGE = {0x02: 0x3F, 0x12: 0x04, 0x18: 0xE0}
WRITABLE = {
    0x01: 0xC0, 0x02: 0x40, 0x07: 0xFF, 0x08: 0xD7, 0x09: 0xFF, 0x0A: 0xF7, 0x0B: 0xE7,
    0x0C: 0xFF, 0x0D: 0xFF, 0x0E: 0xFF, 0x10: 0xFE, 0x11: 0xFE, 0x12: 0xFD, 0x13: 0x6E,
    0x14: 0xEF, 0x15: 0xFF, 0x16: 0xF2, 0x17: 0xFF, 0x18: 0xFE, 0x19: 0x20, 0x56: 0x7F,
    0x57: 0xFF, 0x58: 0xFF, 0x59: 0xFF, 0x5A: 0xFF, 0x5B: 0xFF, 0x5C: 0xFF, 0x5D: 0xFF,
    0x5E: 0xFF, 0x5F: 0xFF, 0x62: 0x19, 0x73: 0xFF, 0x74: 0xFF, 0x75: 0xFF,
}  # fmt: skip
"""Address: bits that can be written; all other addresses are read-only or reserved."""

STREAM_REGISTERS = frozenset({0x07, 0x08, 0x09, 0x0A, 0x10, 0x11, 0x14})
"""A change of these begins the stream anew."""

STAMPS_PER_SLOT = {1: 3072, 2: 1536, 3: 768, 4: 384, 5: 192, 6: 96, 7: 48}
"""The rungs of 6667/2^n Hz as divisors of the 40 kHz timestamp clock."""
STAMP_HZ = 40_000
ACCEL_G = {0: 0.061e-3, 1: 0.488e-3, 2: 0.122e-3, 3: 0.244e-3}
FULL_SCALE_G = {0: 2.0, 1: 16.0, 2: 4.0, 3: 8.0}
GYRO_DPS = {0: 8.75e-3, 2: 17.5e-3, 4: 35e-3, 6: 70e-3}
GYRO_125_DPS = 4.375e-3
STAMP_BATCH = (0, 1, 8, 32)
TEMPERATURE_HZ = (0.0, 1.6, 12.5, 52.0)
UNTRIGGERED = (0, 4, 7)
"""Bypass, and the modes that wait in bypass for a trigger, which never comes here."""


class NotSimulated(Exception):  # noqa: N818 - a program asks for what there is not
    """A setting whose effect is not simulated: better no answer than a wrong one."""


def watermark(registers: Sequence[int]) -> int:
    """Return the FIFO's watermark in words; 0 is none."""
    return registers[0x07] | (registers[0x08] & 1) << 8


def stream_of(
    registers: Sequence[int], stamp_zero: int, *, full_scale_factor: int, deflects: bool
) -> Stream:
    """Return what the registers ask of sampling and FIFO.

    Raises
    ------
    NotSimulated
        For compression: its words and their delay are not modelled.
    """
    r = registers
    if r[0x08] & 0x40:
        raise NotSimulated("FIFO_COMPR_RT_EN (0x08 bit 6): the simulated FIFO does not compress")
    accel_odr, gyro_odr = r[0x10] >> 4, r[0x11] >> 4
    slot = max(accel_odr, gyro_odr)
    per_slot = STAMPS_PER_SLOT.get(slot, 0)
    rate_hz = STAMP_HZ / per_slot if per_slot else 0.0
    batching = r[0x0A] & 7 not in UNTRIGGERED
    gyro_lsb = GYRO_125_DPS if r[0x11] & 0x02 else GYRO_DPS[r[0x11] >> 1 & 6]
    temperature_hz = TEMPERATURE_HZ[r[0x0A] >> 4 & 3]
    return Stream(
        rate_hz=rate_hz,
        stamps_per_slot=per_slot,
        accel_every=_every(slot, min(r[0x09] & 15, accel_odr)) if batching else 0,
        gyro_every=_every(slot, min(r[0x09] >> 4, gyro_odr)) if batching else 0,
        stamp_every=STAMP_BATCH[r[0x0A] >> 6] if batching and r[0x19] & 0x20 else 0,
        temperature_every=round(rate_hz / temperature_hz)
        if batching and temperature_hz and rate_hz
        else 0,
        stops_when_full=r[0x0A] & 7 == 1,
        depth=watermark(r) if r[0x08] & 0x80 and watermark(r) else 512,
        accel_lsb=ACCEL_G[r[0x10] >> 2 & 3] * full_scale_factor,
        gyro_lsb=gyro_lsb,
        accel_on=bool(accel_odr),
        gyro_on=bool(gyro_odr),
        deflection=_deflection(r) if deflects else (0.0, 0.0),
        stamp_zero=stamp_zero,
    )


def _every(slot_code: int, code: int) -> int:
    """Slots between two words of a sensor batched at a rate code; 0: not batched."""
    return 1 << (slot_code - code) if code else 0


def _deflection(registers: Sequence[int]) -> tuple[float, float]:
    """Return what self-test adds to each axis [g, deg/s]."""
    accel = {1: 0.4, 2: -0.4}.get(registers[0x14] & 3, 0.0)
    size = 350.0 if registers[0x11] >> 1 & 7 == 6 else 50.0
    gyro = {1: size, 3: -size}.get(registers[0x14] >> 2 & 3, 0.0)
    return accel, gyro
