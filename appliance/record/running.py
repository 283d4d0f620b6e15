"""The night that runs: blocks in; movements, epochs, gaps, events and raw chunks stored."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from appliance.record.events import Event, is_kick, live_event, movement_event
from appliance.record.known import Known
from appliance.record.waiting import Waiting
from appliance.store import movements, nights, snapshots
from appliance.store.connect import transaction
from appliance.store.nights import AWAKE
from appliance.store.snapshots import Snapshot
from detect.detector import DETECTOR_VERSION
from detect.movement import EPOCH_TICKS, TICKS_PER_S, Gap, Movement
from drivers.block import Block
from drivers.channels import CHANNELS, MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from appliance.store.nights import Night
    from appliance.store.raw_writer import RawWriter
    from detect.detector import Detector
    from detect.live import LiveEvent, LiveSeries

LOG = logging.getLogger(__name__)

HALF_EPOCH_S = EPOCH_TICKS / TICKS_PER_S / 2
HOUR_TICKS = 3600 * TICKS_PER_S


@dataclass(frozen=True, slots=True)
class Announcing:
    """How events are written, as in `events.store_events`."""

    zone: str
    expiry_s: float | None


class RunningNight:
    """One night between its start and its end.

    Parameters
    ----------
    db : sqlite3.Connection
        Writable.
    night : Night
        Its row.
    detector : Detector
        Fresh, or restored.
    live : LiveSeries
        Fresh, or fed with what is stored.
    raw : RawWriter or None
        None: no raw signals are kept.
    announcing : Announcing
        How events are written.
    next_tick : int
        First tick not looked at yet.
    known : Known
        What is stored already.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        night: Night,
        detector: Detector,
        live: LiveSeries,
        raw: RawWriter | None,
        announcing: Announcing,
        *,
        next_tick: int = 0,
        known: Known | None = None,
    ) -> None:
        self._db = db
        self.night = night
        self.detector = detector
        self.live = live
        self.raw = raw
        self.next_tick = next_tick
        self.waiting = Waiting(movements.next_seq(db, night.id))
        self.utc_of_zero: float | None = night.start_utc
        self.announcing = announcing
        self._known = known or Known()
        self._end_tick: int | None = None
        self.watch: Callable[[Block], None] | None = None
        """Takes every block that the detector takes."""
        stored = movements.load_movements(db, night.id)
        self.kick_onsets = [m.onset_tick for m in stored if is_kick(m)]

    def feed(self, block: Block) -> None:
        """Look at a block; what lies before `next_tick` was looked at already."""
        self._look_at(block)
        self._advance()

    def pass_over(self, block: Block) -> None:
        """Let a block's time pass without its samples; a series waits for the end of the gap."""
        self._look_at(Block(block.first_tick, np.full_like(block.samples, MISSING)))

    def feed_nothing(self, until_tick: int) -> None:
        """Go on to a tick without samples: the time between is a gap."""
        self.feed(Block(until_tick - 1, np.full((1, len(CHANNELS)), MISSING, np.int16)))

    def replay(self, block: Block) -> None:
        """Look again at a block that is recorded already."""
        found = self.detector.feed(block.first_tick, block.samples)
        self.next_tick = block.first_tick + len(block.samples)
        self._take(found)
        self._advance()

    def finish(self) -> int:
        """Look to the end of the second, close what is open, and return the end [tick].

        Called again (its end could not be stored), it only returns the end.
        """
        if self._end_tick is not None:
            return self._end_tick
        rest = -self.next_tick % TICKS_PER_S
        if rest:
            empty = np.full((rest, len(CHANNELS)), MISSING, np.int16)
            self._look_at(Block(self.next_tick, empty))
        self._take(self.detector.finish())
        self._tell(self.live.finish(self.next_tick))
        self._end_tick = self.next_tick
        return self._end_tick

    def close_raw(self) -> None:
        """Keep what waits of the raw signals, and keep no more of them."""
        if self.raw is None:
            return
        raw, self.raw = self.raw, None
        try:
            raw.close()
        except sqlite3.Error as error:
            LOG.warning("the last raw signals were lost: %s", error)

    def drop_raw(self) -> None:
        """Keep no more raw signals, and forget what waits: there is no room."""
        if self.raw is not None:
            self.raw.discard()
            self.close_raw()

    def kicks_last_hour(self) -> int:
        """Count the patient's kicks of the last hour."""
        return sum(
            1
            for onset in takewhile((self.next_tick - HOUR_TICKS).__le__, reversed(self.kick_onsets))
        )

    def utc_of(self, tick: int) -> float | None:
        """Return the Unix time of a tick, as far as the clock is known now."""
        return None if self.utc_of_zero is None else self.utc_of_zero + tick / TICKS_PER_S

    def announce(self, waiting_event: Event) -> None:
        """Let an event be stored with the next movements."""
        self.waiting.events.append(waiting_event)

    def store(self, now_utc: float) -> None:
        """Store movements and events in one transaction: an event never tells of nothing.

        Raises
        ------
        sqlite3.Error
            When it could not be stored; everything still waits.
        """
        with transaction(self._db):
            self.write_found((), now_utc)
        self.waiting.found_is_stored()

    def store_all(self, now_utc: float, *, snapshot: bool) -> None:
        """Store everything, and how far we are, with the detector's state when asked.

        Raises
        ------
        sqlite3.Error
            When it could not be stored; everything still waits.
        """
        with transaction(self._db):
            self.write_found((), now_utc)
            self.write_progress(snapshot=snapshot, exactly=True)
        self.waiting.found_is_stored()
        self.waiting.progress_is_stored()

    def write_found(self, more: Sequence[Event], now_utc: float) -> None:
        """Write movements and events, as a part of the caller's transaction.

        Call `waiting.found_is_stored` when that is committed.
        """
        self.waiting.write_found(self._db, self.night, more, now_utc, self.announcing.expiry_s)

    def write_progress(self, *, snapshot: bool, exactly: bool) -> None:
        """Write epochs and gaps, as a part of the caller's transaction.

        Call `waiting.progress_is_stored` when that is committed.

        Parameters
        ----------
        snapshot : bool
            Write the detector's state too.
        exactly : bool
            Write how far we are to the tick; the last epoch says it to half a minute.
        """
        self.waiting.write_progress(self._db, self.night)
        if exactly:
            nights.set_progress(self._db, self.night.id, self.next_tick)
        if snapshot:
            state = Snapshot(self.next_tick, DETECTOR_VERSION, self.detector.snapshot())
            snapshots.put(self._db, self.night.id, state)

    def _look_at(self, block: Block) -> None:
        if self._end_tick is not None:
            return
        late = self.next_tick - block.first_tick
        if late > 0:
            block = Block(self.next_tick, block.samples[late:])
        if len(block.samples) == 0:
            return
        found = self.detector.feed(block.first_tick, block.samples)
        self.next_tick = block.first_tick + len(block.samples)
        if self.raw is not None:
            self.raw.append(block)
        if self.watch is not None:
            self.watch(block)
        self._take(found)

    def _advance(self) -> None:
        self._tell(self.live.advance(self.next_tick, self.detector.open_gaps()))

    def _take(self, found: Sequence[Movement]) -> None:
        for gap in self.detector.take_gaps():
            self._take_gap(gap)
        for epoch in self.detector.take_epochs():
            self.waiting.epochs.append(epoch)
            if epoch.in_bed_s is not None and epoch.in_bed_s < HALF_EPOCH_S:
                first = epoch.index * EPOCH_TICKS
                self.live.interruption(first, first + EPOCH_TICKS)
        for movement in found:
            if not self._known.has(movement):
                self._take_movement(movement)

    def _take_gap(self, gap: Gap) -> None:
        rest = self._known.rest_of(gap)
        if rest is not None:
            self.waiting.gaps.append(rest)
            self.live.gap(rest)

    def _take_movement(self, movement: Movement) -> None:
        if self.night.private and movement.owner != "patient":
            return
        seq = self.waiting.add_movement(movement)
        if is_kick(movement):
            self.waiting.hurry = True
            self.kick_onsets.append(movement.onset_tick)
        if self.night.kind in AWAKE:
            return  # nobody's night: home automation is told of the end, not of each movement
        told = movement_event(
            seq, movement, self.night, self.utc_of(movement.onset_tick), self.announcing.zone
        )
        if told is not None:
            self.announce(told)
        self._tell(self.live.feed(movement))

    def _tell(self, happened: Iterable[LiveEvent]) -> None:
        if self.night.kind in AWAKE:
            return
        for one in happened:
            self.announce(live_event(one, self.night, self.utc_of, self.announcing.zone))
