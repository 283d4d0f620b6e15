"""The evening test by home automation alone: broker, publisher, recorder and back."""

import json
import time

import pytest

from appliance.store import commands
from tests.appliance.record.rig import Rig
from tests.appliance.sit.legs import quiet

pytestmark = pytest.mark.broker


class Remote:
    """Somebody who has only the broker."""

    def __init__(self, heard, device, rig, eventually):
        self.heard, self.device, self.rig, self.eventually = heard, device, rig, eventually
        self.asked = 0

    def ask(self, verb, **args):
        """Send a command, let the recorder see it, return the result that comes back."""
        self.asked += 1
        body = json.dumps(args | {"request_id": str(self.asked)})
        self.heard.client.publish(f"plms/bed/cmd/{verb}", body, 1)
        self.eventually(lambda: commands.take_pending(self.device.db), verb)
        self.rig.run(1)
        self.heard.wait(lambda: len(self.heard.documents("result")) == self.asked, "the result")
        result = self.heard.documents("result")[-1]
        assert (result["verb"], result["request_id"]) == (verb, str(self.asked))
        return result["ok"], result["text"]

    def events(self):
        return [e for e in self.heard.documents("event") if e["event_type"].startswith("sit_")]

    def wait_for(self, event_type, **keys):
        def found():
            return any(
                e["event_type"] == event_type and all(e[key] == keys[key] for key in keys)
                for e in self.events()
            )

        self.heard.wait(found, (event_type, keys))

    def wait_for_state(self, **keys):
        def right():
            told = self.heard.documents("state")[-1]["sit"]
            return all(told[key] == value for key, value in keys.items())

        self.heard.wait(right, keys)


@pytest.fixture
def remote(broker, make_device, subscribe, eventually):
    heard = subscribe(broker.port)
    device = make_device(broker.port)
    changes = {"night.auto_start": False, "mqtt.enabled": True}
    rig = Rig(device.state_dir, quiet(1190), utc=time.time(), **changes)
    rig.run(2)
    device.start()
    heard.wait(lambda: heard.documents("state"), "the first state")
    yield Remote(heard, device, rig, eventually)
    rig.recorder.close()
    for db in (rig.db, rig.hands):
        db.close()


def test_a_test_from_start_to_stop(remote):
    remote.wait_for_state(phase="idle", question_minute=None)
    ok, text = remote.ask("sit_start", guided=False)
    assert ok, text
    remote.wait_for("sit_started", reason="mqtt", posture_checked=False)
    remote.wait_for("sit_prompt", minute=0, reminder=False)
    remote.wait_for_state(phase="running", question_minute=0, discomfort=None)
    refused = "discomfort: a whole number from 0 (none) to 10 (the worst)"
    assert remote.ask("sit_answer", discomfort=11) == (False, refused)
    assert remote.ask("sit_answer") == (False, refused)
    assert remote.ask("sit_answer", discomfort=4) == (True, "discomfort 4 at minute 0")
    remote.wait_for("sit_answered", minute=0, discomfort=4, replaced=None)
    remote.wait_for_state(discomfort=4, answered=1)
    remote.rig.run(600)
    remote.wait_for("sit_prompt", minute=10, reminder=False)
    remote.wait_for_state(question_minute=10, discomfort=None)
    assert remote.ask("sit_answer", discomfort=5)[0]
    said = (True, "discomfort 6 at minute 10, instead of 5")
    assert remote.ask("sit_answer", discomfort=6) == said
    remote.wait_for("sit_answered", minute=10, discomfort=6, replaced=5)
    assert remote.ask("start_night", kind="sit")[0] is False
    assert remote.ask("sit_stop")[0]
    remote.wait_for("sit_ended", reason="mqtt", partial=True, discomfort_mean=5.0)
    end = remote.events()[-1]
    remote.heard.wait(lambda: remote.heard.documents("sit")[-1]["sit"], "the test's figures")
    standing = remote.heard.documents("sit")[-1]
    assert standing["sit"] == end["night"]
    assert (standing["partial"], standing["end_reason"]) == (True, "mqtt")
    assert [a["discomfort"] for a in standing["answers"]] == [4, 6]
    remote.wait_for_state(phase="asking", question_minute=10)
    ids = [e["id"] for e in remote.events()]
    assert len(ids) == len(set(ids))
    types = {e["event_type"] for e in remote.heard.documents("event")}
    assert types <= {"sit_started", "sit_prompt", "sit_answered", "sit_posture", "sit_ended"}


def test_a_guided_start_tells_what_it_waits_for(remote):
    assert remote.ask("sit_start") == (
        True,
        "sit on the edge of the bed with both feet on the floor",
    )
    remote.wait_for_state(
        phase="edge",
        waits_for="Sit on the edge of the bed with both feet on the floor, then say so.",
    )
    assert remote.ask("sit_next") == (True, "hold your feet still for a moment")
    remote.rig.run(6)
    remote.wait_for_state(phase="stretch")
    assert remote.ask("sit_start") == (False, "a test is being prepared already")
    assert remote.ask("sit_next")[0]
    remote.wait_for("sit_started", posture_checked=False)
    assert remote.ask("sit_answer", discomfort=3, minute=20)[0] is False


def test_a_test_during_a_night_is_refused(remote):
    assert remote.ask("start_night", kind="night")[0]
    ok, text = remote.ask("sit_start", guided=False)
    assert not ok
    assert text.startswith("night ")
    assert "is running: end it first" in text
    assert remote.ask("sit_answer", discomfort=3) == (
        False,
        "no question is open: no test is running",
    )
    assert remote.events() == []
