"""The kernel side of /dev/i2c-N for the real smbus2: open, close and ioctl.

smbus2's own code runs unmodified: its functions are bound a second time to a name space in
which `ioctl` and `os` are the ones below. Nothing global is patched, so simulated and real
buses can live in one process.
Sources: linux/i2c.h, linux/i2c-dev.h (uapi structures and numbers).
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from types import FunctionType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from drivers.bus import I2CBus, SMBus, open_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.simulated.adapter import Adapter

_RETRIES, _TIMEOUT, _SLAVE, _FUNCS, _SLAVE_FORCE, _RDWR = 0x701, 0x702, 0x703, 0x705, 0x706, 0x707
_SMBUS = 0x720
_I2C_AND_SMBUS_EMULATION = 0x0EFF0001
_FIRST_FD = 1000

_READ = 0x0001
_MOST_MESSAGES = 42
_memmove = ctypes.memmove


class SimulatedKernel:
    """Knows the simulated buses by number.

    Parameters
    ----------
    adapters : mapping of int to Adapter
        Bus number to adapter; other numbers do not exist.
    """

    def __init__(self, adapters: Mapping[int, Adapter]) -> None:
        self._adapters = adapters
        self._open: dict[int, Adapter] = {}
        self._owner: dict[int, int] = {}
        self._address: dict[int, int] = {}
        self.smbus = _bind_smbus2(self.ioctl, self._open_path, self._close)

    def open_bus(self, number: int) -> I2CBus:
        """Open a simulated bus exactly as a real one is opened."""
        return open_bus(number, opener=self.smbus, ioctl=self.ioctl, lock=self._lock)

    def _lock(self, fd: int) -> None:
        """Do what flock does on a device node: the first who asks has it until the file closes."""
        adapter = id(self._open[fd])
        if self._owner.setdefault(adapter, fd) != fd:
            raise BlockingIOError(errno.EWOULDBLOCK, os.strerror(errno.EWOULDBLOCK))

    def _open_path(self, path: str, _flags: int) -> int:
        number = int(path.removeprefix("/dev/i2c-"))
        if number not in self._adapters:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        fd = _FIRST_FD + len(self._address)
        self._open[fd] = self._adapters[number]
        self._address[fd] = 0
        return fd

    def _close(self, fd: int) -> None:
        adapter = id(self._open.pop(fd))
        if self._owner.get(adapter) == fd:
            del self._owner[adapter]

    def ioctl(self, fd: int, request: int, argument: Any) -> int:  # noqa: ANN401 - a ctypes object
        """Do what i2c-dev does."""
        adapter = self._open.get(fd)
        if adapter is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        if request == _RDWR:
            _transfer(adapter, argument)
        elif request == _FUNCS:
            argument.value = _I2C_AND_SMBUS_EMULATION
        elif request in (_SLAVE, _SLAVE_FORCE):
            self._address[fd] = int(argument)
        elif request == _SMBUS:
            _smbus(adapter, self._address[fd], argument)
        elif request == _TIMEOUT:
            adapter.timeout_ns = int(argument) * 10_000_000
        elif request != _RETRIES:
            raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
        return 0


def _transfer(adapter: Adapter, data: Any) -> None:  # noqa: ANN401 - a ctypes object
    """I2C_RDWR: hand the messages to the adapter, copy what it read into the caller's buffers."""
    count = data.nmsgs
    if count > _MOST_MESSAGES:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    messages = data.msgs
    last = messages[count - 1]
    length = last.len
    if last.flags & _READ:
        if count == 1:
            _memmove(last.buf, adapter.read(last.addr, length), length)
            return
        first = messages[0]
        if count == 2 and first.len == 1 and not first.flags & _READ:
            answer = adapter.read_at(last.addr, first.addr, first.buf[:1], length)
            _memmove(last.buf, answer, length)
            return
    _transfer_any(adapter, [messages[i] for i in range(count)])


def _transfer_any(adapter: Adapter, messages: Sequence[Any]) -> None:
    """Do any mixture of messages."""
    answers = adapter.transfer(
        [(m.addr, m.len if m.flags & _READ else m.buf[: m.len]) for m in messages]
    )
    for message, answer in zip(messages, answers, strict=True):
        if answer is not None:
            _memmove(message.buf, answer, len(answer))


def _smbus(adapter: Adapter, address: int, argument: Any) -> None:  # noqa: ANN401 - a ctypes object
    """I2C_SMBUS, emulated over plain messages as the kernel does for such adapters."""
    read, command, size = bool(argument.read_write), argument.command, argument.size
    data = argument.data.contents
    if size == 0:
        adapter.transfer([(address, b"")])
    elif size == 1 and read:
        data.byte = adapter.transfer([(address, 1)])[0][0]  # type: ignore[index]
    elif size == 1:
        adapter.transfer([(address, bytes((command,)))])
    elif size in (2, 3):
        width = size - 1
        if read:
            answer = adapter.transfer([(address, bytes((command,))), (address, width)])[1]
            data.word = int.from_bytes(answer or b"", "little")
        else:
            value = data.word & (0xFF if width == 1 else 0xFFFF)
            adapter.transfer([(address, bytes((command,)) + value.to_bytes(width, "little"))])
    elif size == 8:
        length = data.block[0]
        if read:
            answer = adapter.transfer([(address, bytes((command,))), (address, length)])[1]
            for i, byte in enumerate(answer or b""):
                data.block[i + 1] = byte
        else:
            payload = bytes(data.block[1 : length + 1])
            adapter.transfer([(address, bytes((command,)) + payload)])
    else:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


def _bind_smbus2(
    ioctl: Callable[[int, int, Any], int],
    open_path: Callable[[str, int], int],
    close: Callable[[int], None],
) -> Callable[[int], Any]:
    """Return smbus2's SMBus class with the same code, bound to the simulated kernel calls."""
    files = SimpleNamespace(open=open_path, close=close, O_RDWR=os.O_RDWR)
    names = {**vars(sys.modules[SMBus.__module__]), "ioctl": ioctl, "os": files}
    members = {
        name: FunctionType(f.__code__, names, name, f.__defaults__, f.__closure__)
        for name, f in vars(SMBus).items()
        if isinstance(f, FunctionType)
    }
    return type("SMBus", (), members)
