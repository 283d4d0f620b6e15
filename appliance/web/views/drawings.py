"""From a night's facts to its charts."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

from appliance.web.charts import bars, intervals, raster
from appliance.web.language import many, say
from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.rules import WASM2016

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markupsafe import Markup

    from appliance.web.views.facts import Entry, Facts

HOUR_TICKS = 3600 * TICKS_PER_S


def draw_raster(facts: Facts) -> Markup:
    """Draw when it happened."""
    offset_s = facts.clock.first_full_hour_s()

    def at(tick: int) -> float:
        return offset_s + tick / TICKS_PER_S

    end_s = at(facts.end_tick)
    lines = max(1, math.ceil(end_s / 3600.0))
    first_tick = -round(offset_s * TICKS_PER_S)
    kicks = [entry for entry in facts.entries if entry.is_kick]
    drawing = raster.Night(
        hours=tuple(facts.clock.hour(first_tick + line * HOUR_TICKS) for line in range(lines)),
        kicks=tuple(
            raster.Stroke(at(e.movement.onset_tick), lane_of(e), e.owner != "unsure")
            for e in kicks
            if at(e.movement.onset_tick) < lines * 3600.0
        ),
        partner_s=tuple(at(e.movement.onset_tick) for e in facts.entries if e.is_partner),
        series=tuple(
            raster.Stretch(offset_s + s.first_onset_s - 1.0, offset_s + s.last_onset_s + 2.0)
            for s in facts.score.series
        ),
        gaps=tuple(
            raster.Stretch(at(g.start_tick), at(g.end_tick))
            for g in facts.gaps
            if g.device != "strip" and g.end_tick > g.start_tick
        ),
        in_bed=tuple(
            raster.Stretch(at(start), min(end_s, at(end))) for start, end in in_bed_ticks(facts)
        ),
        recorded=raster.Stretch(at(0), end_s),
    )
    title = say("When your legs moved, hour by hour")
    counted = sum(kick.counted for kick in kicks)
    description = say(
        "{kicks} kicks between {start} and {end}, {series} series. The table below says the same.",
        kicks=counted,
        start=facts.clock.hour(0),
        end=facts.clock.hour(facts.end_tick),
        series=len(facts.score.series),
    )
    if rest := len(kicks) - counted:
        description += " " + say("Drawn too, and not counted: {n}.", n=rest)
    return raster.draw(drawing, title, description, say("min"))


def lane_of(entry: Entry) -> raster.Lane:
    """Return the lane of a kick: the leg, or both where the leg is not known."""
    side = entry.movement.side
    return side if side in ("left", "right") else "both"


def in_bed_ticks(facts: Facts) -> list[tuple[int, int]]:
    """Return the stretches in bed, as far as known, from the epochs."""
    spans: list[tuple[int, int]] = []
    for epoch in facts.epochs:
        if epoch.in_bed_s is None or epoch.in_bed_s < EPOCH_TICKS / TICKS_PER_S / 2:
            continue
        start, end = epoch.index * EPOCH_TICKS, (epoch.index + 1) * EPOCH_TICKS
        if spans and spans[-1][1] >= start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def hour_rows(facts: Facts) -> list[tuple[str, str, str, str]]:
    """Return (from, rhythmic kicks, counted minutes, per hour) of each hour for the table."""
    start_tick = facts.night.lights_off_tick or 0
    return [
        (
            facts.clock.hour(start_tick + (hour.hour - 1) * HOUR_TICKS),
            str(hour.plm),
            say("{n} min", n=round(hour.counted_s / 60)),
            "–" if hour.plm_per_hour is None else str(round(hour.plm_per_hour)),
        )
        for hour in facts.score.hours
    ]


def draw_hours(facts: Facts) -> Markup:
    """Draw the kicks of each hour."""
    start_tick = facts.night.lights_off_tick or 0
    shown = []
    for hour in facts.score.hours:
        label = facts.clock.hour(start_tick + (hour.hour - 1) * HOUR_TICKS)
        known = hour.plm_per_hour is not None and hour.counted_s >= 600.0
        note = str(hour.plm)
        if not known:
            note = say("not enough")
        elif hour.counted_s < 3300.0:
            note = say("{n} in {m} min", n=hour.plm, m=round(hour.counted_s / 60))
        shown.append(bars.Bar(label, hour.plm_per_hour if known else None, 0.0, note))
    busiest = max(facts.score.hours, key=lambda hour: hour.plm_per_hour or 0.0, default=None)
    description = say("No hour was measured.")
    if busiest is not None:
        description = say(
            "Most in the hour from {start}: {kicks}.",
            start=facts.clock.hour(start_tick + (busiest.hour - 1) * HOUR_TICKS),
            kicks=many(busiest.plm, "{n} kick", "{n} kicks"),
        )
    return bars.draw(shown, say("Rhythmic kicks in each hour in bed"), description)


def intervals_s(facts: Facts) -> list[float]:
    """Return the intervals from one kick to the next [s], none of them across a gap.

    For the picture only; the numbers come from the score.
    """
    onsets = [e.movement.onset_tick for e in facts.entries if e.flags is not None and e.flags.clm]
    cuts = [(g.start_tick, g.end_tick) for g in facts.gaps if g.device in facts.score.fitted]
    return [
        (after - before) / TICKS_PER_S
        for before, after in pairwise(onsets)
        if after > before and not _crosses(cuts, before, after)
    ]


def _crosses(cuts: Iterable[tuple[int, int]], before: int, after: int) -> bool:
    return any(start < after and end > before for start, end in cuts)


def interval_rows(facts: Facts) -> list[tuple[str, str]]:
    """Return (seconds, number) of each filled bin for the table."""
    rows = []
    for start_s, end_s, number in intervals.count(intervals_s(facts)):
        if number:
            rows.append((f"{start_s:.3g}–{end_s:.3g} s", str(number)))
    return rows


def draw_intervals(facts: Facts) -> Markup:
    """Draw the rhythm."""
    held = intervals_s(facts)
    inside = sum(WASM2016.min_imi_s <= interval <= WASM2016.max_imi_s for interval in held)
    description = say(
        "{inside} of {all} intervals are 10 to 90 seconds long.", inside=inside, all=len(held)
    )
    return intervals.draw(
        held,
        say("Time from one kick to the next"),
        description,
        say("seconds to the next kick"),
        (WASM2016.min_imi_s, WASM2016.max_imi_s),
    )
