"""A simulated I2C adapter: addressing, its driver's limits and error numbers, bus time, faults.

Sources: raspberrypi/linux i2c-bcm2835.c (one read message and last, 121, 110), reports on the
RP1 DesignWare adapter (121, 11, 110), Linux i2c-algo-bit.c (address not acknowledged: 6,
data: 5, any message order).
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from drivers.simulated.signal import HostClock


class Nack(Exception):  # noqa: N818 - the bus's own word
    """A chip does not acknowledge; `at_address`: not even its address."""

    def __init__(self, *, at_address: bool = False) -> None:
        super().__init__()
        self.at_address = at_address


class SimulatedChip(Protocol):
    """What answers at an address."""

    def write(self, data: bytes) -> None:
        """Take the bytes of one write message; raise Nack to refuse."""

    def read(self, count: int) -> bytes:
        """Give the bytes of one read message."""

    def power_cycle(self) -> None:
        """Lose power and get it back: all registers at their reset values."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What an adapter driver can do, and how it reports trouble."""

    name: str
    one_read_last: bool
    address_nack: int
    data_nack: int
    stuck: int
    disturbed: int
    """A start or a bit that reads back otherwise than it was sent: noise on the lines."""


BCM2835 = Profile("bcm2835", True, errno.EREMOTEIO, errno.EREMOTEIO, errno.ETIMEDOUT, errno.EIO)
DESIGNWARE = Profile(
    "designware", False, errno.EREMOTEIO, errno.EREMOTEIO, errno.ETIMEDOUT, errno.EAGAIN
)
I2C_GPIO = Profile("i2c-gpio", False, errno.ENXIO, errno.EIO, errno.ETIMEDOUT, errno.ETIMEDOUT)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class Adapter:
    """One bus.

    Parameters
    ----------
    clock : VirtualClock or FollowingClock
        Pays for the time on the bus.
    profile : Profile
        Which driver it imitates.
    baud_hz : int
        Clock of the bus.
    """

    def __init__(
        self, clock: HostClock, profile: Profile = BCM2835, baud_hz: int = 400_000
    ) -> None:
        self._clock = clock
        self.profile = profile
        self._bit_ns = 1_000_000_000 // baud_hz
        self.chips: dict[int, SimulatedChip] = {}
        self.timeout_ns = 1_000_000_000
        self.busy_ns = 0
        self.transfers = 0

    def spend(self, duration_ns: int) -> None:
        """Keep the bus busy for a while."""
        self.busy_ns += duration_ns
        self._clock.spend(duration_ns)

    def _spend_bytes(self, messages: int, count: int) -> None:
        """Start and address of each message, nine bits a byte, one stop."""
        duration_ns = (messages * 10 + count * 9 + 1) * self._bit_ns
        self.busy_ns += duration_ns
        self.transfers += 1
        self._clock.spend(duration_ns)

    def read(self, address: int, count: int) -> bytes:
        """Do a transfer of one read message."""
        chip = self.chips.get(address)
        if chip is None:
            self._refuse(1, 0, at_address=True)
        try:
            answer = chip.read(count)
        except Nack:
            self._refuse(1, 0, at_address=True)
        self._spend_bytes(1, count)
        return answer

    def read_at(self, address: int, written: int, pointer: bytes, count: int) -> bytes:
        """Do the commonest transfer: one byte written, then a read."""
        chip = self.chips.get(address)
        if chip is None or written != address:
            answer = self.transfer(((written, pointer), (address, count)))[1]
            return answer or b""
        try:
            chip.write(pointer)
            answer = chip.read(count)
        except Nack as refusal:
            self._refuse(2, 1, at_address=refusal.at_address)
        self._spend_bytes(2, 1 + count)
        return answer

    def transfer(self, messages: Sequence[tuple[int, bytes | int]]) -> list[bytes | None]:
        """Do a transfer: a message is an address with bytes to write or a count to read."""
        self._check_order(messages)
        answers: list[bytes | None] = []
        total = 0
        for address, what in messages:
            chip = self.chips.get(address)
            if chip is None:
                self._refuse(len(messages), total, at_address=True)
            try:
                if isinstance(what, int):
                    answers.append(chip.read(what))
                    total += what
                else:
                    total += len(what)
                    chip.write(what)
                    answers.append(None)
            except Nack as refusal:
                self._refuse(len(messages), total, at_address=refusal.at_address)
        self._spend_bytes(len(messages), total)
        return answers

    def _check_order(self, messages: Sequence[tuple[int, bytes | int]]) -> None:
        if self.profile.one_read_last and len(messages) > 1:
            for _, what in messages[:-1]:
                if isinstance(what, int):
                    raise _error(errno.EOPNOTSUPP)

    def _refuse(self, messages: int, count: int, *, at_address: bool) -> NoReturn:
        """Pay for what was on the wire and say what this adapter's driver says."""
        self._spend_bytes(messages, count)
        raise _error(self.profile.address_nack if at_address else self.profile.data_nack)
