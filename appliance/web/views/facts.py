"""One night, read once: what the pages, the API and the doctor's page draw from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort

from appliance.nightdata import night_score
from appliance.sitdata import sit_score
from appliance.store.epochs import load_epochs
from appliance.store.gaps import load_gaps
from appliance.store.movements import load_corrections, load_numbered
from appliance.store.nights import Night, find_night, last_closed_night
from appliance.web.language import say
from appliance.web.words.times import WallClock
from detect.night import NightInput, counted_time

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from appliance.store.movements import CorrectedOwner
    from detect.movement import Epoch, Gap, Movement
    from detect.night import CountedTime
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
    counted: bool
    """Is it in the page's numbers: of kicks, or of the partner's movements."""

    @property
    def owner(self) -> str:
        """Whose it counts as: the person's word where there is one."""
        return self.correction or self.movement.owner

    @property
    def is_kick(self) -> bool:
        """Is it drawn as the sleeper's kick: counted, or a leg's in time that is not, or unsure."""
        if self.owner not in ("patient", "both", "unsure"):
            return False
        return self.counted or self.movement.kind == "leg"

    @property
    def is_partner(self) -> bool:
        """Is it the partner's alone."""
        return self.owner == "partner"


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
    epochs, gaps = tuple(load_epochs(db, night.id)), tuple(load_gaps(db, night.id))
    flags = sit_score(db, night).flags if night.kind == "sit" else score.flags
    entries = _entries(db, night, flags, _counted_time(night, epochs, gaps))
    return Facts(night, WallClock.of(db, night), score, entries, epochs, gaps)


def _counted_time(night: Night, epochs: tuple[Epoch, ...], gaps: tuple[Gap, ...]) -> CountedTime:
    lights = night.lights_off_tick, night.lights_on_tick
    return counted_time(NightInput(night.end_tick or 0, (), epochs, gaps, *lights))


def _entries(
    db: sqlite3.Connection, night: Night, flags: Sequence[Flags], time: CountedTime
) -> tuple[Entry, ...]:
    corrections = load_corrections(db, night.id)
    following = iter(flags)  # one for each movement that was scored: "nobody's" are not
    entries = []
    for seq, movement in load_numbered(db, night.id):
        word = corrections.get(seq)
        flag = None if word == "nobody" else next(following, None)
        counted = flag is not None and (flag.clm if night.kind == "sit" else flag.counted)
        if (word or movement.owner) == "partner":
            counted = night.kind == "sit" or time.holds(movement.onset_tick)
        entries.append(Entry(seq, movement, word, flag, counted))
    return tuple(entries)


def night_named(db: sqlite3.Connection, name: str) -> Night:
    """Return a night, or end the request with "not found"."""
    night = find_night(db, name)
    if night is None:
        abort(404, description=say("There is no night of that name on this device."))
    return night


def newest_night(db: sqlite3.Connection) -> Night | None:
    """Return the night of this morning's page."""
    return last_closed_night(db)
