"""What an evening test puts into the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from appliance.record.events import Event, event
from detect.sitjson import METHOD

if TYPE_CHECKING:
    from appliance.store.nights import Night
    from appliance.store.sits import StoredAnswer
    from detect.sit import SitScore

_FIGURES = (
    "partial", "movements", "movements_per_counted_hour", "movements_per_counted_hour_low",
    "movements_per_counted_hour_high", "leg_movements", "discomfort_mean", "discomfort_max",
)  # fmt: skip
_DIGITS = 2


def _rounded(value: Any) -> Any:  # noqa: ANN401 - what JSON can hold
    return round(value, _DIGITS) if isinstance(value, float) else value


def started(
    night: Night, zone: str, *, reason: str, planned_min: int, posture_checked: bool
) -> Event:
    """Return the event of a beginning."""
    return event(
        "sit_started", "start", night, night.start_utc, zone, lasting=True, reason=reason,
        planned_min=planned_min, posture_checked=posture_checked, private=night.private,
    )  # fmt: skip


def prompt(night: Night, utc: float | None, zone: str, minute: int, *, reminder: bool) -> Event:
    """Return the event of a question: how do the legs feel, 0 to 10."""
    unique = f"q{minute}{'-again' if reminder else ''}"
    return event("sit_prompt", unique, night, utc, zone, minute=minute, reminder=reminder)


def answered(night: Night, utc: float | None, zone: str, answer: StoredAnswer) -> Event:
    """Return the event of an answer; two to one question have ids of their own."""
    return event(
        "sit_answered", f"a{answer.minute}-{answer.tick}", night, utc, zone, lasting=True,
        minute=answer.minute, discomfort=answer.discomfort, replaced=answer.replaced,
    )  # fmt: skip


def posture(night: Night, utc: float | None, zone: str, state: str, at_s: int) -> Event:
    """Return the event of a posture left, or taken again."""
    return event("sit_posture", f"p{at_s}", night, utc, zone, state=state)


def ended(night: Night, utc: float | None, zone: str, score: SitScore, *, reason: str) -> Event:
    """Return the event of the end, with what was found."""
    return event(
        "sit_ended", "end", night, utc, zone, lasting=True, reason=reason,
        recorded_min=_rounded(score.duration_s / 60.0),
        counted_min=_rounded(score.counted_s / 60.0),
        method=METHOD, **{name: _rounded(getattr(score, name)) for name in _FIGURES},
    )  # fmt: skip


def reminder(unique: str, utc: float | None, zone: str, hour: float) -> Event:
    """Return the event of a test that is due."""
    return event("sit_reminder", unique, None, utc, zone, hour=hour)
