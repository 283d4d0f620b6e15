"""One connection, whatever bytes come back: it ends with words, never with an exception."""

import contextlib
import random
import socket
import threading

import pytest

from appliance.mqtt import Ended, Link
from appliance.publish.broker import Broker, Message

WELCOME = b"\x20\x03\x00\x00\x00"
PACKETS = (0x10, 0x20, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x70, 0x82, 0x90, 0xB0, 0xD0, 0xE0, 0xF0)


@pytest.fixture
def babbler():
    """A server that answers each connection with the bytes put into its list; its port."""
    answers = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    near, _ = server.accept()
                except OSError:
                    return
                with near, contextlib.suppress(OSError):
                    near.recv(1000)
                    near.sendall(answers[-1])

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], answers


def babble(rng):
    body = bytes(rng.randrange(256) for _ in range(rng.randrange(20)))
    packet = bytes([rng.choice(PACKETS), len(body)]) + body
    return rng.choice([body, packet, WELCOME + packet, WELCOME + packet + body])


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_no_bytes_of_a_broker_get_through_as_an_exception(babbler, protocol):
    port, answers = babbler
    rng = random.Random(protocol)
    for _ in range(300):
        answers.append(babble(rng))
        link = Link(Broker("127.0.0.1", port, "plms-test", protocol), Message("w", "offline"))
        link.open()
        events = []
        for _ in range(100):
            events += link.poll(0.05)
            if any(isinstance(event, Ended) for event in events):
                break
        assert isinstance(events[-1], Ended), answers[-1]
        assert events[-1].trouble.text
