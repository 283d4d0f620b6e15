"""The outbox on its way: tables first, then any order of answers, cuts, crashes and waits."""

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from appliance.mqtt import Acked
from appliance.publish.backoff import Backoff, Tuning
from appliance.publish.delivery import Delivery
from appliance.store import outbox
from appliance.store.connect import open_database

TUNING = Tuning(unheard_first_s=1.0, unheard_longest_s=4.0, refused_s=60.0, unheard_keep_s=1000.0)
TAKEN, UNHEARD, DENIED = 0, 16, 135
NOW_UTC = 1_800_000_000.0


class Wire:
    """Keeps what was published, and answers when told."""

    def __init__(self):
        self.sent = []
        self.mids = itertools.count(1)

    def publish(self, message):
        self.sent.append(message)
        return next(self.mids)

    def ids(self):
        return [json.loads(message.payload)["id"] for message in self.sent]


def add(db, number, expires_in_s=None, now_utc=NOW_UTC):
    expires = None if expires_in_s is None else now_utc + expires_in_s
    payload = {"schema": 1, "id": f"n-{number}", "event_type": "fault"}
    return outbox.add_event(db, "fault", payload, created_utc=now_utc, expires_utc=expires)


@pytest.fixture
def db(tmp_path):
    database = open_database(tmp_path)
    yield database
    database.close()


@pytest.fixture
def wire():
    return Wire()


def delivery_of(db):
    return Delivery(db, "plms/bed/event", "bed", TUNING)


def test_one_is_on_its_way_at_a_time_and_leaves_only_when_taken(db, wire):
    for number in range(3):
        add(db, number)
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 0.0, NOW_UTC)
    delivery.pump(wire.publish, 0.1, NOW_UTC)
    assert wire.ids() == ["bed-n-0"]
    assert len(outbox.pending(db)) == 3
    assert delivery.answered(Acked(1, TAKEN), 0.2, NOW_UTC)
    assert not delivery.answered(Acked(99, TAKEN), 0.2, NOW_UTC), "an answer to somebody else's"
    delivery.pump(wire.publish, 0.2, NOW_UTC)
    assert wire.ids() == ["bed-n-0", "bed-n-1"]
    delivery.answered(Acked(2, TAKEN), 0.3, NOW_UTC)
    delivery.pump(wire.publish, 0.3, NOW_UTC)
    delivery.answered(Acked(3, TAKEN), 0.4, NOW_UTC)
    assert outbox.pending(db) == []
    assert delivery.delivered == 3


def test_what_nobody_hears_is_offered_again_before_the_next(db, wire):
    add(db, 0)
    add(db, 1)
    delivery = delivery_of(db)
    times = []
    for tick in range(100):
        now_s = tick / 10
        before = len(wire.sent)
        delivery.pump(wire.publish, now_s, NOW_UTC)
        if len(wire.sent) > before:
            times.append(now_s)
            delivery.answered(Acked(len(wire.sent), UNHEARD), now_s, NOW_UTC)
    assert set(wire.ids()) == {"bed-n-0"}
    assert times == [0.0, 1.0, 3.0, 7.0], "after 1, 2, then every 4 s"


def test_what_nobody_hears_for_long_counts_as_delivered(db, wire):
    add(db, 0)
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 0.0, NOW_UTC + 1001.0)
    delivery.answered(Acked(1, UNHEARD), 0.0, NOW_UTC + 1001.0)
    assert outbox.pending(db) == []


def test_what_is_refused_is_kept_and_said(db, wire):
    add(db, 0)
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 0.0, NOW_UTC)
    delivery.answered(Acked(1, DENIED), 0.0, NOW_UTC)
    assert delivery.refused
    delivery.pump(wire.publish, 59.9, NOW_UTC)
    assert len(wire.sent) == 1
    delivery.pump(wire.publish, 60.0, NOW_UTC)
    delivery.answered(Acked(2, TAKEN), 60.0, NOW_UTC)
    assert not delivery.refused
    assert outbox.pending(db) == []


def test_the_broker_is_told_when_a_message_loses_its_use(db, wire):
    add(db, 0, expires_in_s=300.0)
    add(db, 1)
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 0.0, NOW_UTC + 100.0)
    delivery.answered(Acked(1, TAKEN), 0.0, NOW_UTC)
    delivery.pump(wire.publish, 0.0, NOW_UTC + 100.0)
    assert [message.expiry_s for message in wire.sent] == [200, None]
    assert all(message.qos == 1 and not message.retain for message in wire.sent)


def test_a_deleted_nights_events_are_not_sent(db, wire):
    ids = [add(db, number) for number in range(3)]
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 0.0, NOW_UTC)
    outbox.delete(db, ids[1:2])
    delivery.database_changed()
    for mid in (1, 2):
        delivery.answered(Acked(mid, TAKEN), 0.0, NOW_UTC)
        delivery.pump(wire.publish, 0.0, NOW_UTC)
    assert wire.ids() == ["bed-n-0", "bed-n-2"]


def test_an_answer_that_never_comes_is_noticed(db, wire):
    add(db, 0)
    delivery = delivery_of(db)
    delivery.pump(wire.publish, 100.0, NOW_UTC)
    assert not delivery.overdue(100.0 + TUNING.answer_s)
    assert delivery.overdue(100.1 + TUNING.answer_s)


class Outage(RuleBasedStateMachine):
    """Whatever the broker answers and whatever dies, a listener hears all, in order."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.db = open_database(Path(self.folder.name))
        self.db.execute("PRAGMA synchronous = OFF")  # no power is cut in here
        self.wire = Wire()
        self.delivery = delivery_of(self.db)
        self.now_s = 0.0
        self.added = []
        self.expired_at = {}
        self.heard = []

    def teardown(self):
        for _ in range(3 * len(self.added) + 5):
            self.now_s += 60.0
            self.turn()
            self.answer(TAKEN)
        self.check(final=True)
        self.db.close()
        self.folder.cleanup()

    def utc(self):
        return NOW_UTC + self.now_s

    def turn(self):
        self.delivery.database_changed()
        self.delivery.pump(self.wire.publish, self.now_s, self.utc())

    def answer(self, reason):
        if self.delivery.in_flight_mid is not None:
            if reason == TAKEN:
                self.heard.append(self.wire.ids()[-1])
            self.delivery.answered(
                Acked(self.delivery.in_flight_mid, reason), self.now_s, self.utc()
            )

    @rule(expires_in_s=st.sampled_from([None, None, 20.0]))
    def the_recorder_adds(self, expires_in_s):
        number = len(self.added)
        add(self.db, number, expires_in_s, self.utc())
        self.added.append(f"bed-n-{number}")
        if expires_in_s is not None:
            self.expired_at[f"bed-n-{number}"] = self.now_s + expires_in_s

    @rule(wait_s=st.sampled_from([0.0, 0.5, 5.0, 30.0]))
    def time_passes(self, wait_s):
        self.now_s += wait_s
        self.turn()

    @rule(reason=st.sampled_from([TAKEN, TAKEN, TAKEN, UNHEARD, DENIED]))
    def the_broker_answers(self, reason):
        self.turn()
        self.answer(reason)

    @precondition(lambda self: self.delivery.in_flight_mid is not None)
    @rule()
    def the_answer_is_lost_with_the_connection(self):
        self.heard.append(self.wire.ids()[-1])
        self.delivery.restart()

    @rule()
    def the_process_dies(self):
        self.delivery = delivery_of(self.db)

    @invariant()
    def in_order_so_far(self):
        self.check(final=False)

    def check(self, *, final):
        once = list(dict.fromkeys(self.heard))
        missed = [i for i in self.added if i not in once]
        assert once == [i for i in self.added if i in once]
        if final:
            assert all(i in self.expired_at for i in missed)


TestOutage = Outage.TestCase
TestOutage.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_waits_double_with_jitter_up_to_a_limit_and_start_again():
    low = Backoff(Tuning(retry_first_s=1.0, retry_longest_s=8.0), lambda a, b: a)
    high = Backoff(Tuning(retry_first_s=1.0, retry_longest_s=8.0), lambda a, b: b)
    assert [high.next_wait_s("lost") for _ in range(6)] == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert [low.next_wait_s("lost") for _ in range(3)] == [0.5, 1.0, 2.0]
    high.reset()
    assert high.next_wait_s("lost") == 1.0


@pytest.mark.parametrize(
    ("code", "first_s", "longest_s"),
    [("lost", 0.5, 30.0), ("login", 10.0, 300.0), ("taken_over", 60.0, 300.0)],
)
def test_what_needs_a_person_is_tried_in_minutes(code, first_s, longest_s):
    backoff = Backoff(Tuning(), lambda low, high: high)
    waits = [backoff.next_wait_s(code) for _ in range(20)]
    assert waits[0] == first_s
    assert max(waits) == longest_s
    assert all(0.5 * first_s <= Backoff(Tuning()).next_wait_s(code) <= first_s for _ in range(50))
