"""The kernel's I2C character devices: the only door to the chips.

Everything goes through `i2c_rdwr`: the address travels with each message, so several chips on
one bus need no "current address", and a FIFO burst may exceed the 32 bytes of SMBus.
Sources: linux/i2c-dev.h (uapi) for the ioctl number and its unit, smbus2 for the calls.
"""

from __future__ import annotations

import errno
import fcntl
from typing import TYPE_CHECKING, Any, Protocol

from smbus2 import SMBus, i2c_msg

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

__all__ = [
    "BUS_FAULT_ERRNOS",
    "BusInUseError",
    "DeviceError",
    "I2CBus",
    "Registers",
    "SMBus",
    "open_bus",
    "read_after",
    "read_only",
]

I2C_TIMEOUT = 0x0702
TIMEOUT_10_MS = 10
"""I2C_TIMEOUT counts in 10 ms: a dead slave may hold the bus for 100 ms, not the usual second."""

BUS_FAULT_ERRNOS = frozenset(
    {errno.ENXIO, errno.EREMOTEIO, errno.EIO, errno.ETIMEDOUT, errno.EAGAIN}
)
"""What adapters say when wires or chips fail; any other errno is a mistake of ours or the setup."""


class DeviceError(Exception):
    """A bus or chip that cannot be used as configured; the text names it and what to do."""


class BusInUseError(DeviceError):
    """Another program of ours owns the bus, and reads its chips."""


def lock_bus(fd: int) -> None:
    """Become the only owner of a bus: two readers of one FIFO would each get half.

    Raises
    ------
    BlockingIOError
        When somebody else is.
    """
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


class I2CBus(Protocol):
    """One open bus; `smbus2.SMBus` is one."""

    def i2c_rdwr(self, *i2c_msgs: i2c_msg) -> None:
        """Do all messages in one transfer; a read message is filled in place."""

    def close(self) -> None:
        """Give the bus back."""


def open_bus(
    number: int,
    *,
    opener: Callable[[int], Any] = SMBus,
    ioctl: Callable[[int, int, int], Any] = fcntl.ioctl,
    lock: Callable[[int], None] = lock_bus,
) -> I2CBus:
    """Open /dev/i2c-`number` as its only owner, with a 100 ms transfer timeout.

    Parameters
    ----------
    number : int
        Bus number.
    opener, ioctl, lock
        The library and the kernel calls; the simulated rig passes its own kernel.

    Raises
    ------
    DeviceError
        When the bus does not exist or may not be opened; BusInUseError when another program
        of ours owns it.
    """
    try:
        bus: Any = opener(number)
        try:
            lock(bus.fd)
        except BlockingIOError as error:
            bus.close()
            raise BusInUseError(
                f"/dev/i2c-{number} is in use by another `plms record` or `plms doctor`"
            ) from error
        ioctl(bus.fd, I2C_TIMEOUT, TIMEOUT_10_MS)
    except FileNotFoundError as error:
        raise DeviceError(
            f"/dev/i2c-{number} does not exist: enable I2C (dtparam=i2c_arm=on) or set `bus`"
        ) from error
    except PermissionError as error:
        raise DeviceError(f"/dev/i2c-{number}: no permission: join the group i2c") from error
    except OSError as error:
        raise DeviceError(f"/dev/i2c-{number} cannot be used: {error.strerror}") from error
    opened: I2CBus = bus
    return opened


def read_only(address: int, count: int) -> i2c_msg:
    """Return a reusable message that reads `count` bytes from where the chip's pointer is."""
    return i2c_msg.read(address, count)


def read_after(address: int, register: int, count: int) -> tuple[i2c_msg, i2c_msg]:
    """Return reusable messages that set the register pointer and read `count` bytes.

    One write, then one read that comes last: all the BCM2835 adapter can do in a transfer.
    """
    return i2c_msg.write(address, bytes((register,))), i2c_msg.read(address, count)


class Registers:
    """The register file of one chip at one address."""

    def __init__(self, bus: I2CBus, address: int) -> None:
        self.bus = bus
        self.address = address

    def write(self, register: int, *values: int) -> None:
        """Write bytes from `register` on."""
        self.bus.i2c_rdwr(i2c_msg.write(self.address, bytes((register, *values))))

    def read(self, register: int, count: int = 1) -> bytes:
        """Read `count` bytes from `register` on."""
        pointer, answer = read_after(self.address, register, count)
        self.bus.i2c_rdwr(pointer, answer)
        return bytes(answer)

    def identity(self, register: int, known: Container[int]) -> int:
        """Read a chip's identity; what is not known is read twice.

        A plug that is being pulled turns the bits still to come to ones, and then nobody answers.
        """
        identity = self.read(register)[0]
        return identity if identity in known else self.read(register)[0]

    def difference(self, expected: Iterable[tuple[int, bytes]]) -> str | None:
        """Compare runs of registers with what was set.

        Parameters
        ----------
        expected : iterable of (int, bytes)
            First register and the values from there on.

        Returns
        -------
        str or None
            The first run that reads otherwise, in words; None when all is kept.
        """
        for register, values in expected:
            kept = self.read(register, len(values))
            if kept != values:
                return f"registers from 0x{register:02X} are {kept.hex()} instead of {values.hex()}"
        return None
