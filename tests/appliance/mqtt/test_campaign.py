"""A night replayed at speed while broker, network and publisher die again and again.

What a subscriber that de-duplicates by `id` has heard must be what the database held: every event,
in order, each once.
"""

import json
import signal
import subprocess
import sys
import threading

import pytest

pytestmark = pytest.mark.broker

KILLS = 20
PUBLISH = """
import pathlib, sys, threading
from appliance.config import Config, Device, Mqtt
from appliance.publish import service
from appliance.publish.backoff import Tuning
tuning = Tuning(**eval(sys.argv[3]))
config = Config(
    mqtt=Mqtt(enabled=True, host="127.0.0.1", port=int(sys.argv[2])),
    device=Device(id="bed", simulate=True),
)
service.start(pathlib.Path(sys.argv[1]), config, threading.Event(), tuning=tuning).join()
"""


def keep_a_log(db):
    """Let the database itself write down every event that ever stood in the outbox."""
    db.execute("CREATE TABLE every_event (id INTEGER PRIMARY KEY, payload TEXT)")
    db.execute(
        "CREATE TRIGGER keep_every_event AFTER INSERT ON outbox BEGIN"
        " INSERT INTO every_event (payload) VALUES (new.payload); END"
    )


def ids_in_the_database(db):
    rows = db.execute("SELECT payload FROM every_event ORDER BY id")
    return [f"bed-{json.loads(row[0])['id']}" for row in rows]


def publisher_process(device, port):
    tuning = repr({name: getattr(device.tuning, name) for name in device.tuning.__slots__})
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(device.state_dir), str(port), tuning]
    )


def campaign(sig, broker, heard, device, proxy, subscribe, eventually, record):
    """Kill and cut while the recorder's thread writes its night; return when all is delivered."""
    publisher = publisher_process(device, proxy.port)
    recorder = threading.Thread(target=record, args=(device.state_dir, 8, 0.01))
    recorder.start()
    try:
        for kill in range(KILLS):
            count = len(heard.payloads("event"))
            eventually(
                lambda count=count: (
                    len(heard.payloads("event")) > count + 3 or not recorder.is_alive()
                ),
                "some events between two deaths",
            )
            broker.restart(sig)
            if kill % 3 == 0:
                proxy.cut(refuse=kill % 2 == 0)
                proxy.mend()
            if kill % 5 == 0:
                publisher.kill()  # as a power cut would
                publisher.wait()
                publisher = publisher_process(device, proxy.port)
            if kill % 5 == 2:
                throw_out(broker, subscribe)
        recorder.join(60)
        assert not recorder.is_alive()
        eventually(lambda: device.waiting() == 0, "the outbox to empty", 30)
    finally:
        publisher.terminate()
        publisher.wait()


@pytest.mark.parametrize("kind", ["killed", "restarted"])
def test_every_event_of_a_night_arrives_once_and_in_order_whatever_dies(
    kind, make_broker, make_device, make_proxy, subscribe, eventually, replay_night, replay_sit
):
    """A killed broker forgets its sessions: its subscriber hears at QoS 0 and comes back.

    (At QoS 1 the subscriber's own library drops what it had not read when its answer to the dead
    broker fails.) A restarted broker with persistence keeps the session of a QoS 1 subscriber.
    """
    broker = make_broker()
    if kind == "restarted":
        broker.lines += ["persistence true", f"persistence_location {broker.folder}/"]
    broker.start()
    proxy = make_proxy(broker.port)
    device = make_device(proxy.port)
    keep_a_log(device.db)

    def record(*night):
        replay_sit(device.state_dir)
        replay_night(*night)

    if kind == "killed":
        heard = subscribe(broker.port, qos=0, reconnect_s=0.2)  # later than the publisher
        campaign(signal.SIGKILL, broker, heard, device, proxy, subscribe, eventually, record)
    else:
        heard = subscribe(broker.port, qos=1, keep_session=True, client_id="listener")
        campaign(signal.SIGTERM, broker, heard, device, proxy, subscribe, eventually, record)
    wanted = ids_in_the_database(device.db)
    eventually(lambda: len(heard.event_ids()) >= len(wanted), "the last event")
    assert heard.event_ids() == wanted
    arrived = len(heard.payloads("event"))
    print(f"{len(wanted)} events, {arrived} messages, {KILLS} times {kind}")
    assert len(wanted) > 500
    types = {document["event_type"] for document in heard.documents("event")}
    assert types == {
        "limb_movement", "partner_movement", "kick_moved_partner", "series_started", "series_ended",
        "night_started", "night_ended", "night_ready", "sit_reminder", "sit_started", "sit_prompt",
        "sit_answered", "sit_posture", "sit_ended",
    }  # fmt: skip


def throw_out(broker, subscribe):
    """Another program connects with our client name, which throws us out once."""
    names = [
        line.split(" as ")[1].split(" ")[0]
        for line in (broker.folder / "log").read_text().splitlines()
        if " as plms-" in line
    ]
    if names:
        twin = subscribe(broker.port, client_id=names[-1], filters=("nothing",))
        twin.client.disconnect()
