"""A closed night in one piece: the same as its rows, and gone as soon as a row changes."""

import gc
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.nightdata import COLLECT_AFTER, collect_seldom, load_night_input
from appliance.record.privacy import make_private
from appliance.store import epochs, movements, nights, packs
from appliance.store.connect import database_path, open_database
from appliance.store.repair import check_database
from detect.movement import NO_EVIDENCE, Epoch, Evidence, Movement, Part
from tests.appliance.store.new_night import NEW

maybe = st.none() | st.floats(allow_nan=False)
ticks = st.integers(0, 2**40)
parts = st.lists(st.builds(Part, st.sampled_from(["left", "right"]), ticks, ticks), max_size=3)
some_movements = st.lists(
    st.builds(
        Movement,
        ticks,
        ticks,
        st.sampled_from(["leg", "jerk", "body", "bed", "walk"]),
        st.sampled_from(["left", "right", "both", None]),
        st.sampled_from(["patient", "partner", "both", "unsure"]),
        maybe,
        maybe,
        maybe,
        parts.map(tuple),
        st.just(NO_EVIDENCE),
        st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    ),
    max_size=20,
)
seconds = st.floats(0, 30)
some_epochs = st.lists(
    st.tuples(seconds, seconds, st.none() | seconds, seconds, seconds, seconds, maybe), max_size=20
).map(lambda rows: [Epoch(number, *row) for number, row in enumerate(rows)])


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with closing(open_database(tmp_path_factory.mktemp("state"))) as db:
        yield db


@pytest.fixture
def db(tmp_path):
    with closing(open_database(tmp_path)) as db:
        yield db


def kick(onset, owner="patient"):
    part = Part("left", onset, onset + 200)
    seen = Evidence(tilt_deg=9.0)
    return Movement(onset, onset + 200, "leg", "left", owner, 0.9, 400.0, 80.0, (part,), seen)


def quiet(index):
    return Epoch(index, 1.0, 0.5, 30.0, 30.0, 30.0, 30.0, None)


def a_night(db, name="2026-01-05"):
    """Two kicks, the later one confirmed first, a movement of the partner, and four epochs."""
    night = nights.create_night(db, replace(NEW, name=name))
    movements.add_movements(db, night.id, [kick(5000), kick(2000), kick(7000, "partner")], 0)
    epochs.add_epochs(db, night.id, [quiet(index) for index in range(4)])
    nights.close_night(db, night.id, 12_000, "button")
    return nights.get_night(db, night.id)


def from_rows(db, night):
    numbered = movements.load_numbered(db, night.id, evidence=False)
    return [movement for _, movement in numbered], epochs.load_epochs(db, night.id)


def test_closing_a_night_packs_it(db):
    running = nights.create_night(db, replace(NEW, name="running"))
    assert packs.load_pack(db, running.id) is None
    night = a_night(db)
    found, moved = packs.load_pack(db, night.id)
    assert [m.onset_tick for m in found] == [2000, 5000, 7000]
    assert found[0] == kick(2000)._replace(evidence=NO_EVIDENCE)
    assert moved == [quiet(index) for index in range(4)]


def test_a_process_that_scores_many_nights_looks_for_circles_seldom_but_does():
    before = gc.get_threshold()
    try:
        collect_seldom()
        assert gc.isenabled()
        assert gc.get_threshold() == (COLLECT_AFTER, *before[1:])
    finally:
        gc.set_threshold(*before)


@given(some_movements, some_epochs)
def test_a_piece_is_what_the_rows_are(shared, found, moved):
    name = str(len(nights.list_nights(shared)))
    night = nights.create_night(shared, replace(NEW, name=name))
    movements.add_movements(shared, night.id, found, 0)
    epochs.add_epochs(shared, night.id, moved)
    packs.pack_night(shared, night.id)
    packed = packs.load_pack(shared, night.id)
    assert repr(packed) == repr(from_rows(shared, night))


CHANGES = {
    "a movement more": lambda db, n: movements.add_movements(db, n.id, [kick(9000)], 3),
    "another owner": lambda db, n: db.execute("UPDATE movements SET owner = 'both'"),
    "a movement less": lambda db, n: db.execute("DELETE FROM movements WHERE onset_tick = 5000"),
    "an epoch more": lambda db, n: epochs.add_epochs(db, n.id, [quiet(4)]),
    "another activity": lambda db, n: db.execute("UPDATE epochs SET activity_mg_s = 7.0"),
    "an epoch less": lambda db, n: db.execute("DELETE FROM epochs WHERE epoch = 3"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_changed_row_deletes_its_nights_piece(db, change):
    night = a_night(db)
    before = load_night_input(db, night)
    change(db, night)
    assert packs.load_pack(db, night.id) is None
    now = load_night_input(db, night)
    assert now != before
    found, moved = from_rows(db, night)
    assert (now.movements, now.epochs) == (tuple(found), tuple(moved))


def test_a_change_of_one_night_leaves_the_others_alone(db):
    nights_there = [a_night(db, name) for name in ("first", "second", "third")]
    movements.add_movements(db, nights_there[1].id, [kick(9000)], 3)
    assert [packs.load_pack(db, n.id) is None for n in nights_there] == [False, True, False]


def test_a_corrected_night_is_read_from_its_rows(db):
    night = a_night(db)
    movements.set_correction(db, night.id, 0, "nobody", 0.0)
    movements.set_correction(db, night.id, 2, "patient", 0.0)
    assert packs.load_pack(db, night.id) is not None
    assert [(m.onset_tick, m.owner) for m in load_night_input(db, night).movements] == [
        (2000, "patient"),
        (7000, "patient"),
    ]


def test_nothing_of_the_partner_stays_in_a_private_nights_piece(db, tmp_path):
    night = a_night(db)
    assert any(m.owner == "partner" for m in packs.load_pack(db, night.id)[0])
    make_private(db, night, tmp_path)
    assert packs.load_pack(db, night.id) is None
    packs.pack_missing(db)
    found, moved = packs.load_pack(db, night.id)
    assert {m.owner for m in found} == {"patient"}
    assert {e.partner_moving_s for e in moved} == {0.0}


def test_a_deleted_nights_piece_is_gone_from_the_file(db, tmp_path):
    night = a_night(db)
    body = db.execute("SELECT body FROM packs").fetchone()[0]
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert body[:200] in database_path(tmp_path).read_bytes()
    nights.delete_night(db, night.name, tmp_path)
    assert db.execute("SELECT COUNT(*) FROM packs").fetchone()[0] == 0
    assert body[:200] not in database_path(tmp_path).read_bytes()


def test_a_damaged_piece_is_none(db):
    night = a_night(db)
    whole = db.execute("SELECT body FROM packs").fetchone()[0]
    expected = load_night_input(db, night)
    for damaged in (b"", b"\xa5" * len(whole), whole[:-1], whole[:20] + b"\xa5" + whole[21:]):
        db.execute("UPDATE packs SET body = ?", (damaged,))
        assert packs.load_pack(db, night.id) is None
        assert load_night_input(db, night) == expected


def test_nights_without_a_piece_get_theirs_some_at_a_time(db):
    there = [a_night(db, str(number)) for number in range(packs.PACKED_AT_A_TIME + 2)]
    db.execute("DELETE FROM packs")
    assert packs.pack_missing(db) == packs.PACKED_AT_A_TIME
    assert [packs.load_pack(db, n.id) is None for n in there[:3]] == [True, True, False]
    assert packs.pack_missing(db) == 2
    assert packs.pack_missing(db) == 0


def test_a_salvaged_database_is_packed_from_its_rows(tmp_path):
    with closing(open_database(tmp_path)) as db:
        night = a_night(db)
        expected = load_night_input(db, night)
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'outbox'").fetchone()[0]
        size = db.execute("PRAGMA page_size").fetchone()[0]
    with database_path(tmp_path).open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xa5" * size)
    assert "1 nights were saved" in check_database(tmp_path)
    with closing(open_database(tmp_path)) as db:
        assert packs.load_pack(db, night.id) is None
        assert packs.pack_missing(db) == 1
        assert load_night_input(db, night) == expected
