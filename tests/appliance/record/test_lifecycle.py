"""When nights begin and end by themselves."""

from datetime import UTC, datetime

import pytest

from appliance.config import Night
from appliance.record.lifecycle import AutoEnd, AutoStart, is_nap, within_hours
from appliance.store.nights import evening_date

MIN_NS = 60_000_000_000


def at(hour, minute=0, day=5):
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "first", "last", "inside"),
    [
        (23.0, 20.0, 4.0, True),
        (3.9, 20.0, 4.0, True),
        (4.0, 20.0, 4.0, False),
        (20.0, 20.0, 4.0, True),
        (12.0, 20.0, 4.0, False),
        (10.0, 9.0, 18.0, True),
        (18.0, 9.0, 18.0, False),
    ],
)
def test_hours_may_cross_midnight(hour, first, last, inside):
    assert within_hours(hour, first, last) is inside


@pytest.mark.parametrize(
    ("local", "date"),
    [
        (at(23, 50), "2026-01-05"),
        (at(0, 20, day=6), "2026-01-05"),
        (at(11, 59, day=6), "2026-01-05"),
        (at(12, 0, day=6), "2026-01-06"),
    ],
)
def test_a_night_is_named_by_its_evening(local, date):
    assert evening_date(local) == date


@pytest.mark.parametrize(("hour", "nap"), [(8, False), (9, True), (14, True), (18, False)])
def test_a_recording_by_day_is_a_nap(hour, nap):
    assert is_nap(at(hour)) is nap


def test_a_night_starts_after_five_minutes_in_bed_in_the_evening():
    auto = AutoStart.fresh()
    due = [
        auto.due(Night(), in_bed=True, now_ns=minute * MIN_NS, local=at(23, minute))
        for minute in range(7)
    ]
    assert due == [False] * 5 + [True] * 2


def test_getting_up_starts_the_five_minutes_anew():
    auto = AutoStart.fresh()
    in_bed = [True] * 4 + [False] + [True] * 4
    assert not any(
        auto.due(Night(), in_bed=b, now_ns=i * MIN_NS, local=at(23, i))
        for i, b in enumerate(in_bed)
    )


def test_a_sensor_that_says_nothing_neither_starts_nor_restarts_the_count():
    auto = AutoStart.fresh()
    said = [True, None, None, None, None, True]
    due = [
        auto.due(Night(), in_bed=b, now_ns=i * MIN_NS, local=at(23, i)) for i, b in enumerate(said)
    ]
    assert due[-1]


@pytest.mark.parametrize(
    ("local", "config", "starts"),
    [
        (at(15), Night(), False),
        (at(23), Night(auto_start=False), False),
        (None, Night(), True),  # the clock was never set: the hour cannot matter
    ],
)
def test_a_night_does_not_start_by_itself_at_the_wrong_time(local, config, starts):
    auto = AutoStart.fresh()
    auto.due(config, in_bed=True, now_ns=0, local=local)
    assert auto.due(config, in_bed=True, now_ns=10 * MIN_NS, local=local) is starts


def reasons(in_bed, config=Night(), start_hour=23):  # noqa: B008 - frozen
    auto = AutoEnd.fresh()
    found = []
    for minute, lies in enumerate(in_bed):
        hour, rest = divmod(start_hour * 60 + minute, 60)
        local = at(hour % 24, rest, day=5 + hour // 24)
        found.append(auto.due(config, in_bed=lies, now_ns=minute * MIN_NS, local=local))
    return found


def test_a_bathroom_visit_ends_nothing():
    assert set(reasons([True] * 60 + [False] * 44 + [True] * 60)) == {None}


def test_three_quarters_of_an_hour_out_of_bed_end_the_night():
    found = reasons([True] * 10 + [False] * 46)
    assert found[-1] == "out_of_bed"
    assert found[:-1] == [None] * 55


def test_the_set_hour_ends_the_night():
    found = reasons([True] * 70, Night(auto_end_at_h=12.0), start_hour=11)
    assert found[59:61] == [None, "hour"]


def test_a_night_that_may_not_end_by_itself_goes_on():
    assert set(reasons([False] * 200, Night(auto_end=False), start_hour=10)) == {None}


def test_a_clock_set_over_the_hour_by_half_a_day_ends_nothing():
    auto = AutoEnd.fresh()
    assert auto.due(Night(), in_bed=True, now_ns=0, local=at(1)) is None
    assert auto.due(Night(), in_bed=True, now_ns=1, local=at(13)) is None
