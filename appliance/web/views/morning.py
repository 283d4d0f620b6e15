"""What the page of one night says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.nightdata import night_score
from appliance.store.marks import load_marks, paused_spans
from appliance.web.language import many, say
from appliance.web.views import drawings
from appliance.web.words import evidence, night
from appliance.web.words.times import duration, evening_of, long_date
from detect.movement import TICKS_PER_S
from detect.rules import AASM_V3, SUPERSEDED, WASM2016_STRICT, versions_of
from detect.spans import overlap

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from markupsafe import Markup

    from appliance.web.views.facts import Entry, Facts
    from appliance.web.words.night import Headline
    from detect.rules import RuleSet

HOUR_TICKS = drawings.HOUR_TICKS
STRICT_ALONE = "short_interval_restart"
"""The variant that is the strict rule set, which has a row already."""


@dataclass(frozen=True, slots=True)
class Line:
    """One movement in the list."""

    seq: int
    time: str
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class HourList:
    """The movements of one hour."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MorningView:
    """Everything on the page of one night."""

    title: str
    times: str
    headline: Headline
    raster: Markup
    partner: str
    hours: Markup
    hour_rows: list[tuple[str, str, str, str]]
    intervals: Markup
    interval_rows: list[tuple[str, str]]
    rhythm: str
    lists: list[HourList]
    quality: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    counted: str
    variants: list[tuple[str, str, str]]
    rescored: list[str]
    """What an earlier version of the rules made of the night, where it came to another number."""
    series_rows: list[tuple[str, str, str]]


def view_of(db: sqlite3.Connection, facts: Facts) -> MorningView:
    """Work out the page of a night."""
    score = facts.score
    return MorningView(
        title=title_of(facts),
        times=times_of(facts),
        headline=night.headline(score),
        raster=drawings.draw_raster(facts),
        partner=night.partner(facts),
        hours=drawings.draw_hours(facts),
        hour_rows=drawings.hour_rows(facts),
        intervals=drawings.draw_intervals(facts),
        interval_rows=drawings.interval_rows(facts),
        rhythm=rhythm(facts),
        lists=hour_lists(facts),
        quality=night.quality(score.usable_s, score.duration_s, say("the whole night")),
        left_out=night.left_out(score, paused_s(db, facts)),
        counted=duration(score.counted_s),
        variants=variant_rows(db, facts),
        rescored=rescored_lines(db, facts, SUPERSEDED),
        series_rows=[
            (
                facts.clock.hour(round(s.first_onset_s * 100)),
                facts.clock.hour(round(s.last_onset_s * 100)),
                str(s.movements),
            )
            for s in score.series
        ],
    )


def paused_s(db: sqlite3.Connection, facts: Facts) -> float:
    """Return how much of its time in bed a night was paused [s]."""
    lost_s = facts.score.excluded_s
    start_tick = round(lost_s["before_lights_off"] * TICKS_PER_S)
    end_tick = facts.end_tick - round(lost_s["after_lights_on"] * TICKS_PER_S)
    spans = paused_spans(load_marks(db, facts.night.id), facts.end_tick)
    return overlap(spans, start_tick, end_tick) / TICKS_PER_S


def title_of(facts: Facts) -> str:
    """Name the night by its evening."""
    day = evening_of(facts.night.name)
    if day is None:
        return facts.night.name
    if facts.night.kind == "sit":
        return say("Evening test on {day}", day=long_date(day))
    if facts.night.kind == "nap":
        return say("Nap on {day}", day=long_date(day))
    return long_date(day)


def times_of(facts: Facts) -> str:
    """Say from when to when."""
    if facts.night.start_utc is None and not facts.clock.anchors:
        return say("{length}; the clock was not set", length=duration(facts.score.duration_s))
    return say("{start} to {end}", start=facts.clock.hour(0), end=facts.clock.hour(facts.end_tick))


def rhythm(facts: Facts) -> str:
    """Say how regular the kicks were."""
    score = facts.score
    if score.imi_geometric_mean_s is None or score.plm == 0:
        return say("No steady rhythm tonight.")
    return say(
        "{series} with together {kicks}; typically {seconds} seconds from one to the next.",
        series=many(len(score.series), "One series", "{n} series"),
        kicks=many(score.plm, "{n} kick", "{n} kicks"),
        seconds=round(score.imi_geometric_mean_s),
    )


def variant_rows(db: sqlite3.Connection, facts: Facts) -> list[tuple[str, str, str]]:
    """Return (rules, rhythmic kicks, per hour) for the table of rule variants."""
    rows = [
        _variant_row(say("WASM 2016 (the number above)"), facts.score.plm, facts.score.plmi_tib)
    ]
    for rules, name in (
        (WASM2016_STRICT, say("WASM 2016, strict about short intervals")),
        (AASM_V3, say("AASM version 3, as far as it can be applied")),
    ):
        other = night_score(db, facts.night, rules)
        rows.append(_variant_row(name, other.plm, other.plmi_tib))
    for variant in facts.score.variants:
        if variant.name == STRICT_ALONE or abs(variant.change_per_hour or 0.0) < 0.05:
            continue
        name = say(
            "{question} Here: {ours}; this row: {answer}.",
            question=say(variant.question),
            ours=say("yes") if variant.answer == "no" else say("no"),
            answer=say(variant.answer),
        )
        rows.append(_variant_row(name, variant.plm, variant.plmi_tib))
    return rows


def rescored_lines(
    db: sqlite3.Connection, facts: Facts, superseded: Mapping[RuleSet, str]
) -> list[str]:
    """Say of each earlier version of the rules what number it gave this night, and why."""
    now = facts.score.plmi_tib
    lines = []
    for rules in versions_of(facts.score.rules, superseded)[:-1]:
        before = night_score(db, facts.night, rules).plmi_tib
        if before is None or now is None or night.rounded(before) == night.rounded(now):
            continue
        lines.append(
            say(
                "Version {version} of these rules gave {before} an hour, now it is {now}. {why}",
                version=rules.version,
                before=night.rounded(before),
                now=night.rounded(now),
                why=say(superseded[rules]),
            )
        )
    return lines


def _variant_row(name: str, plm: int, index: float | None) -> tuple[str, str, str]:
    return name, str(plm), "–" if index is None else night.rounded(index)


def hour_lists(facts: Facts) -> list[HourList]:
    """Sort the movements by the hour of the wall clock."""
    offset = round(facts.clock.first_full_hour_s() * 100)
    hours: dict[int, list[Entry]] = {}
    for entry in facts.entries:
        hours.setdefault((entry.movement.onset_tick + offset) // HOUR_TICKS, []).append(entry)
    lists = []
    for hour, entries in sorted(hours.items()):
        shown = [entry for entry in entries if entry.is_kick or entry.is_partner]
        kicks = sum(entry.is_kick and entry.counted for entry in shown)
        theirs = sum(entry.is_partner and entry.counted for entry in shown)
        title = say(
            "{hour}: {kicks}, partner {theirs}",
            hour=facts.clock.hour(hour * HOUR_TICKS - offset),
            kicks=many(kicks, "{n} kick", "{n} kicks"),
            theirs=theirs,
        )
        if rest := len(shown) - kicks - theirs:
            title = say("{title} ({n} more not counted)", title=title, n=rest)
        lists.append(HourList(title, tuple(line_of(facts, entry) for entry in entries)))
    return lists


def line_of(facts: Facts, entry: Entry) -> Line:
    """Write one movement."""
    movement = entry.movement
    what = say(
        "{kind}, {seconds} s",
        kind=evidence.kind_name(movement),
        seconds=f"{movement.duration_s:.1f}",
    )
    why = evidence.in_words(movement)
    if entry.correction is not None:
        why = say(
            "You said: {owner}. (The device: {device})",
            owner=evidence.owner_name(entry.correction),
            device=why,
        )
    return Line(entry.seq, facts.clock.second(movement.onset_tick), what, why)
