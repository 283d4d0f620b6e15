"""Things that go wrong on a simulated bus: each is put around a chip, or around a whole bus."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.adapter import Adapter, Nack, SimulatedChip

if TYPE_CHECKING:
    from collections.abc import Callable


class CutPlug:
    """A chip whose plug is pulled after so many more bytes on the wire.

    A read that is under way goes on in ones, since nothing pulls the data line down; a write is
    not acknowledged; after that the address is silent.
    """

    def __init__(self, chip: SimulatedChip, bytes_left: int, pulled: Callable[[], None]) -> None:
        self._chip = chip
        self._left = bytes_left
        self._pulled = pulled

    def power_cycle(self) -> None:
        """Pass on."""
        self._chip.power_cycle()

    def _go(self) -> None:
        self._left = -1
        self._pulled()

    def write(self, data: bytes) -> None:
        """Take the bytes that still arrive."""
        if self._left < 0:
            raise Nack(at_address=True)
        if len(data) <= self._left:
            self._left -= len(data)
            self._chip.write(data)
            return
        self._chip.write(data[: self._left])
        self._go()
        raise Nack

    def read(self, count: int) -> bytes:
        """Give what still comes through, then ones."""
        if self._left < 0:
            raise Nack(at_address=True)
        if count <= self._left:
            self._left -= count
            return self._chip.read(count)
        answer = self._chip.read(self._left) + b"\xff" * (count - self._left)
        self._go()
        return answer


class NackOnce:
    """A chip that once does not acknowledge: its address, or a byte of a write or read.

    Parameters
    ----------
    chip : SimulatedChip
        The chip.
    after : int
        Bytes that still pass; then one transfer fails. The bytes of a failed read are gone.
    done : callable
        Called afterwards.
    """

    def __init__(self, chip: SimulatedChip, after: int, done: Callable[[], None]) -> None:
        self._chip = chip
        self._left = after
        self._done = done

    def power_cycle(self) -> None:
        """Pass on."""
        self._chip.power_cycle()

    def write(self, data: bytes) -> None:
        """Take the bytes, or refuse in the middle."""
        if len(data) < self._left:
            self._left -= len(data)
            self._chip.write(data)
            return
        self._done()
        self._chip.write(data[: self._left])
        raise Nack

    def read(self, count: int) -> bytes:
        """Give the bytes, or lose them."""
        answer = self._chip.read(count)
        if count < self._left:
            self._left -= count
            return answer
        self._done()
        raise Nack


class FlippingBits:
    """A chip on a bad cable: each byte read has one bit wrong with some probability."""

    def __init__(self, chip: SimulatedChip, probability: float, seed: int) -> None:
        self._chip = chip
        self._probability = probability
        self._rng = np.random.default_rng(seed)
        self.flipped = 0

    def power_cycle(self) -> None:
        """Pass on."""
        self._chip.power_cycle()

    def write(self, data: bytes) -> None:
        """Pass on; writes are not disturbed."""
        self._chip.write(data)

    def read(self, count: int) -> bytes:
        """Give the bytes, some of them wrong."""
        answer = bytearray(self._chip.read(count))
        for at in np.flatnonzero(self._rng.random(count) < self._probability):
            answer[at] ^= 1 << int(self._rng.integers(8))
            self.flipped += 1
        return bytes(answer)


class StuckBus(dict[int, SimulatedChip]):
    """The chips of a bus whose data line is held low: every transfer ends in a timeout."""

    def __init__(self, adapter: Adapter) -> None:
        super().__init__(adapter.chips)
        self._adapter = adapter

    def get(self, _address: int, _default: object = None) -> SimulatedChip:
        """Wait for the adapter's timeout and fail."""
        self._adapter.spend(self._adapter.timeout_ns)
        number = self._adapter.profile.stuck
        raise OSError(number, os.strerror(number))


class DisturbedBus(dict[int, SimulatedChip]):
    """The chips of a bus whose next transfers are spoilt by noise before a chip hears of them."""

    def __init__(self, adapter: Adapter, transfers: int) -> None:
        super().__init__(adapter.chips)
        self._adapter = adapter
        self._left = transfers

    def get(self, address: int, default: SimulatedChip | None = None) -> SimulatedChip | None:  # type: ignore[override]
        """Fail as this adapter says it, so many times."""
        if self._left:
            self._left -= 1
            number = self._adapter.profile.disturbed
            raise OSError(number, os.strerror(number))
        return super().get(address, default)
