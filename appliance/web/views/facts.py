"""One night, read once: what the pages, the API and the doctor's page draw from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from appliance.nightdata import night_score
from appliance.store.epochs import load_epochs
from appliance.store.gaps import load_gaps
from appliance.store.movements import load_corrections, load_numbered
from appliance.store.nights import Night, find_night, last_closed_night
from appliance.web.language import say
from appliance.web.words.times import WallClock

if TYPE_CHECKING:
    import sqlite3

    from appliance.store.movements import CorrectedOwner
    from detect.movement import Epoch, Gap, Movement
    from detect.nightscore import Flags, NightScore


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement with all that is said of it."""

    seq: int
    movement: Movement
    """The detector's word, never changed."""
    correction: CorrectedOwner | None
    """The person's word."""
    flags: Flags | None

    @property
    def owner(self) -> str:
        """Whose it counts as: the person's word where there is one."""
        return self.correction or self.movement.owner

    @property
    def is_kick(self) -> bool:
        """Is it drawn as a kick of the sleeper's (sure or not)."""
        return self.movement.kind in ("leg", "jerk") and self.owner in ("patient", "both", "unsure")

    @property
    def is_partner(self) -> bool:
        """Is it the partner's."""
        return self.owner in ("partner", "both")


@dataclass(frozen=True, slots=True)
class Facts:
    """A night and everything stored of it."""

    night: Night
    clock: WallClock
    score: NightScore
    entries: tuple[Entry, ...]
    epochs: tuple[Epoch, ...]
    gaps: tuple[Gap, ...]

    @property
    def end_tick(self) -> int:
        """Last tick known."""
        return self.night.end_tick or 0


def read_facts(db: sqlite3.Connection, night: Night) -> Facts:
    """Read and score a night."""
    score = night_score(db, night)
    corrections = load_corrections(db, night.id)
    flags = iter(score.flags)  # one for each movement that was scored: "nobody's" are not
    entries = tuple(
        Entry(
            seq,
            movement,
            corrections.get(seq),
            None if corrections.get(seq) == "nobody" else next(flags, None),
        )
        for seq, movement in load_numbered(db, night.id)
    )
    return Facts(
        night,
        WallClock.of(db, night),
        score,
        entries,
        tuple(load_epochs(db, night.id)),
        tuple(load_gaps(db, night.id)),
    )


def night_named(db: sqlite3.Connection, name: str) -> Night:
    """Return a night, or end the request with "not found"."""
    night = find_night(db, name)
    if night is None:
        abort(404, description=say("There is no night of that name on this device."))
    return night


def newest_night(db: sqlite3.Connection) -> Night | None:
    """Return the night of this morning's page."""
    return last_closed_night(db)
