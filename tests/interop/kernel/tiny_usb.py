"""An i2c-tiny-usb adapter that exists only on a socket, for the kernel's USB/IP host.

Sources: Documentation/usb/usbip_protocol.rst, drivers/i2c/busses/i2c-tiny-usb.c. The chips on
its bus are the simulated ones; how transfers become chip calls is the simulated adapter's.
"""

import pathlib
import socket
import struct
import threading

SUBMIT, UNLINK, RET_SUBMIT, RET_UNLINK = 1, 2, 3, 4
DEVICE_ID = 65538
FULL_SPEED = 2
DEVICE = struct.pack(
    "<BBHBBBBHHHBBBB", 18, 1, 0x0110, 0xFF, 0, 0, 8, 0x0403, 0xC631, 0x0205, 0, 0, 0, 1
)
INTERFACE = struct.pack("<BBBBBBBBB", 9, 4, 0, 0, 0, 0xFF, 0, 0, 0)
CONFIGURATION = struct.pack("<BBHBBBBB", 9, 2, 18, 1, 1, 0, 0x80, 50) + INTERFACE
FUNCTIONS = struct.pack("<I", 0x0EFF0001)
ACK, NAK = 1, 2
READ_FLAG = 0x0001


class TinyUsb:
    """Answers USB control transfers by doing I2C messages on an adapter."""

    def __init__(self, adapter):
        self._adapter = adapter
        self._status = ACK

    def attach(self):
        """Plug the adapter into the kernel's virtual USB host."""
        ours, theirs = socket.socketpair()
        attach = pathlib.Path("/sys/devices/platform/vhci_hcd.0/attach")
        attach.write_text(f"0 {theirs.fileno()} {DEVICE_ID} {FULL_SPEED}")
        theirs.close()
        threading.Thread(target=self._serve, args=(ours,), daemon=True).start()

    def _serve(self, link):
        while True:
            header = _receive(link, 48)
            command, number, _, direction, _ = struct.unpack(">5I", header[:20])
            if command == UNLINK:
                link.sendall(struct.pack(">5Ii", RET_UNLINK, number, 0, 0, 0, -104) + bytes(24))
                continue
            length = struct.unpack(">i", header[24:28])[0]
            sent = _receive(link, length) if direction == 0 else b""
            answer, status = self._control(header[40:48], sent)
            actual = len(answer) if direction else len(sent)
            head = struct.pack(">5I5i", RET_SUBMIT, number, 0, 0, 0, status, actual, 0, 0, 0)
            link.sendall(head + bytes(8) + (answer if direction else b""))

    def _control(self, setup, sent):
        kind, request, value, index, length = struct.unpack("<BBHHH", setup)
        if kind & 0x60 == 0:
            return self._standard(kind, request, value, length)
        if request == 1:
            return FUNCTIONS[:length], 0
        if request == 3:
            return bytes((self._status,)), 0
        if request & 4:
            return self._message(value, index, length, sent)
        return bytes(length) if kind & 0x80 else b"", 0

    def _standard(self, kind, request, value, length):
        if request == 6:
            found = {1: DEVICE, 2: CONFIGURATION}.get(value >> 8)
            return (found[:length], 0) if found else (b"", -32)
        return bytes(length) if kind & 0x80 else b"", 0

    def _message(self, flags, address, length, sent):
        what = length if flags & READ_FLAG else sent
        try:
            answer = self._adapter.transfer([(address, what)])[0]
        except OSError:
            self._status = NAK
            return b"\xff" * length, 0
        self._status = ACK
        return answer or b"", 0


def _receive(link, count):
    data = b""
    while len(data) < count:
        part = link.recv(count - len(data))
        if not part:
            raise SystemExit
        data += part
    return data
