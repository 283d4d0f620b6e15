"""One night on one screen of a terminal, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from detect.movement import Movement
    from detect.score import NightScore

BARS = " ▁▂▃▄▅▆▇█"
REASONS = {
    "before_lights_off": "before lights off",
    "after_lights_on": "after lights on",
    "out_of_bed": "out of bed",
    "sensor_unusable": "an ankle sensor away",
}


def duration_words(seconds: float) -> str:
    """Return a duration as "7 h 52 min", "12 min" or "40 s"."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def hour_bars(values: Sequence[float | None]) -> str:
    """Return one block character an hour; a dot where nothing could be counted."""
    top = max((v for v in values if v is not None), default=0.0) or 1.0
    return "".join("·" if v is None else BARS[round(v / top * (len(BARS) - 1))] for v in values)


def _headline(score: NightScore) -> list[str]:
    if score.plmi_tib is None:
        return ["  No kicks per hour tonight: too little time in bed with usable ankle sensors."]
    low, high = score.plmi_tib_low, score.plmi_tib_high
    rows = [f"  {score.plmi_tib:.1f} periodic kicks an hour in bed"]
    if f"{low:.1f}" != f"{high:.1f}":
        rows[0] += f"   ({low:.1f} to {high:.1f}: sure ones only, and with the unsure ones)"
    if score.plmi_est_sleep is not None:
        rows.append(f"  {score.plmi_est_sleep:.1f} an hour of estimated sleep")
    return rows


def _partner(score: NightScore, movements: Sequence[Movement]) -> list[str]:
    if score.couple is None:  # nothing is measured of the couple, what was felt is told
        theirs = sum(m.owner == "partner" for m in movements)
        when = "the whole recording"
    else:
        theirs, when = score.couple.partner_then_kick.movements, "counted time"
    count = "1 movement" if theirs == 1 else f"{theirs} movements"
    rows = [f"  partner        {count} of the partner in {when}, kept apart"]
    unknown = sum(m.kind == "bed" and m.owner == "unsure" for m in movements)
    if unknown:
        rows.append(f"                 {unknown} in the mattress while an ankle was not measured")
    followed = None if score.couple is None else score.couple.kicks_then_partner
    if followed is not None and followed.expected is not None:
        rows.append(
            f"                 {followed.followed} of {followed.movements} kicks were followed by "
            f"one within 5 s ({followed.expected:.0f} expected by chance)"
        )
    return rows


def summary_lines(title: str, score: NightScore, movements: Sequence[Movement]) -> list[str]:
    """Return the summary of one night.

    Parameters
    ----------
    title : str
        Which night.
    score : NightScore
        Its score.
    movements : sequence of Movement
        Its movements.
    """
    sides = score.sides
    periodicity = score.periodicity_index_movements
    rows = [title, "", *_headline(score), ""]
    rows.append(f"  hour by hour   {hour_bars([h.plm_per_hour for h in score.hours])}")
    rows.append(
        f"  kicks          {score.leg_movements}, {score.plm} of them periodic, in "
        f"{len(score.series)} series; left {sides.left}, right {sides.right}, "
        f"both {sides.bilateral}"
    )
    if score.imi_geometric_mean_s is not None and periodicity is not None:
        rows.append(
            f"  rhythm         one every {score.imi_geometric_mean_s:.0f} s; "
            f"periodicity index (movements form) {periodicity:.2f}"
        )
    rows += _partner(score, movements)
    away = [f"{REASONS[why]} {duration_words(s)}" for why, s in score.excluded_s.items() if s >= 1]
    rows.append(
        f"  counted time   {duration_words(score.counted_s)} of {duration_words(score.duration_s)}"
        + (f"; left out: {', '.join(away)}" if away else "")
    )
    rows += ["", "  A screening log, not a diagnosis: ankles are not an EMG."]
    return rows
