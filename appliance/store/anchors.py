"""Anchors: the wall time of a tick, as it became known.

Intervals live on the monotonic clock alone; an anchor only says what a clock on the wall showed.
A Raspberry Pi without a battery boots with yesterday's time and steps when the network answers:
the later, synchronised anchor of the same boot then corrects every earlier tick of that boot.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.store.connect import transaction

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from appliance.store.nights import Night

TICK_S = 0.01

PLAUSIBLE_UTC = 1_735_689_600.0
"""2025-01-01: a clock before this was never set."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What the wall clock showed at a tick."""

    tick: int
    boot_id: str
    monotonic_ns: int
    utc: float
    synchronised: bool


def add_anchor(db: sqlite3.Connection, night_id: int, anchor: Anchor) -> None:
    """Store an anchor."""
    with transaction(db):
        db.execute(
            "INSERT INTO anchors VALUES (?, ?, ?, ?, ?, ?)",
            (
                night_id, anchor.tick, anchor.boot_id, anchor.monotonic_ns, anchor.utc,
                anchor.synchronised,
            ),
        )  # fmt: skip


def load_anchors(db: sqlite3.Connection, night_id: int) -> list[Anchor]:
    """Return a night's anchors in the order of their ticks."""
    rows = db.execute(
        "SELECT tick, boot_id, monotonic_ns, utc, synchronised FROM anchors"
        " WHERE night_id = ? ORDER BY tick, rowid",
        (night_id,),
    )
    return [Anchor(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def utc_by_anchors(anchors: Sequence[Anchor], tick: int) -> float | None:
    """Return the Unix time of a tick [s], or None when the clock was never set.

    Of the boot in which the tick lies, the nearest synchronised anchor counts; without one the
    latest plausible anchor.

    Parameters
    ----------
    anchors : sequence of Anchor
        Of one night, in the order of their ticks.
    tick : int
        10 ms since the night began.
    """
    if not anchors:
        return None
    boot_id = anchors[0].boot_id
    for anchor in anchors:
        if anchor.tick <= tick:
            boot_id = anchor.boot_id
    same_boot = [a for a in anchors if a.boot_id == boot_id]
    trusted = [a for a in same_boot if a.synchronised]
    if trusted:
        best = min(trusted, key=lambda a: abs(a.tick - tick))
    else:
        plausible = [a for a in same_boot if a.utc >= PLAUSIBLE_UTC]
        if not plausible:
            return None
        best = plausible[-1]
    return best.utc + (tick - best.tick) * TICK_S


def utc_of_tick(db: sqlite3.Connection, night: Night, tick: int) -> float | None:
    """Return the Unix time of a tick of a night [s], or None when the clock was never set."""
    found = utc_by_anchors(load_anchors(db, night.id), tick)
    if found is None and night.start_utc is not None:
        return night.start_utc + tick * TICK_S
    return found
