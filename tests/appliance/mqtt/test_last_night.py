"""The retained payload of the last closed night, from stored movements."""

import pytest

from appliance.nightdata import night_score
from appliance.publish.last_night import LastNight, no_night
from appliance.publish.payloads import dump
from appliance.store import movements, nights
from appliance.store.connect import open_database
from detect.movement import Movement, Part
from drivers.channels import NightScale

HOUR = 360_000


@pytest.fixture
def db(tmp_path):
    database = open_database(tmp_path)
    yield database
    database.close()


def kick(onset_tick):
    parts = (Part("left", onset_tick, onset_tick + 200),)
    return Movement(
        onset_tick, onset_tick + 200, "leg", "left", "patient", 0.99, 300.0, 80.0, parts
    )


def add_night(db, name, hours, kicks, kind="night"):
    """A night with `kicks` kicks, one every 30 s: one series."""
    new = nights.NewNight(
        name=name, kind=kind, start_utc=1_767_650_400.0, time_zone="Europe/Berlin", boot_id="b",
        origin_monotonic_ns=0, scale=NightScale(), detector="test", software="test",
    )  # fmt: skip
    night = nights.create_night(db, new)
    movements.add_movements(db, night.id, [kick(10_000 + 3000 * k) for k in range(kicks)], 0)
    nights.close_night(db, night.id, round(hours * HOUR), "hour")
    return night


def test_before_the_first_night_everything_is_unknown(db, validators):
    payload = LastNight(db).payload(0.0, None)
    assert {payload[key] for key in payload if key not in ("schema", "nights_used")} == {None}
    validators.check("plms/bed/night", dump(payload))


def test_a_night_by_hand(db, validators):
    add_night(db, "2026-01-05", hours=8, kicks=40)
    payload = LastNight(db).payload(1_767_700_000.0, None)
    validators.check("plms/bed/night", dump(payload))
    by_hand = {
        "night": "2026-01-05", "kind": "night", "kicks": 40, "plm": 40, "series": 1,
        "plmi_tib": 5.0, "recorded_min": 480.0, "time_in_bed_min": 480.0, "usable_min": 480.0,
        "lost_min": 0.0, "interval_geometric_mean_s": 30.0, "rules": "wasm2016",
        "start": "2026-01-05T23:00:00+01:00", "end": "2026-01-06T07:00:00+01:00",
        "plmi_tib_median": None, "nights_used": 1, "private": False, "end_reason": "hour",
    }  # fmt: skip
    assert {key: payload[key] for key in by_hand} == by_hand


@pytest.mark.parametrize(
    ("ticks", "index"), [(200, None), (HOUR, None), (2 * HOUR - 1, None), (2 * HOUR, 20.0)]
)
def test_an_index_is_told_where_the_page_gives_a_number(db, validators, ticks, index):
    add_night(db, "2026-01-05", hours=ticks / HOUR, kicks=40)
    payload = LastNight(db).payload(1_767_700_000.0, None)
    validators.check("plms/bed/night", dump(payload))
    for key in ("plmi_tib", "plmi_tib_low", "plmi_tib_high"):
        assert payload[key] == index, key
    assert (payload["plmi_est_sleep"], payload["plmi_tib_median"]) == (None, None)
    assert (payload["periodicity_index_intervals"] is None) == (index is None)


def test_the_median_takes_usable_nights_and_no_naps(db):
    for name, hours, kicks, kind in [
        ("n1", 8, 40, "night"), ("n2", 8, 80, "night"), ("short", 2, 100, "night"),
        ("nap", 5, 200, "nap"), ("n3", 8, 160, "night"),
    ]:  # fmt: skip
        add_night(db, name, hours, kicks, kind)
    payload = LastNight(db).payload(0.0, None)
    assert (payload["night"], payload["plmi_tib_median"], payload["nights_used"]) == ("n3", 10.0, 3)


def test_it_follows_corrections_marks_and_deletion(db, tmp_path):
    first = add_night(db, "n1", hours=8, kicks=40)
    add_night(db, "n2", hours=8, kicks=80)
    told = LastNight(db)
    assert told.payload(0.0, None)["kicks"] == 80
    nights.set_lights(db, first.id + 1, 4 * HOUR, None)
    assert told.payload(0.0, None)["time_in_bed_min"] == 240.0
    assert nights.delete_night(db, "n2", tmp_path)
    assert told.payload(0.0, None)["kicks"] == 40
    movements.set_correction(db, first.id, 0, "nobody", 1.0)
    corrected = night_score(db, nights.get_night(db, first.id))
    assert corrected.leg_movements == 39
    assert told.payload(0.0, None)["kicks"] == 39
    assert nights.delete_night(db, "n1", tmp_path)
    assert told.payload(0.0, None) == no_night()
