"""The whole path, every stage real: chips, drivers, detector, database, broker, browser."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
from click.testing import CliRunner

from appliance.cli import main
from appliance.config import Config, Device, Mqtt, Storage
from appliance.demo.theatre import open_theatre, play_night
from appliance.nightdata import load_night_input, night_score
from appliance.publish import service
from appliance.store.movements import load_movements
from appliance.store.nights import find_night
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.serve import listen
from detect.score import score_night
from tests.appliance.mqtt.conftest import DEADLINE_S, QUICK, Mosquitto, Subscriber, Validators
from tests.appliance.web.browser import browser, complaints, requested_hosts

HOURS = 0.6


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Play a short night into a state directory, a broker listening; return what came of it."""
    folder = tmp_path_factory.mktemp("path")
    broker = Mosquitto(folder / "broker").start()
    subscriber = Subscriber(broker.port, Validators())
    state_dir = folder / "state"
    state_dir.mkdir()
    config = Config(
        device=Device(id="bed", time_zone="Europe/Berlin"),
        mqtt=Mqtt(enabled=True, host="127.0.0.1", port=broker.port, event_expiry_s=86400),
        storage=Storage(min_free_mb=50),
    )
    stop = threading.Event()
    publisher = service.start(state_dir, config, stop, tuning=QUICK)
    theatre = open_theatre(state_dir, config, seed=5, hours=HOURS)
    theatre.wall.step(time.time() - theatre.wall.utc())
    name = play_night(theatre, HOURS, lambda minutes: None)
    subscriber.wait(
        lambda: any(e["event_type"] == "night_ready" for e in subscriber.documents("event")),
        "the night's last event",
        4 * DEADLINE_S,
    )
    night = find_night(theatre.db, name)
    yield {
        "state_dir": state_dir,
        "config": config,
        "night": night,
        "movements": load_movements(theatre.db, night.id),
        "score": night_score(theatre.db, night),
        "whole": score_night(replace(load_night_input(theatre.db, night), lights_off_tick=None)),
        "events": subscriber.documents("event"),
        "theatre": theatre,
    }
    stop.set()
    publisher.join(DEADLINE_S)
    theatre.close()
    subscriber.close()
    broker.kill()


def test_the_night_holds_kicks_of_one_and_movements_of_the_other(path):
    owners = [(m.kind, m.owner) for m in path["movements"]]
    assert owners.count(("leg", "patient")) >= 20
    assert sum(owner == "partner" for _, owner in owners) >= 5
    assert path["score"].plm >= 20


@pytest.mark.broker
def test_every_kick_is_announced_once_and_in_order(path):
    kicks = [m for m in path["movements"] if m.kind == "leg" and m.owner in ("patient", "both")]
    announced = [e for e in path["events"] if e["event_type"] == "limb_movement"]
    assert len({e["id"] for e in announced}) == len(announced)
    assert [e["seq"] for e in announced] == sorted(e["seq"] for e in announced)
    assert sorted(e["onset_s"] for e in announced) == sorted(m.onset_s for m in kicks)


@pytest.mark.broker
def test_a_series_is_announced_at_its_fourth_kick_with_the_earlier_onsets(path):
    onsets = {m.onset_s for m in path["movements"] if m.kind == "leg"}
    started = [e for e in path["events"] if e["event_type"] == "series_started"]
    assert len(started) == len(path["whole"].series) > 0
    for event, series in zip(started, path["whole"].series, strict=True):
        assert event["onsets_s"][0] == series.first_onset_s
        assert len(event["onsets_s"]) == 4
        assert set(event["onsets_s"]) <= onsets
    ended = [e for e in path["events"] if e["event_type"] == "series_ended"]
    assert len(ended) == len(started)


@pytest.mark.browser
def test_the_page_shows_the_nights_number_in_a_real_browser(path):
    app = create_app(path["state_dir"], path["config"], access=Access.demo())
    server = listen(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        with browser() as driver:
            driver.get(f"http://127.0.0.1:{server.port}/")
            text = driver.find_element("tag name", "main").text
            hosts, errors = requested_hosts(driver), complaints(driver)
    finally:
        server.stop()
        thread.join(DEADLINE_S)
    assert str(path["score"].plm) in text
    assert hosts == {"127.0.0.1"}
    assert errors == []


def test_the_exported_night_scores_to_the_same_movements(path, tmp_path):
    edf = tmp_path / "night.edf"
    run = CliRunner()
    exported = run.invoke(
        main,
        ["export", path["night"].name, "--state-dir", str(path["state_dir"]), "--out", str(edf)],
    )
    assert exported.exit_code == 0, exported.output
    scored = run.invoke(main, ["score", str(edf), "--json"])
    assert scored.exit_code == 0, scored.output
    stored = [(m.onset_s, m.duration_s, m.kind, m.side, m.owner) for m in path["movements"]]
    again = [
        (m["onset_s"], m["duration_s"], m["kind"], m["side"], m["owner"])
        for m in json.loads(scored.stdout)["movements"]
    ]
    assert sorted(again, key=str) == sorted(stored, key=str)
