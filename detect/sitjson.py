"""An evening test's score as plain JSON values; null where not measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from detect.sit import CUT_OFF_PER_HOUR, CUT_OFF_RIGHT, CUT_OFF_SOURCE

if TYPE_CHECKING:
    from detect.sit import SitScore, SitSlot

_SECONDS_PER_MINUTE = 60.0
METHOD = "ankle motion, not EMG; the published figures are of EMG"
_COPIED = (
    "rules",
    "rules_version",
    "sit_version",
    "partial",
    "movements_per_counted_hour",
    "movements_per_counted_hour_low",
    "movements_per_counted_hour_high",
    "movements",
    "movements_sure",
    "movements_possible",
    "leg_movements",
    "leg_movements_per_counted_hour",
    "periodic_share",
    "unsure",
    "left",
    "right",
    "both",
    "series",
    "posture_watched",
    "one_leg",
    "duration_median_s",
    "imi_count",
    "imi_median_s",
    "imi_mode_s",
    "discomfort_mean",
    "discomfort_max",
)


def _slot(slot: SitSlot) -> dict[str, Any]:
    return {
        "start_min": slot.start_min,
        "movements": slot.movements,
        "movements_low": slot.movements_low,
        "movements_high": slot.movements_high,
        "counted_min": slot.counted_s / _SECONDS_PER_MINUTE,
        "movements_per_counted_hour": slot.movements_per_counted_hour,
        "discomfort_before": slot.discomfort_before,
        "discomfort_after": slot.discomfort_after,
    }


def sit_to_json(score: SitScore) -> dict[str, Any]:
    """Return the `indices` object of a test in `plms.night/1`."""
    return {
        **{name: getattr(score, name) for name in _COPIED},
        "method": METHOD,
        "planned_min": score.planned_s / _SECONDS_PER_MINUTE,
        "recorded_min": score.duration_s / _SECONDS_PER_MINUTE,
        "counted_min": score.counted_s / _SECONDS_PER_MINUTE,
        **{f"excluded_{why}_min": s / _SECONDS_PER_MINUTE for why, s in score.excluded_s.items()},
        "ankles": list(score.fitted),
        "imi_histogram": {
            "bin_s": 1,
            "counts": list(score.imi_histogram),
            "longer": score.imi_longer,
        },
        "slots": [_slot(slot) for slot in score.slots],
        "answers": [{"minute": a.minute, "discomfort": a.discomfort} for a in score.answers],
        "cut_off": {
            "movements_per_hour": CUT_OFF_PER_HOUR,
            "told_right": CUT_OFF_RIGHT,
            "source": CUT_OFF_SOURCE,
        },
    }
