"""What the running night has found and the database does not hold yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from appliance.record.events import Event, store_events
from appliance.store import epochs, gaps, movements

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from appliance.store.nights import Night
    from detect.movement import Epoch, Gap, Movement


@dataclass(slots=True)
class Waiting:
    """What was found and is not stored yet.

    Attributes
    ----------
    next_seq : int
        Number of the first movement that waits.
    hurry : bool
        A kick is among the movements: it is stored at once.
    """

    next_seq: int
    movements: list[Movement] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    hurry: bool = False

    @property
    def urgent(self) -> bool:
        """Whether something waits that is stored at once: a kick, or anything to announce."""
        return self.hurry or bool(self.events)

    @property
    def ends_series(self) -> bool:
        """Whether the end of a series waits, which only time, a gap or getting up may have told."""
        return any(event.event_type == "series_ended" for event in self.events)

    def add_movement(self, movement: Movement) -> int:
        """Take a movement and return its number in the night."""
        self.movements.append(movement)
        return self.next_seq + len(self.movements) - 1

    def write_found(
        self,
        db: sqlite3.Connection,
        night: Night,
        more: Sequence[Event],
        now_utc: float,
        expiry_s: float | None,
    ) -> None:
        """Write movements and events, as a part of the caller's transaction.

        Call `found_is_stored` when that is committed.
        """
        if self.movements:
            movements.add_movements(db, night.id, self.movements, self.next_seq)
        store_events(db, [*self.events, *more], now_utc, expiry_s)

    def found_is_stored(self) -> None:
        """Forget the movements and events that waited."""
        self.next_seq += len(self.movements)
        self.movements.clear()
        self.events.clear()
        self.hurry = False

    def write_progress(self, db: sqlite3.Connection, night: Night) -> None:
        """Write epochs and gaps, as a part of the caller's transaction.

        Call `progress_is_stored` when that is committed.
        """
        if self.epochs:
            epochs.add_epochs(db, night.id, self.epochs, private=night.private)
        if self.gaps:
            gaps.add_gaps(db, night.id, self.gaps)

    def progress_is_stored(self) -> None:
        """Forget the epochs and gaps that waited."""
        self.epochs.clear()
        self.gaps.clear()
