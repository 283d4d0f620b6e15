"""The retained payload of the last closed night: figures that stay true while the device sleeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from appliance.nightdata import night_score
from appliance.publish.payloads import SCHEMA, iso_time, rounded, zone_of
from appliance.store import anchors, nights
from detect.nights import NightPoint, as_told, exclusion_reason, summarise

if TYPE_CHECKING:
    import sqlite3
    from datetime import tzinfo

    from appliance.store.nights import Night
    from detect.nights import Summary
    from detect.nightscore import NightScore

RECENT_NIGHTS: Final = 7
_INDICES: Final = (
    "plmi_tib",
    "plmi_tib_low",
    "plmi_tib_high",
    "plmi_est_sleep",
    "periodicity_index_intervals",
)
_KEYS: Final = (
    "night", "kind", "start", "end", "end_reason", "private", "rules",
    "recorded_min", "time_in_bed_min", "usable_min", "lost_min",
    "kicks", "plm", "series", *_INDICES, "interval_geometric_mean_s",
    "kicks_moved_partner", "kicks_moved_partner_by_chance",
    "plmi_tib_median", "nights_used",
)  # fmt: skip


def _minutes(seconds: float) -> float:
    return round(seconds / 60.0, 1)


def no_night() -> dict[str, Any]:
    """Return the payload before the first night, or after the last one was deleted."""
    return {"schema": SCHEMA, "time": None} | dict.fromkeys(_KEYS) | {"nights_used": 0}


def night_payload(
    night: Night, score: NightScore, *, start: str | None, end: str | None, recent: Summary
) -> dict[str, Any]:
    """Return the payload of a closed night; None is not measured, or too little to go by.

    Parameters
    ----------
    night : Night
        The row.
    score : NightScore
        Its figures.
    start, end : str or None
        ISO 8601 with offset.
    recent : Summary
        `plmi_tib` of the last nights, this one included.
    """
    couple, told = score.couple, as_told(score)
    return no_night() | {
        "night": night.name,
        "kind": night.kind,
        "start": start,
        "end": end,
        "end_reason": night.end_reason,
        "private": night.private,
        "rules": score.rules,
        "recorded_min": _minutes(score.duration_s),
        "time_in_bed_min": _minutes(score.in_bed_s),
        "usable_min": _minutes(score.counted_s),
        "lost_min": _minutes(score.excluded_s["sensor_unusable"]),
        "kicks": score.leg_movements,
        "plm": score.plm,
        "series": len(score.series),
        **{name: rounded(getattr(told, name)) for name in _INDICES},
        "interval_geometric_mean_s": rounded(score.imi_geometric_mean_s),
        "kicks_moved_partner": None if couple is None else couple.kicks_then_partner.followed,
        "kicks_moved_partner_by_chance": None
        if couple is None
        else rounded(couple.kicks_then_partner.expected),
        "plmi_tib_median": rounded(recent.median),
        "nights_used": recent.nights,
    }


class LastNight:
    """Builds the payload again only when a night, a mark or a correction has changed.

    Parameters
    ----------
    db : sqlite3.Connection
        Used by the calling thread only.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._key: tuple[object, ...] | None = None
        self._payload = no_night()

    def payload(self, now_utc: float, zone: tzinfo | None) -> dict[str, Any]:
        """Return the payload of the last closed night.

        Parameters
        ----------
        now_utc : float
            Unix time [s].
        zone : tzinfo or None
            Of `time`; the night's own zone is used for its start and end.
        """
        closed = nights.closed_nights(self._db, RECENT_NIGHTS)
        corrected = self._db.execute("SELECT COUNT(*), MAX(created_utc) FROM corrections")
        key = (*closed, *corrected.fetchone())
        if key != self._key:
            self._payload = self._build(closed)
            self._key = key
        return self._payload | {"time": iso_time(now_utc, zone)}

    def _build(self, closed: list[Night]) -> dict[str, Any]:
        if not closed:
            return no_night()
        last = closed[0]
        scores = {night.id: night_score(self._db, night) for night in closed}
        points = [
            NightPoint(night.name, scores[night.id].plmi_tib, exclusion_reason(scores[night.id]))
            for night in closed
            if night.kind == "night"
        ]
        zone = zone_of(last.time_zone)
        begin_utc = anchors.utc_of_tick(self._db, last, 0)
        end_utc = anchors.utc_of_tick(self._db, last, last.end_tick or 0)
        return night_payload(
            last,
            scores[last.id],
            start=iso_time(begin_utc, zone),
            end=iso_time(end_utc, zone),
            recent=summarise(points),
        )
