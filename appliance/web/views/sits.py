"""One evening test, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from flask import abort

from appliance.sitdata import sit_score
from appliance.store import diary
from appliance.store.nights import Night, find_night
from appliance.web.charts import sitintervals, sitline, sitslots
from appliance.web.language import say
from appliance.web.words import sit as words
from appliance.web.words.night import between, quality, rounded
from appliance.web.words.sit import DISCOMFORT_SOURCE
from appliance.web.words.times import WallClock, duration, evening_of, long_date, short_date
from detect.rules import SIT
from detect.sit import COMMON_IMI_S, CUT_OFF_PER_HOUR, CUT_OFF_SOURCE, QUESTIONS_MIN, SLOT_MIN

if TYPE_CHECKING:
    import sqlite3

    from markupsafe import Markup

    from appliance.web.views.sitsums import SitSummary
    from detect.sit import SitScore, SitSlot


@dataclass(frozen=True, slots=True)
class SitView:
    """Everything on the page of one test."""

    title: str
    times: str
    headline: words.SitHeadline
    line: Markup | None
    published: tuple[str, ...]
    source: str
    caveats: list[str]
    slots: Markup
    slot_rows: list[tuple[str, str, str, str]]
    felt: str
    intervals: Markup
    interval_rows: list[tuple[str, str]]
    rhythm: str
    sides: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    counted: str
    quality: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SitRow:
    """One test among others."""

    name: str
    title: str
    hour: str
    number: str
    """With its range; "–" where there is none."""
    counted: str
    partial: bool
    felt: str


def sit_named(db: sqlite3.Connection, name: str) -> Night:
    """Return an evening test that is over, or end the request with "not found"."""
    night = find_night(db, name)
    if night is None or night.kind != "sit" or night.state != "closed":
        abort(404, description=say("There is no evening test of that name on this device."))
    return night


def row_of(summary: SitSummary) -> SitRow:
    """Say one test in one line."""
    return SitRow(
        summary.name,
        short_date(summary.day),
        summary.began,
        number_of(summary),
        say("{n} min", n=round(summary.counted_s / 60)),
        summary.partial,
        felt_of(summary),
    )


def cells_of(summary: SitSummary) -> tuple[str, str, str, str]:
    """Say one test in a row of the table of its evening."""
    row = row_of(summary)
    counted = f"{row.counted} {say('(a part)')}" if row.partial else row.counted
    return row.hour, row.number, row.felt, counted


def number_of(summary: SitSummary) -> str:
    """Write the number with its range."""
    value = summary.movements_per_counted_hour
    if value is None:
        return "–"
    low = value if summary.low is None else summary.low
    high = value if summary.high is None else summary.high
    if rounded(low) == rounded(high):
        return rounded(value)
    return say("{n} ({range})", n=rounded(value), range=between(low, high))


def felt_of(summary: SitSummary) -> str:
    """Write how the legs felt on average."""
    mean = summary.discomfort_mean
    return "–" if mean is None else say("{n} of 10", n=rounded(mean))


def view_of(db: sqlite3.Connection, night: Night, *, with_diary: bool) -> SitView:
    """Work out the page of one test.

    Parameters
    ----------
    db : sqlite3.Connection
        The nights.
    night : Night
        The test.
    with_diary : bool
        The reader may know what the diary says; others learn only that it says something.
    """
    score = sit_score(db, night)
    clock = WallClock.of(db, night)
    day = evening_of(night.name)
    evening: dict[str, Any] = diary.get(db, night.name[:10])["evening"]
    return SitView(
        title=say("Evening test"),
        times=say(
            "{day}, {start} to {end}",
            day=night.name if day is None else long_date(day),
            start=clock.hour(0),
            end=clock.hour(night.end_tick or 0),
        ),
        headline=words.sit_headline(score),
        line=draw_line(score),
        published=words.published_line(),
        source=f"{CUT_OFF_SOURCE}; {DISCOMFORT_SOURCE}",
        caveats=words.caveats(score, evening, with_diary=with_diary),
        slots=draw_slots(score),
        slot_rows=[_slot_row(slot) for slot in score.slots],
        felt=words.felt(score),
        intervals=draw_intervals(score),
        interval_rows=interval_rows(score),
        rhythm=words.rhythm(score),
        sides=[
            (say("left leg"), str(score.left)),
            (say("right leg"), str(score.right)),
            (say("both together"), str(score.both)),
        ],
        left_out=words.left_out(score),
        counted=duration(score.counted_s),
        quality=quality(score.usable_s, score.duration_s, say("the whole test")),
    )


def draw_line(score: SitScore) -> Markup | None:
    """Draw the number beside the published line; None without a number."""
    value = score.movements_per_counted_hour
    if value is None:
        return None
    low, high = words.bounds(score)
    line = round(CUT_OFF_PER_HOUR)
    description = say(
        "{n} an hour, between {low} and {high}; the published line stands at {line}.",
        n=rounded(value),
        low=rounded(low),
        high=rounded(high),
        line=line,
    )
    return sitline.draw(
        value,
        (low, high),
        CUT_OFF_PER_HOUR,
        (say("Leg movements an hour"), description, say("line of 1998: {n}", n=line)),
    )


def draw_slots(score: SitScore) -> Markup:
    """Draw the test in slots of ten minutes beside what was felt."""
    drawn = [
        sitslots.Slot(
            slot.start_min,
            _end_min(score, slot),
            slot.movements,
            slot.movements_low,
            slot.movements_high,
            slot.counted_s > 0,
        )
        for slot in score.slots
    ]
    description = say(
        "{movements} rhythmic movements in {n} parts of ten minutes; {answers} of {m} questions"
        " answered. The table below says the same.",
        movements=score.movements,
        n=len(drawn),
        answers=len(score.answers),
        m=len(QUESTIONS_MIN),
    )
    return sitslots.draw(
        drawn,
        [sitslots.Felt(answer.minute, answer.discomfort) for answer in score.answers],
        sitslots.Words(
            say("The hour in parts of ten minutes"),
            description,
            say("Leg movements in ten minutes"),
            say("Discomfort, 0 to 10"),
            say("min"),
        ),
    )


def _end_min(score: SitScore, slot: SitSlot) -> float:
    return min(slot.start_min + SLOT_MIN, score.duration_s / 60)


def _slot_row(slot: SitSlot) -> tuple[str, str, str, str]:
    def word(value: int | None) -> str:
        return "–" if value is None else str(value)

    return (
        say("from minute {n}", n=slot.start_min),
        str(slot.movements),
        say("{n} min", n=round(slot.counted_s / 60)),
        say("{a}, then {b}", a=word(slot.discomfort_before), b=word(slot.discomfort_after)),
    )


def draw_intervals(score: SitScore) -> Markup:
    """Draw how long it took from one movement to the next."""
    low, high = COMMON_IMI_S
    common = say("{low}–{high} s", low=round(low), high=round(high))
    description = say(
        "{n} intervals up to 90 seconds, {longer} longer ones. The table below says the same.",
        n=sum(score.imi_histogram),
        longer=score.imi_longer,
    )
    return sitintervals.draw(
        score.imi_histogram,
        say("Seconds from one leg movement to the next"),
        description,
        say("seconds"),
        (SIT.min_imi_s, SIT.max_imi_s),
        COMMON_IMI_S,
        common,
    )


TABLE_EDGES_S = (0, 4, 8, 11, 12, 16, 24, 40, 60, 90)


def interval_rows(score: SitScore) -> list[tuple[str, str]]:
    """Return the intervals for the table: 11 to 12 s stands by itself."""
    rows = [
        (
            say("{a} to {b} s", a=first, b=last),
            str(sum(score.imi_histogram[first:last])),
        )
        for first, last in pairwise(TABLE_EDGES_S)
    ]
    return [*rows, (say("longer"), str(score.imi_longer))]
