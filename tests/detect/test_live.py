"""Series as they happen say what the batch scorer says afterwards."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from detect.live import GRACE_TICKS, KickMovedPartner, LiveSeries, SeriesEnded, SeriesStarted
from detect.movement import Epoch, Gap, Movement, Part
from detect.rules import AASM_V3, RULE_SETS, WASM2016, WASM2016_STRICT
from detect.score import NightInput, score_night
from detect.series import Ended

S = 100
HOUR = 360_000


def move(onset_s, duration_s=2.0, owner="patient", p=None):
    onset, end = round(onset_s * S), round((onset_s + duration_s) * S)
    if owner == "partner":
        return Movement(onset, end, "bed", None, "partner", 0.01, 10.0, 1.0)
    return Movement(onset, end, "leg", "left", owner, p, 300.0, 60.0, (Part("left", onset, end),))


def test_the_fourth_kick_starts_a_series_and_brings_the_earlier_ones():
    live = LiveSeries()
    for onset in (100, 120, 140):
        assert live.feed(move(onset)) == []
        assert not live.active
    assert live.feed(move(160)) == [SeriesStarted(1, (10_000, 12_000, 14_000, 16_000))]
    assert (live.active, live.kicks_in_series) == (True, 4)
    assert live.feed(move(180)) == []
    assert live.kicks_in_series == 5


def series_of_four():
    live = LiveSeries()
    for onset in (100, 120, 140, 160):
        live.feed(move(onset))
    return live


def ended(reason, movements=4, last=16_000, number=1):
    return [SeriesEnded(number, reason, movements, 10_000, last)]


def gap(live, device, start, end):
    """A gap that is over, and time for the kicks before it to be confirmed."""
    live.gap(Gap(device, start, end))
    return live.advance(start + GRACE_TICKS)


def out_of_bed(live, start, end):
    live.interruption(start, end)
    return live.advance(start + GRACE_TICKS)


def away(device, since):
    """A gap that goes on."""
    return (Gap(device, since, 90_000),)


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (lambda live: live.feed(move(169.99)), Ended.SHORT_INTERVAL),
        (lambda live: live.feed(move(250.01)), Ended.LONG_INTERVAL),
        (lambda live: live.feed(move(180, 10.01)), Ended.NOT_A_CLM),
        (lambda live: live.feed(move(260, 10.01)), Ended.LONG_INTERVAL),
        (lambda live: gap(live, "right", 17_000, 17_100), Ended.SENSOR_GAP),
        (lambda live: gap(live, "right", 25_000, 25_100), Ended.SENSOR_GAP),
        (lambda live: gap(live, "right", 25_001, 25_100), Ended.LONG_INTERVAL),
        (lambda live: live.advance(25_001 + GRACE_TICKS, away("left", 25_000)), Ended.SENSOR_GAP),
        (lambda live: live.advance(28_000, away("left", 25_001)), Ended.LONG_INTERVAL),
        (lambda live: live.advance(28_000, away("left", 15_999)), Ended.LONG_INTERVAL),
        (lambda live: live.advance(28_000, away("strip", 17_000)), Ended.LONG_INTERVAL),
        (lambda live: out_of_bed(live, 20_000, 30_000), Ended.SENSOR_GAP),
        (lambda live: live.finish(25_000), Ended.NIGHT_END),
        (lambda live: live.finish(25_001), Ended.LONG_INTERVAL),
        (lambda live: live.advance(25_001 + GRACE_TICKS), Ended.LONG_INTERVAL),
    ],
)
def test_a_series_ends_with_its_reason(step, reason):
    live = series_of_four()
    assert step(live) == ended(reason)
    assert (live.active, live.kicks_in_series) == (False, 0)


@pytest.mark.parametrize(
    "step",
    [
        lambda live: live.feed(move(250)),
        lambda live: live.feed(move(170, owner="partner")),
        lambda live: live.feed(move(165, owner="unsure", p=0.4)),
        lambda live: gap(live, "strip", 17_000, 20_000),
        lambda live: gap(live, "left", 1_000, 2_000),
        lambda live: live.advance(25_000 + GRACE_TICKS),
        lambda live: live.advance(25_000 + GRACE_TICKS, away("left", 17_000)),
    ],
)
def test_a_series_goes_on(step):
    live = series_of_four()
    assert step(live) == []
    assert live.active


def test_a_gap_of_an_ankle_that_is_not_worn_ends_nothing():
    live = LiveSeries(ankles=("left",))
    for onset in (100, 120, 140, 160):
        live.feed(move(onset))
    assert gap(live, "right", 17_000, 17_100) == []
    assert live.active


def test_a_quiet_hour_ends_a_series_once():
    live = series_of_four()
    assert len(live.advance(60_000)) == 1
    assert live.advance(90_000) == []
    assert live.finish(360_000) == []


def test_strict_rules_start_no_series_after_a_short_interval():
    onsets = [100, 105, 125, 145, 165]
    found = {}
    for rules in (WASM2016, WASM2016_STRICT):
        live = LiveSeries(rules)
        found[rules.name] = [e for o in onsets for e in live.feed(move(o))]
    assert len(found["wasm2016"]) == 1
    assert found["wasm2016-strict"] == []


@pytest.mark.parametrize(("lag_s", "moved"), [(0, False), (0.01, True), (5.0, True), (5.01, False)])
@pytest.mark.parametrize("partner_first", [False, True])
def test_a_kick_that_moved_the_partner(lag_s, moved, partner_first):
    live = LiveSeries()
    movements = [move(100), move(100 + lag_s, owner="partner")]
    if partner_first:  # confirmed before the longer kick was over
        movements.reverse()
    events = [e for m in movements for e in live.feed(m)]
    assert events == ([KickMovedPartner(10_000, 10_000 + round(lag_s * S))] if moved else [])
    assert [e.lag_s for e in events] == ([lag_s] if moved else [])


def test_a_kick_is_said_to_have_moved_the_partner_once():
    live = LiveSeries()
    live.feed(move(100))
    assert len(live.feed(move(102, owner="partner"))) == 1
    assert live.feed(move(104, owner="partner")) == []


# ---------------------------------------------------------------- equal to the batch result

steps = st.lists(
    st.tuples(
        st.sampled_from([1.0, 8.0, 9.99, 10.0, 15.0, 20.0, 30.0, 60.0, 87.0, 88.0, 120.0]),
        st.sampled_from([0.5, 1.0, 2.0, 10.0, 10.01, 14.0]),
        st.sampled_from(["patient"] * 6 + ["partner", "unsure", "both"]),
        st.sampled_from([0.2, 0.8]),
    ),
    max_size=60,
)
losses = st.lists(
    st.tuples(
        st.sampled_from(["left", "right", "strip"]),
        st.integers(0, HOUR),
        st.integers(1, 10_000),
    ),
    max_size=3,
)


def build(plan, lost):
    """Movements as the detector gives them: legs in order, at least half a second apart."""
    movements, onset = [], 20.0
    for rest, duration, owner, p in plan:
        movements.append(move(round(onset, 2), duration, owner, p))
        onset += duration + rest
    end = round(onset + 30) * S
    gaps = [Gap(d, s, min(s + n, end)) for d, s, n in lost if s < end]
    return movements, gaps, end


def run_live(live, movements, gaps, end, *, through=lambda live: live):
    events = []
    todo = sorted(
        [(g.start_tick, 0, g) for g in gaps] + [(m.onset_tick, 1, m) for m in movements],
        key=lambda item: item[:2],
    )
    for tick, _, item in todo:
        events += live.advance(tick)
        if isinstance(item, Gap):
            live.gap(item)
        else:
            events += live.feed(item)
        live = through(live)
    return events + live.finish(end)


def batch(movements, gaps, end, rules):
    epochs = tuple(Epoch(i, 1.0, 1.0, 30.0, 30.0, 30.0, 30.0, 0.0) for i in range(-(-end // 3000)))
    return score_night(NightInput(end, tuple(movements), epochs, tuple(gaps)), rules)


@given(steps, losses, st.sampled_from([WASM2016, WASM2016_STRICT]))
def test_live_and_batch_agree(plan, lost, rules):
    movements, gaps, end = build(plan, lost)
    score = batch(movements, gaps, end, rules)
    if score.fitted != ("left", "right"):
        gaps = []
        score = batch(movements, gaps, end, rules)
    events = run_live(LiveSeries(rules), movements, gaps, end)
    started = [e for e in events if isinstance(e, SeriesStarted)]
    over = [e for e in events if isinstance(e, SeriesEnded)]
    assert [
        (e.number, e.first_onset_tick / S, e.last_onset_tick / S, e.movements, e.ended)
        for e in over
    ] == [(s.number, s.first_onset_s, s.last_onset_s, s.movements, s.ended) for s in score.series]
    assert [e.number for e in started] == [s.number for s in score.series]
    for event, series in zip(started, score.series, strict=True):
        assert len(event.onset_ticks) == 4
        assert event.onset_ticks[0] / S == series.first_onset_s
    if score.couple is not None:
        moved = [e for e in events if isinstance(e, KickMovedPartner)]
        assert len(moved) == score.couple.kicks_then_partner.followed


def run_as_recorded(movements, gaps, end, rules):
    """As the recorder does: a gap is known when it is over, a kick 15 s after it began."""
    live, events = LiveSeries(rules), []
    news = {m.onset_tick + 15 * S: [] for m in movements}
    for movement in movements:
        news[movement.onset_tick + 15 * S].append(movement)
    for tick in range(0, end, 50):
        now = range(tick, tick + 50)
        for lost in gaps:
            if lost.end_tick in now:
                live.gap(lost)
        for known in sorted(t for t in news if t in now):
            events += [e for m in news.pop(known) for e in live.feed(m)]
        open_gaps = [g for g in gaps if g.start_tick <= now[-1] < g.end_tick]
        events += live.advance(tick + 50, open_gaps)
    for lost in gaps:
        if lost.end_tick >= end:
            live.gap(lost)
    events += [e for known in sorted(news) for m in news[known] for e in live.feed(m)]
    return events + live.finish(end)


pulled = st.lists(
    st.tuples(st.integers(0, HOUR // 3), st.sampled_from([10, 500, 4_000, 9_000, 30_000])),
    max_size=4,
)


@given(steps, pulled, st.sampled_from([WASM2016, WASM2016_STRICT]))
@example([(20.0, 2.0, "patient", 0.8)] * 6 + [(120.0, 2.0, "patient", 0.8)] * 2, [(14_000, 30_000)],
         WASM2016)  # fmt: skip
@example([(20.0, 2.0, "patient", 0.8)] * 8, [(11_001, 10)], WASM2016)
def test_series_as_recorded_while_both_ankles_are_unplugged_end_as_in_the_morning(
    plan, lost, rules
):
    movements, _, end = build(plan, ())
    end += 20_000 - end % 50
    spans = [(s, min(s + n, end)) for s, n in lost if s < end]
    gaps = [Gap(leg, start, stop) for start, stop in spans for leg in ("left", "right")]
    movements = [
        m for m in movements if all(m.end_tick <= a or m.onset_tick >= b for a, b in spans)
    ]
    score = batch(movements, gaps, end, rules)
    assume(score.fitted == ("left", "right"))
    over = [e for e in run_as_recorded(movements, gaps, end, rules) if isinstance(e, SeriesEnded)]
    assert [
        (e.number, e.first_onset_tick / S, e.last_onset_tick / S, e.movements, e.ended)
        for e in over
    ] == [(s.number, s.first_onset_s, s.last_onset_s, s.movements, s.ended) for s in score.series]


@given(steps, losses, st.sampled_from(list(RULE_SETS.values())))
def test_a_snapshot_at_every_step_changes_nothing(plan, lost, rules):
    movements, gaps, end = build(plan, lost)

    def through(live):
        return LiveSeries.from_dict(json.loads(json.dumps(live.to_dict())), rules)

    whole = run_live(LiveSeries(rules), movements, gaps, end)
    assert run_live(LiveSeries(rules), movements, gaps, end, through=through) == whole


def test_the_manuals_rules_can_be_followed_too():
    live = LiveSeries(AASM_V3)
    events = [e for onset in (100, 106, 112, 118) for e in live.feed(move(onset))]
    assert [type(e) for e in events] == [SeriesStarted]
