"""What the recorder puts into the outbox: one payload an event, complete but for the device's id.

Every payload has `schema`, `id` (unique for ever, so that a receiver can drop a repetition),
`event_type`, `time` (ISO 8601 with offset, null when the clock was never set) and `night`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from appliance.record.wall import local_time
from appliance.store import outbox
from detect.live import SeriesEnded, SeriesStarted
from detect.movement import TICKS_PER_S

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable

    from appliance.store.nights import Night
    from detect.live import LiveEvent
    from detect.movement import Movement

SCHEMA = 1
P_PATIENT = 0.5
"""An unsure leg movement at least this likely the patient's is announced as a kick."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event before it is stored; `lasting` ones do not expire."""

    event_type: str
    payload: dict[str, Any]
    lasting: bool = False


def iso_time(utc: float | None, zone: str) -> str | None:
    """Return a Unix time as local ISO 8601 with its offset."""
    return None if utc is None else local_time(utc, zone).isoformat(timespec="milliseconds")


def event(
    event_type: str,
    unique: str,
    night: Night | None,
    utc: float | None,
    zone: str,
    *,
    lasting: bool = False,
    **more: Any,  # noqa: ANN401 - what JSON can hold
) -> Event:
    """Make an event.

    Parameters
    ----------
    event_type : str
        As in the documentation of MQTT.
    unique : str
        Tells it from the night's other events.
    night : Night or None
        The running night.
    utc : float or None
        When it happened [Unix s].
    zone : str
        IANA name.
    lasting : bool
        Deliver it however late.
    **more
        Further keys.
    """
    payload = {
        "schema": SCHEMA,
        "id": f"{night.name}-{night.id}-{unique}" if night else unique,
        "event_type": event_type,
        "time": iso_time(utc, zone),
        "night": night.name if night else None,
        **more,
    }
    return Event(event_type, payload, lasting)


def is_kick(movement: Movement) -> bool:
    """Say whether a movement is announced as the patient's: a leg movement, sure or likely."""
    if movement.kind != "leg":
        return False
    if movement.owner == "unsure":
        return movement.p_patient is not None and movement.p_patient >= P_PATIENT
    return movement.owner in {"patient", "both"}


def movement_event(
    seq: int, movement: Movement, night: Night, utc: float | None, zone: str
) -> Event | None:
    """Return the event of a movement, or None when it is nobody's business.

    Parameters
    ----------
    seq : int
        Its number in the night.
    movement : Movement
        As detected.
    night : Night
        The running night.
    utc : float or None
        Of its onset.
    zone : str
        IANA name.
    """
    if is_kick(movement):
        event_type = "limb_movement"
    elif movement.owner == "partner" and not night.private:
        event_type = "partner_movement"
    else:
        return None
    return event(
        event_type,
        f"m{seq}",
        night,
        utc,
        zone,
        seq=seq,
        onset_s=movement.onset_s,
        duration_s=movement.duration_s,
        kind=movement.kind,
        side=movement.side,
        owner=movement.owner,
        p_patient=movement.p_patient,
        peak_mg=movement.peak_mg,
        peak_dps=movement.peak_dps,
    )


def live_event(
    happened: LiveEvent, night: Night, utc_of: Callable[[int], float | None], zone: str
) -> Event:
    """Return the event of what the live series saw.

    Parameters
    ----------
    happened : LiveEvent
        From `detect.live`.
    night : Night
        The running night.
    utc_of : callable
        Tick to Unix time [s], or None.
    zone : str
        IANA name.
    """
    if isinstance(happened, SeriesStarted):
        onsets_s = [tick / TICKS_PER_S for tick in happened.onset_ticks]
        return event(
            "series_started", f"s{happened.number}-start", night,
            utc_of(happened.onset_ticks[-1]), zone,
            series=happened.number, onset_s=onsets_s[0], onsets_s=onsets_s,
            movements=len(onsets_s),
        )  # fmt: skip
    if isinstance(happened, SeriesEnded):
        first, last = happened.first_onset_tick, happened.last_onset_tick
        return event(
            "series_ended", f"s{happened.number}-end", night, utc_of(last), zone,
            series=happened.number, reason=str(happened.ended), movements=happened.movements,
            onset_s=first / TICKS_PER_S, last_onset_s=last / TICKS_PER_S,
        )  # fmt: skip
    kick, partner = happened.kick_onset_tick, happened.partner_onset_tick
    return event(
        "kick_moved_partner", f"k{kick}", night, utc_of(kick), zone,
        onset_s=kick / TICKS_PER_S, partner_onset_s=partner / TICKS_PER_S, lag_s=happened.lag_s,
    )  # fmt: skip


def store_events(
    db: sqlite3.Connection, events: Iterable[Event], now_utc: float, expiry_s: float | None
) -> None:
    """Put events into the outbox; of those that expire only if somebody listens.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    events : iterable of Event
        In order.
    now_utc : float
        Now [Unix s].
    expiry_s : float or None
        After how long an event that does not last is of no use [s]; None: nobody listens.
    """
    for one in events:
        if one.lasting:
            expires_utc = None
        elif expiry_s is None:
            continue
        else:
            expires_utc = now_utc + expiry_s
        outbox.add_event(
            db, one.event_type, one.payload, created_utc=now_utc, expires_utc=expires_utc
        )
