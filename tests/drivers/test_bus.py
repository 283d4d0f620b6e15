"""The unmodified smbus2 over the simulated kernel: what a Pi's adapters do and refuse."""

import errno

import pytest
import smbus2

from drivers.bus import BusInUseError, DeviceError, lock_bus, open_bus
from drivers.simulated.adapter import BCM2835, DESIGNWARE, I2C_GPIO, Adapter, Nack
from drivers.simulated.clock import VirtualClock
from drivers.simulated.kernel import SimulatedKernel


class Memory:
    """Sixteen bytes with a pointer; 0x0F cannot be written."""

    def __init__(self):
        self.bytes = bytearray(range(0x10, 0x20))
        self.pointer = 0

    def power_cycle(self):
        self.__init__()

    def write(self, data):
        if data:
            self.pointer = data[0] & 15
        for value in data[1:]:
            if self.pointer == 15:
                raise Nack
            self.bytes[self.pointer] = value
            self.pointer = self.pointer + 1 & 15

    def read(self, count):
        answer = bytes(self.bytes[self.pointer + i & 15] for i in range(count))
        self.pointer = self.pointer + count & 15
        return answer


def bench(profile=BCM2835, baud_hz=400_000):
    adapter = Adapter(VirtualClock(), profile, baud_hz)
    adapter.chips[0x50] = Memory()
    kernel = SimulatedKernel({1: adapter})
    return adapter, kernel


def test_the_class_used_is_smbus2s_own_code():
    _, kernel = bench()
    for name in ("open", "close", "i2c_rdwr", "read_byte_data", "write_i2c_block_data"):
        assert getattr(kernel.smbus, name).__code__ is getattr(smbus2.SMBus, name).__code__


def test_every_smbus_call_a_person_may_type():
    _, kernel = bench()
    bus = kernel.smbus(1)
    assert bus.read_byte_data(0x50, 3) == 0x13
    assert bus.read_word_data(0x50, 4) == 0x1514
    assert bus.read_i2c_block_data(0x50, 2, 4) == [0x12, 0x13, 0x14, 0x15]
    bus.write_byte_data(0x50, 1, 0xAB)
    bus.write_word_data(0x50, 5, 0x1234)
    bus.write_i2c_block_data(0x50, 8, [1, 2, 3])
    assert bus.read_i2c_block_data(0x50, 0, 11)[1:] == [0xAB, 18, 19, 20, 0x34, 0x12, 23, 1, 2, 3]
    bus.write_byte(0x50, 7)
    assert bus.read_byte(0x50) == 0x17
    bus.write_quick(0x50)
    bus.close()


def test_messages_longer_than_smbus_allows():
    _, kernel = bench()
    bus = kernel.open_bus(1)
    pointer, answer = smbus2.i2c_msg.write(0x50, [0]), smbus2.i2c_msg.read(0x50, 100)
    bus.i2c_rdwr(pointer, answer)
    assert bytes(answer)[:17] == bytes((*range(0x10, 0x20), 0x10))


@pytest.mark.parametrize(
    ("profile", "address_nack", "data_nack"),
    [
        (BCM2835, errno.EREMOTEIO, errno.EREMOTEIO),
        (DESIGNWARE, errno.EREMOTEIO, errno.EREMOTEIO),
        (I2C_GPIO, errno.ENXIO, errno.EIO),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_error_numbers_of_the_adapters(profile, address_nack, data_nack):
    _, kernel = bench(profile)
    bus = kernel.open_bus(1)
    with pytest.raises(OSError, match=f"Errno {address_nack}"):
        bus.i2c_rdwr(smbus2.i2c_msg.read(0x51, 1))
    with pytest.raises(OSError, match=f"Errno {data_nack}"):
        bus.i2c_rdwr(smbus2.i2c_msg.write(0x50, [15, 1]))


@pytest.mark.parametrize(("profile", "allowed"), [(BCM2835, False), (DESIGNWARE, True)])
def test_the_bcm2835_reads_once_and_last(profile, allowed):
    _, kernel = bench(profile)
    bus = kernel.open_bus(1)
    messages = [
        smbus2.i2c_msg.write(0x50, [3]),
        smbus2.i2c_msg.read(0x50, 1),
        smbus2.i2c_msg.write(0x50, [5]),
        smbus2.i2c_msg.read(0x50, 2),
    ]
    if not allowed:
        with pytest.raises(OSError, match=f"Errno {errno.EOPNOTSUPP}"):
            bus.i2c_rdwr(*messages)
    else:
        bus.i2c_rdwr(*messages)
        assert (bytes(messages[1]), bytes(messages[3])) == (b"\x13", b"\x15\x16")


@pytest.mark.parametrize(("baud_hz", "microseconds"), [(400_000, 142.5), (100_000, 570.0)])
def test_a_transfer_takes_its_time_on_the_wire(baud_hz, microseconds):
    """Start and address twice (20 bits), 1 + 3 bytes of 9 bits, one stop: 57 bits."""
    adapter, kernel = bench(baud_hz=baud_hz)
    bus = kernel.open_bus(1)
    bus.i2c_rdwr(smbus2.i2c_msg.write(0x50, [0]), smbus2.i2c_msg.read(0x50, 3))
    assert adapter.busy_ns == microseconds * 1000


def test_the_timeout_is_set_to_100_ms():
    adapter, kernel = bench()
    kernel.open_bus(1)
    assert adapter.timeout_ns == 100_000_000


def test_a_bus_has_one_owner_until_it_is_closed():
    _, kernel = bench()
    bus = kernel.open_bus(1)
    with pytest.raises(BusInUseError, match="/dev/i2c-1 is in use by another"):
        kernel.open_bus(1)
    bus.i2c_rdwr(smbus2.i2c_msg.read(0x50, 1))
    bus.close()
    kernel.open_bus(1).i2c_rdwr(smbus2.i2c_msg.read(0x50, 1))


def test_the_real_lock_is_one_between_processes(tmp_path):
    """flock belongs to the open file, so a second opening of the node is as good as a process."""
    node = tmp_path / "i2c-1"
    node.touch()
    with node.open() as first, node.open() as second:
        lock_bus(first.fileno())
        with pytest.raises(BlockingIOError):
            lock_bus(second.fileno())
        first.close()
        lock_bus(second.fileno())


def test_a_bus_that_is_not_there_is_named():
    _, kernel = bench()
    with pytest.raises(DeviceError, match="/dev/i2c-2 does not exist: enable I2C"):
        kernel.open_bus(2)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PermissionError(errno.EACCES, "Permission denied"), "join the group i2c"),
        (OSError(errno.ENODEV, "No such device"), "cannot be used: No such device"),
    ],
)
def test_a_bus_that_cannot_be_opened_is_named(error, text):
    def refuse(_number):
        raise error

    with pytest.raises(DeviceError, match=f"/dev/i2c-4.*{text}"):
        open_bus(4, opener=refuse)


def test_smbus2_itself_is_untouched():
    bench()
    with pytest.raises(FileNotFoundError):
        smbus2.SMBus("/nowhere/i2c-1")
