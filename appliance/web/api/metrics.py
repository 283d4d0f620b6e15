"""`/metrics` in Prometheus' text format (version 0.0.4), by hand: 15 gauges need no package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from appliance.nightdata import night_score
from appliance.publish.standing import read_standing
from appliance.store import faults, status
from appliance.store.nights import IS_SLEEP
from appliance.version import VERSION
from appliance.web.access import needs
from appliance.web.services import database, services
from appliance.web.views.facts import newest_night
from appliance.web.views.tonight import live_of
from detect.nights import as_told

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

api = Blueprint("metrics", __name__)

Sample = tuple[str, str, str, float | None]
"""Name, help, labels, value (None: not known, left out)."""


@api.get("/metrics")
@needs("partner")
def metrics() -> Response:
    """Return the gauges."""
    lines = []
    seen: set[str] = set()
    for name, text, labels, value in samples(database(), services().now()):
        if value is None:
            continue
        if name not in seen:
            seen.add(name)
            lines += [f"# HELP plms_{name} {text}", f"# TYPE plms_{name} gauge"]
        lines.append(f"plms_{name}{labels} {value:.10g}")
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")


def samples(db: sqlite3.Connection, now_utc: float) -> Iterator[Sample]:
    """Yield every gauge."""
    yield "info", "Version of the software.", f'{{version="{VERSION}"}}', 1.0
    yield from _live(db, now_utc)
    yield from _last_night(db)
    connected = read_standing(db).state == "connected"
    yield "mqtt_connected", "Whether the broker took us.", "", float(connected)
    yield "faults_open", "Faults that are not cleared.", "", float(len(faults.open_faults(db)))
    for name, of_kind, text in (
        ("nights", IS_SLEEP, "Closed nights and naps in the database."),
        ("evening_tests", "kind = 'sit'", "Closed evening tests in the database."),
    ):
        count = f"SELECT COUNT(*) FROM nights WHERE state = 'closed' AND {of_kind}"
        yield name, text, "", float(db.execute(count).fetchone()[0])


def _live(db: sqlite3.Connection, now_utc: float) -> Iterator[Sample]:
    said = status.read(db)
    live = live_of(db, now_utc)
    yield "recorder_up", "Whether the recorder answers.", "", float(live.alive)
    yield "recording", "Whether a night is being recorded.", "", float(live.phase == "recording")
    if said is None:
        return
    in_bed = None if said.in_bed is None else float(said.in_bed)
    yield "in_bed", "Whether the sleeper is in bed.", "", in_bed
    yield "kicks_tonight", "Kicks of the running night.", "", _float(said.kicks_tonight)
    for device, state in sorted(said.sensors.items()):
        labels = f'{{sensor="{device}"}}'
        yield "sensor_up", "Whether a sensor works.", labels, float(state == "ok")


def _float(value: int | None) -> float | None:
    return None if value is None else float(value)


def _last_night(db: sqlite3.Connection) -> Iterator[Sample]:
    night = newest_night(db)
    if night is None:
        return
    score = as_told(night_score(db, night))
    index = "Rhythmic kicks per hour in bed of the last night."
    yield "last_night_plmi_tib", index, "", score.plmi_tib
    yield "last_night_plmi_tib_low", "Its lower bound.", "", score.plmi_tib_low
    yield "last_night_plmi_tib_high", "Its upper bound.", "", score.plmi_tib_high
    yield "last_night_counted_seconds", "Its counted time.", "", score.counted_s
    yield "last_night_start_timestamp_seconds", "When it began.", "", night.start_utc
