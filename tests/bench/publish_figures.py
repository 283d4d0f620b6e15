"""Measure the publisher at a real Mosquitto: latency, load of a night, processor time when idle.

Not collected by pytest: `python -m tests.bench.publish_figures` prints one JSON object.
"""

import dataclasses
import json
import os
import random
import resource
import runpy
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

from appliance.publish.backoff import Tuning
from appliance.store import status

MQTT = runpy.run_path(
    str(Path(__file__).parents[1] / "appliance" / "mqtt" / "conftest.py"), run_name="fixtures"
)
EVENTS = 300
IDLE_S = 60.0


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def latency(device, heard):
    """Time from before the recorder's commit to the message in the subscriber's hands [s]."""
    rng = random.Random(1)
    committed = []
    for _ in range(EVENTS):
        time.sleep(rng.uniform(0.02, 0.12))
        committed.append(time.monotonic())
        device.event()
    heard.wait(lambda: len(heard.payloads("event")) >= EVENTS, "the events")
    arrived = [at for topic, _, _, at in heard.messages if topic.endswith("/event")]
    return [at - start for start, at in zip(committed, arrived, strict=True)]


def publisher_cpu_s():
    """Processor time of the publisher's thread [s], from the kernel's own account."""
    thread = next(t for t in threading.enumerate() if t.name == "publisher")
    fields = Path(f"/proc/self/task/{thread.native_id}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(device, while_recording):
    """Share of one core [%]: nothing happens, or the recorder writes its status every second."""
    start_s, start_cpu = time.monotonic(), publisher_cpu_s()
    tick = 0
    while time.monotonic() - start_s < IDLE_S:
        if while_recording:
            tick += 100
            told = status.Status(phase="recording", night="n", newest_tick=tick)
            status.write(device.db, dataclasses.replace(told, updated=time.time()))
        time.sleep(1.0)
    return 100.0 * (publisher_cpu_s() - start_cpu) / (time.monotonic() - start_s)


def night(device, heard):
    heard.messages.clear()
    MQTT["record_night"](device.state_dir, 8, 0.0)
    last = {"night_ready"}
    heard.wait(
        lambda: heard.payloads("event") and heard.documents("event")[-1]["event_type"] in last,
        "the night's last event",
        120.0,
    )
    ours = [(t, p) for t, p, _, _ in heard.messages if t.startswith("plms/")]
    events = [p for t, p in ours if t.endswith("/event")]
    return {
        "events": len(events),
        "bytes_of_events": sum(len(p) for p in events),
        "messages": len(ours),
        "bytes": sum(len(t) + len(p) for t, p in ours),
    }


def main():
    with tempfile.TemporaryDirectory() as folder:
        broker = MQTT["Mosquitto"](Path(folder) / "broker").start()
        device = MQTT["PublishingDevice"](Path(folder) / "state", broker.port, tuning=Tuning())
        heard = MQTT["Subscriber"](broker.port, MQTT["Validators"]())
        device.start()
        heard.wait(lambda: heard.documents("info"), "the first round")
        took = latency(device, heard)
        figures = {
            "events": EVENTS,
            "commit_to_subscriber_ms": {
                "median": round(1000 * median(took), 1),
                "p99": round(1000 * percentile(took, 0.99), 1),
                "largest": round(1000 * max(took), 1),
            },
            "idle_cpu_percent": round(idle(device, while_recording=False), 2),
            "recording_cpu_percent": round(idle(device, while_recording=True), 2),
            "night": night(device, heard),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        device.halt()
        heard.close()
        broker.kill()
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
