"""The retained payload of the last evening test: figures that stay true while the device sleeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from appliance.publish.payloads import SCHEMA, iso_time, rounded, zone_of
from appliance.sitdata import sit_score
from appliance.store import anchors, nights
from detect.sitjson import METHOD

if TYPE_CHECKING:
    import sqlite3
    from datetime import tzinfo

    from appliance.store.nights import Night
    from detect.sit import SitScore

_COUNTS: Final = ("movements", "leg_movements", "left", "right", "both", "discomfort_max")
_FIGURES: Final = (
    "movements_per_counted_hour",
    "movements_per_counted_hour_low",
    "movements_per_counted_hour_high",
    "periodic_share",
    "discomfort_mean",
)
_KEYS: Final = (
    "sit", "start", "end", "end_reason", "partial", "posture_watched", "rules", "recorded_min",
    "counted_min", *_COUNTS, *_FIGURES, "interval_median_s",
)  # fmt: skip


def no_sit() -> dict[str, Any]:
    """Return the payload before the first test, or after the last one was deleted."""
    empty: dict[str, Any] = dict.fromkeys(_KEYS)
    return {"schema": SCHEMA, "time": None} | empty | {"answers": [], "method": METHOD}


def sit_payload(
    night: Night, score: SitScore, *, start: str | None, end: str | None
) -> dict[str, Any]:
    """Return the payload of a closed test; None is not measured.

    Parameters
    ----------
    night : Night
        The row.
    score : SitScore
        Its figures.
    start, end : str or None
        ISO 8601 with offset.
    """
    return no_sit() | {
        "sit": night.name,
        "start": start,
        "end": end,
        "end_reason": night.end_reason,
        "partial": score.partial,
        "posture_watched": score.posture_watched,
        "rules": score.rules,
        "recorded_min": rounded(score.duration_s / 60.0, 1),
        "counted_min": rounded(score.counted_s / 60.0, 1),
        **{name: getattr(score, name) for name in _COUNTS},
        **{name: rounded(getattr(score, name)) for name in _FIGURES},
        "interval_median_s": rounded(score.imi_median_s),
        "answers": [{"minute": a.minute, "discomfort": a.discomfort} for a in score.answers],
    }


def last_sit_payload(db: sqlite3.Connection, now_utc: float, zone: tzinfo | None) -> dict[str, Any]:
    """Return the payload of the last closed test.

    Parameters
    ----------
    db : sqlite3.Connection
        Used by the calling thread only.
    now_utc : float
        Unix time [s].
    zone : tzinfo or None
        Of `time`; the test's own zone is used for its start and end.
    """
    last = nights.last_closed_sit(db)
    body = no_sit()
    if last is not None:
        own = zone_of(last.time_zone)
        body = sit_payload(
            last,
            sit_score(db, last),
            start=iso_time(anchors.utc_of_tick(db, last, 0), own),
            end=iso_time(anchors.utc_of_tick(db, last, last.end_tick or 0), own),
        )
    return body | {"time": iso_time(now_utc, zone)}
