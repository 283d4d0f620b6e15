"""One evening test on one screen of a terminal, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.summary import duration_words, hour_bars
from detect.sit import CUT_OFF_PER_HOUR, CUT_OFF_RIGHT, CUT_OFF_SOURCE

if TYPE_CHECKING:
    from detect.sit import SitScore

REASONS = {
    "posture": "legs not outstretched",
    "standing": "standing",
    "sensor_gap": "an ankle sensor away",
    "ended_early": "ended early",
}


def _headline(score: SitScore) -> str:
    if score.movements_per_counted_hour is None:
        return (
            f"  {score.movements} movements; no number an hour: only "
            f"{duration_words(score.counted_s)} could be counted"
        )
    low, high = score.movements_per_counted_hour_low, score.movements_per_counted_hour_high
    return (
        f"  {score.movements_per_counted_hour:.0f} movements an hour   ({low:.0f} to {high:.0f}: "
        "sure ones only, and with the unsure ones)"
    )


def sit_lines(title: str, score: SitScore) -> list[str]:
    """Return the summary of one test.

    Parameters
    ----------
    title : str
        Which test.
    score : SitScore
        Its score.
    """
    rows = [title, "", _headline(score)]
    if score.partial:
        rows.append(f"  ended early, after {duration_words(score.duration_s)} of an hour")
    felt = {answer.minute: answer.discomfort for answer in score.answers}
    bars = hour_bars([slot.movements_per_counted_hour for slot in score.slots])
    rows += ["", f"  ten by ten     {bars}  (minutes)"]
    if felt:
        said = ", ".join(f"{value} at {minute}" for minute, value in felt.items())
        rows.append(f"  discomfort     mean {score.discomfort_mean:.1f} of 10: {said} min")
    share = "" if score.periodic_share is None else f" ({score.periodic_share:.0%})"
    rows.append(
        f"  movements      {score.movements} of {score.leg_movements} in rhythm{share}; "
        f"left {score.left}, right {score.right}, both {score.both}"
    )
    if score.imi_median_s is not None:
        common = "" if score.imi_mode_s is None else f", most often about {score.imi_mode_s:.0f} s"
        rows.append(f"  rhythm         one every {score.imi_median_s:.0f} s{common}")
    left_out = ", ".join(
        f"{REASONS[why]} {duration_words(s)}" for why, s in score.excluded_s.items() if s >= 1
    )
    rows.append(
        f"  counted time   {duration_words(score.counted_s)} of an hour"
        + (f"; left out: {left_out}" if left_out else "")
    )
    rows += [
        "",
        f"  Published: above {CUT_OFF_PER_HOUR:.0f} an hour {CUT_OFF_RIGHT:.0%} of patients and of "
        "others were told right, by EMG",
        f"  ({CUT_OFF_SOURCE}).",
        "  A screening log, not a diagnosis: ankles are not an EMG.",
    ]
    return rows
