"""A real Mosquitto, a real subscriber that checks every payload, and a network that can be cut."""

import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import jsonschema
import numpy as np
import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from appliance.config import Config, Device, Mqtt
from appliance.publish import service
from appliance.publish.backoff import Tuning
from appliance.record.events import event, store_events
from appliance.record.running import Announcing, RunningNight
from appliance.sit import events as sit_events
from appliance.sitdata import sit_score
from appliance.store import epochs, movements, nights, outbox, sits, status
from appliance.store.connect import open_database
from detect.live import LiveSeries
from detect.movement import Epoch, Movement, Part
from detect.sit import Away
from drivers.block import Block
from drivers.channels import NightScale

DEADLINE_S = 15.0
SCHEMAS = Path(__file__).parents[3] / "docs" / "mqtt" / "schemas"

QUICK = Tuning(
    retry_first_s=0.02,
    retry_longest_s=0.1,
    person_first_s=0.05,
    person_longest_s=0.2,
    taken_over_first_s=0.3,
    stable_s=0.2,
    grace_s=0.0,
    answer_s=2.0,
    unheard_first_s=0.02,
    unheard_longest_s=0.05,
    refused_s=0.1,
    announce_gap_s=0.2,
    poll_s=0.02,
    birth_delay_s=0.1,
    command_s=1.0,
    refresh_s=0.2,
)


EVENT_BODIES = {
    "fault": {"device": "left", "code": "lost", "text": "The left ankle sensor is lost."},
    "night_started": {"kind": "night", "reason": "button", "private": False},
    "night_ready": {"reason": "hour", "duration_s": 28800.0},
    "limb_movement": {
        "seq": 1, "onset_s": 1.0, "duration_s": 2.0, "kind": "leg", "side": "left",
        "owner": "patient", "p_patient": 0.99, "peak_mg": 300.0, "peak_dps": None,
    },
}  # fmt: skip


def wait_until(condition, what, deadline_s=DEADLINE_S):
    """Wait for a condition of another process or thread; fail with what was waited for."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.005)
    raise AssertionError(f"waited {deadline_s} s in vain for {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mosquitto:
    """One broker with a configuration of its own."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.port = free_port()
        self.process = None
        self.lines = ["allow_anonymous true"]

    def start(self):
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        assert program, "mosquitto is not installed: run `make test-system`"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "max_inflight_messages 0",
            f"user {getpass.getuser()}",
            f"log_dest file {self.folder / 'log'}",
            *self.lines,
        ]
        config = self.folder / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([program, "-c", str(config)])
        wait_until(lambda: service.broker_reachable("127.0.0.1", self.port), "the broker")
        return self

    def kill(self, sig=signal.SIGKILL):
        if self.process is not None:
            self.process.send_signal(sig)
            self.process.wait()
            self.process = None

    def restart(self, sig=signal.SIGKILL):
        self.kill(sig)
        self.start()


@pytest.fixture
def make_broker(tmp_path):
    made = []

    def make(*lines, name="broker"):
        broker = Mosquitto(tmp_path / name)
        if lines:
            broker.lines = list(lines)
        made.append(broker)
        return broker

    yield make
    for broker in made:
        broker.kill()


@pytest.fixture
def broker(make_broker):
    return make_broker().start()


class Validators:
    """The documented schemas, by the last level of the topic."""

    def __init__(self):
        self.by_name = {}
        for path in sorted(SCHEMAS.glob("*.schema.json")):
            schema = json.loads(path.read_text())
            jsonschema.Draft202012Validator.check_schema(schema)
            name = path.name.removesuffix(".schema.json")
            self.by_name[name] = jsonschema.Draft202012Validator(schema)

    def check(self, topic, payload):
        name = topic.rsplit("/", 1)[1]
        if topic.startswith("plms/") and name in self.by_name:
            self.by_name[name].validate(json.loads(payload))


@pytest.fixture(scope="session")
def validators():
    return Validators()


class Subscriber:
    """Hears everything, checks every payload against the documented schemas, and can wait."""

    def __init__(
        self, port, validators, *, username="", password="", client_id="", filters=("#",), qos=1,
        keep_session=False, reconnect_s=0.02,
    ):  # fmt: skip
        self._validators = validators
        self._news = threading.Condition()
        self._wanted = [(name, qos) for name in filters]
        self.messages = []
        self.bad = []
        self.subscribed = 0
        client = paho.Client(
            paho.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=paho.MQTTv5
        )
        client.reconnect_delay_set(reconnect_s, reconnect_s)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        if username:
            client.username_pw_set(username, password)
        session = Properties(PacketTypes.CONNECT)
        if keep_session:
            session.SessionExpiryInterval = 3600
        client.connect_async("127.0.0.1", port, clean_start=not keep_session, properties=session)
        client.loop_start()
        self.client = client
        self.wait(lambda: self.subscribed, "the subscription")

    def _on_connect(self, client, data, flags, reason, properties):
        if not reason.is_failure:
            client.subscribe(self._wanted)

    def _on_subscribe(self, *_args):
        with self._news:
            self.subscribed += 1
            self._news.notify_all()

    def _on_message(self, client, data, message):
        arrived = time.monotonic()
        try:
            if message.payload:
                self._validators.check(message.topic, message.payload)
        except (jsonschema.ValidationError, ValueError) as error:
            self.bad.append((message.topic, message.payload, str(error)))
        with self._news:
            self.messages.append((message.topic, message.payload, message.retain, arrived))
            self._news.notify_all()

    def wait(self, condition, what, deadline_s=DEADLINE_S):
        with self._news:
            found = self._news.wait_for(condition, deadline_s)
        assert found, f"waited {deadline_s} s in vain for {what}"
        return found

    def payloads(self, topic_end):
        return [p for t, p, _, _ in list(self.messages) if t.endswith("/" + topic_end)]

    def documents(self, topic_end):
        return [json.loads(p) for p in self.payloads(topic_end) if p]

    def event_ids(self):
        """Ids in the order of their first arrival, as a subscriber that de-duplicates sees them."""
        return list(dict.fromkeys(e["id"] for e in self.documents("event")))

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()
        assert self.bad == []


@pytest.fixture
def subscribe(validators):
    with contextlib.ExitStack() as stack:

        def make(port, **more):
            subscriber = Subscriber(port, validators, **more)
            stack.callback(subscriber.close)
            return subscriber

        yield make


class PublishingDevice:
    """A publisher on a state directory, and what the recorder would do there."""

    def __init__(self, state_dir, port, tuning=QUICK, **mqtt):
        self.state_dir = state_dir
        settings = {"enabled": True, "host": "127.0.0.1", "port": port} | mqtt
        self.config = Config(
            mqtt=Mqtt(**settings), device=Device(id="bed", simulate=True, time_zone="Europe/Berlin")
        )
        self.tuning = tuning
        self.db = open_database(state_dir)
        self.stop = threading.Event()
        self.thread = None
        self.sent = []

    def start(self):
        self.stop.clear()
        self.thread = service.start(self.state_dir, self.config, self.stop, tuning=self.tuning)
        return self

    def halt(self):
        if self.thread is not None:
            self.stop.set()
            self.thread.join(DEADLINE_S)
            assert not self.thread.is_alive()

    def event(self, event_type="fault", expires_in_s=None, **more):
        number = len(self.sent)
        now = time.time()
        payload = {
            "schema": 1,
            "id": f"2026-01-05-t{number}",
            "event_type": event_type,
            "time": "2026-01-05T23:00:00.000+01:00",
            "night": "2026-01-05",
        } | (more or EVENT_BODIES[event_type])
        expires = None if expires_in_s is None else now + expires_in_s
        outbox.add_event(self.db, event_type, payload, created_utc=now, expires_utc=expires)
        self.sent.append(f"bed-{payload['id']}")

    def waiting(self):
        return len(outbox.pending(self.db, 10_000))


@pytest.fixture
def make_device(tmp_path):
    made = []

    def make(port, name="state", **more):
        device = PublishingDevice(tmp_path / name, port, **more)
        made.append(device)
        return device

    yield make
    for device in made:
        device.halt()
        device.db.close()


class Proxy:
    """A TCP proxy on loopback whose connections can be cut."""

    def __init__(self, target_port):
        self._target = target_port
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._open = []
        self._lock = threading.Lock()
        self.accepted = 0
        self._refuse = False
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if self._refuse:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                near.close()
                continue
            with self._lock:
                self.accepted += 1
                self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self, refuse=False):
        """Break every connection; with `refuse` take no new one until `mend`."""
        self._refuse = refuse
        with self._lock:
            broken, self._open = self._open, []
        for end in broken:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def mend(self):
        self._refuse = False

    def close(self):
        self._server.close()
        self.cut()


@pytest.fixture
def make_proxy():
    with contextlib.ExitStack() as stack:

        def make(port):
            proxy = Proxy(port)
            stack.callback(proxy.close)
            return proxy

        yield make


@pytest.fixture
def eventually():
    return wait_until


@pytest.fixture
def answering():
    """Make servers that answer whatever they first hear with fixed bytes; return their port."""
    with contextlib.ExitStack() as stack:

        def make(answer):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))

            def serve():
                while True:
                    try:
                        near, _ = server.accept()
                    except OSError:
                        return
                    with near, contextlib.suppress(OSError):
                        near.recv(1000)
                        near.sendall(answer)

            threading.Thread(target=serve, daemon=True).start()
            return server.getsockname()[1]

        yield make


HOUR_TICKS = 360_000


def night_of_movements(hours, seed=1):
    """Kicks in series of various lengths, the partner now and then: as a detector gives them."""
    rng = np.random.default_rng(seed)
    tick, movements = 30_000, []
    while tick < hours * HOUR_TICKS - 30_000:
        for _ in range(int(rng.integers(1, 14))):
            end = tick + int(rng.integers(60, 400))
            parts = (Part("left", tick, end),)
            movements.append(
                Movement(tick, end, "leg", "left", "patient", 0.99, 300.0, 80.0, parts)
            )
            if rng.random() < 0.2:
                start = tick + 200
                movements.append(
                    Movement(start, start + 300, "bed", None, "partner", 0.02, None, None)
                )
            tick += int(rng.integers(1500, 4000))
        tick += int(rng.integers(10_000, 60_000))
    return movements


class ScriptedDetector:
    """Gives the movements of a list when the time line has passed their ends."""

    def __init__(self, movements):
        self._left = list(movements)

    def feed(self, first_tick, samples):
        now = first_tick + len(samples)
        found = [m for m in self._left if m.end_tick + 50 <= now]
        self._left = self._left[len(found) :]
        return found

    def finish(self):
        return []

    def take_epochs(self):
        return []

    def take_gaps(self):
        return []

    def open_gaps(self):
        return []


def record_night(state_dir, hours, rest_s):
    """Replay a night as the recorder would store it, a commit for every ten seconds with news."""
    with contextlib.closing(open_database(state_dir)) as db:
        replay(db, hours, rest_s)


def replay(db, hours, rest_s):
    new = nights.NewNight(
        name="2026-01-05", start_utc=1_767_650_400.0, time_zone="Europe/Berlin", boot_id="b",
        origin_monotonic_ns=0, scale=NightScale(), detector="test", software="test",
    )  # fmt: skip
    night = nights.create_night(db, new)
    detector = ScriptedDetector(night_of_movements(hours))
    zone = "Europe/Berlin"
    running = RunningNight(db, night, detector, LiveSeries(), None, Announcing(zone, 3600.0))

    def tell(event_type, **more):
        utc = running.utc_of(running.next_tick)
        running.announce(event(event_type, event_type[6:], night, utc, zone, lasting=True, **more))

    tell("night_started", kind="night", reason="button", private=False)
    samples = np.zeros((1000, 13), np.int16)
    for first in range(0, hours * HOUR_TICKS, 1000):
        running.feed(Block(first, samples))
        if running.waiting.events:
            running.store(time.time())
            status.write(db, status_of(running))
            time.sleep(rest_s)  # the pace of the replay
    end_tick = running.finish()
    for event_type in ("night_ended", "night_ready"):
        tell(event_type, reason="hour", duration_s=end_tick / 100)
    nights.close_night(db, night.id, end_tick, "hour")
    running.store(time.time())
    status.write(db, status.Status(updated=time.time(), sensors=SENSORS))


def kicks_of_a_sit(seconds=12):
    """Kicks every twelve seconds, a quarter of the hour long."""
    onsets = range(60_000, 150_000, seconds * 100)
    return [
        Movement(tick, tick + 150, "leg", "left", "patient", 0.99, 300.0, 80.0,
                 (Part("left", tick, tick + 150),))
        for tick in onsets
    ]  # fmt: skip


def record_sit(state_dir, answers=(1, 3, 3, 4, 6, 7, 8)):
    """Store an hour's evening test and its events as the recorder does; return its name."""
    with contextlib.closing(open_database(state_dir)) as db:
        zone, now = "Europe/Berlin", time.time()
        new = nights.NewNight(
            name="2026-01-05-sit", kind="sit", start_utc=1_767_639_600.0, time_zone=zone,
            boot_id="b", origin_monotonic_ns=0, scale=NightScale(), detector="test",
            software="test",
        )  # fmt: skip
        night = nights.create_night(db, new)
        sits.create_sit(db, night.id, 360_000, ((0.0, 0.0, 1.0), (0.0, 0.0, 1.0)))
        utc = night.start_utc
        told = [sit_events.reminder("sit-due-2026-01-05-20", utc, zone, 20.0)]
        told.append(sit_events.started(
            night, zone, reason="page", planned_min=60, posture_checked=True
        ))  # fmt: skip
        for place, value in enumerate(answers):
            minute = 10 * place
            given = sits.StoredAnswer(minute, value, 6000 * minute + 500, "page")
            told.append(sit_events.prompt(night, utc, zone, minute, reminder=place == 3))
            told.append(sit_events.answered(night, utc, zone, given))
            sits.put_answer(db, night.id, given)
        told.append(sit_events.posture(night, utc, zone, "standing", 2900))
        movements.add_movements(db, night.id, kicks_of_a_sit(), 0)
        epochs.add_epochs(
            db, night.id, [Epoch(n, 0.0, None, 30.0, 30.0, 30.0, 30.0, 0.0) for n in range(120)]
        )
        sits.replace_aways(db, night.id, [Away("standing", 290_000, 320_000)])
        nights.close_night(db, night.id, 360_000, "complete")
        closed = nights.find_night(db, night.name)
        told.append(sit_events.ended(closed, utc, zone, sit_score(db, closed), reason="complete"))
        store_events(db, told, now, 3600.0)
        return night.name


SENSORS = {"left": "ok", "right": "ok", "strip": "ok"}


def status_of(running):
    return status.Status(
        phase="recording",
        night=running.night.name,
        in_bed=True,
        series_active=running.live.active,
        kicks_tonight=len(running.kick_onsets),
        kicks_last_hour=running.kicks_last_hour(),
        sensors=SENSORS,
        updated=time.time(),
    )


@pytest.fixture
def replay_sit():
    """Store an evening test with its events into a state directory."""
    return record_sit


@pytest.fixture
def replay_night():
    """Record a night of scripted movements into a state directory: (state_dir, hours, rest_s)."""
    return record_night
