"""Begin a night, or go on with the one that a crash or a power cut interrupted."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from appliance.record.events import event, is_kick
from appliance.record.known import Known
from appliance.record.lifecycle import hour_of, is_nap, within_hours
from appliance.record.running import HALF_EPOCH_S, Announcing, RunningNight
from appliance.record.station import TICK_NS, bed_calibration, fresh_detector
from appliance.record.wall import local_time
from appliance.store import anchors, epochs, gaps, marks, movements, nights, snapshots
from appliance.store.connect import transaction
from appliance.store.raw import RawError, free_file_name, iter_raw, raw_extent, raw_path
from appliance.store.raw_writer import RawWriter
from appliance.version import VERSION
from detect.detector import DETECTOR_VERSION, Detector
from detect.live import LiveSeries
from detect.movement import EPOCH_TICKS, TICKS_PER_S, Gap, Movement
from drivers.block import Block

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from appliance.record.station import Station
    from appliance.store.nights import Night, NightKind

UNKNOWN_PAUSE_TICKS = 60 * TICKS_PER_S
"""How long a power cut is taken to have been when no clock can tell."""

LONGEST_PAUSE_S = 12 * 3600.0
"""A night interrupted for longer is over."""


def announcing(station: Station) -> Announcing:
    """Return how events are to be written, as the owner wishes it now."""
    mqtt = station.config.mqtt
    return Announcing(station.zone(), float(mqtt.event_expiry_s) if mqtt.enabled else None)


def open_writer(station: Station, night: Night) -> RawWriter | None:
    """Open the raw signals of a night for writing; None when it keeps none, or cannot."""
    if night.recording is None:
        return None
    try:
        return RawWriter(raw_path(station.state_dir, night.recording), night.scale)
    except (sqlite3.Error, OSError, RawError):
        return None


def add_anchor(station: Station, night: Night, tick: int) -> None:
    """Write down what the clock on the wall shows at a tick of the night."""
    anchor = anchors.Anchor(
        tick=tick,
        boot_id=station.wall.boot_id,
        monotonic_ns=night.origin_monotonic_ns + tick * TICK_NS,
        utc=station.wall.utc() - (station.clock.monotonic_ns() - night.origin_monotonic_ns) / 1e9
        + tick / TICKS_PER_S,
        synchronised=station.wall.synchronised(),
    )  # fmt: skip
    anchors.add_anchor(station.db, night.id, anchor)


def start_night(
    station: Station, *, kind: NightKind | None, private: bool, keep_raw: bool, reason: str
) -> RunningNight:
    """Begin a night at this moment.

    Parameters
    ----------
    station : Station
        The recorder's surroundings.
    kind : str or None
        None: by the hour.
    private : bool
        Store nothing of the partner, and no raw signals, in which the partner moves too.
    keep_raw : bool
        Whether raw signals are wanted and there is room for them.
    reason : str
        Who wished it: button, page, mqtt, in_bed, demo.
    """
    origin_ns = station.origin_ns + station.now_tick() * TICK_NS
    local = local_time(station.wall.utc(), station.zone())
    kind = kind or ("nap" if is_nap(local) else "night")
    calibration_id, calibration = bed_calibration(station.db)
    with transaction(station.db):
        name = nights.free_name(station.db, local, kind)
        recording = None
        if keep_raw and not private:
            recording = free_file_name(station.state_dir, name)
        night = nights.create_night(
            station.db,
            nights.NewNight(
                name=name,
                kind=kind,
                start_utc=station.known_utc(),
                time_zone=station.zone(),
                boot_id=station.wall.boot_id,
                origin_monotonic_ns=origin_ns,
                private=private,
                simulated=station.simulated,
                scale=station.scale,
                detector=DETECTOR_VERSION,
                calibration_id=calibration_id,
                software=VERSION,
                recording=recording,
            ),
        )
        add_anchor(station, night, 0)
    running = RunningNight(
        station.db,
        night,
        fresh_detector(station.scale, calibration),
        LiveSeries(),
        open_writer(station, night),
        announcing(station),
    )
    if kind in nights.SLEEP:
        running.announce(
            event(
                "night_started",
                "start",
                night,
                night.start_utc,
                station.zone(),
                lasting=True,
                kind=kind,
                reason=reason,
                private=private,
            )
        )
    return running


def _pause_ticks(station: Station, night: Night, last_tick: int) -> int | None:
    """Return for how long the recorder was away [ticks]; None: too long to go on."""
    if night.boot_id == station.wall.boot_id:
        here_ns = station.clock.monotonic_ns() - night.origin_monotonic_ns
        return max(int(here_ns // TICK_NS) - last_tick, 1)
    now_utc, last_utc = station.known_utc(), anchors.utc_of_tick(station.db, night, last_tick)
    if now_utc is None or last_utc is None or now_utc <= last_utc:
        return UNKNOWN_PAUSE_TICKS
    away_s = now_utc - last_utc
    if away_s > LONGEST_PAUSE_S or _missed_end(station, night, last_utc, now_utc):
        return None
    return max(int(away_s * TICKS_PER_S), 1)


def _missed_end(station: Station, night: Night, last_utc: float, now_utc: float) -> bool:
    settings = station.config.night
    last = hour_of(local_time(last_utc, night.time_zone))
    now = hour_of(local_time(now_utc, night.time_zone))
    return settings.auto_end and within_hours(settings.auto_end_at_h, last, now)


def _raw_end(station: Station, night: Night) -> int | None:
    if night.recording is None:
        return None
    try:
        extent = raw_extent(raw_path(station.state_dir, night.recording))
    except RawError:
        return None
    return None if extent is None else extent[1]


def _restored(station: Station, night: Night) -> tuple[Detector, int, bool]:
    """Return the detector, the tick up to which it knows the night, and whether it may replay."""
    snapshot = snapshots.get(station.db, night.id)
    if snapshot is not None and snapshot.version == DETECTOR_VERSION:
        gains, offsets = np.array(night.scale.gains()), np.array(night.scale.offsets())
        restored = Detector.restore(snapshot.state, gains, offsets)
        return restored, snapshot.tick, True
    _, calibration = bed_calibration(station.db)
    fresh = fresh_detector(night.scale, calibration)
    return fresh, 0, snapshot is None and night.detector == DETECTOR_VERSION


def raw_blocks(path: Path, first_tick: int, last_tick: int) -> Iterator[Block]:
    """Yield the raw signals from `first_tick` to before `last_tick` as Blocks."""
    for start, columns in iter_raw(path, first_tick):
        samples = np.array(columns, dtype=np.int16).T
        begin, end = max(first_tick - start, 0), min(len(samples), last_tick - start)
        if begin < end:
            yield Block(start + begin, np.ascontiguousarray(samples[begin:end]))


def _live_again(station: Station, night: Night, stored: list[Movement]) -> LiveSeries:
    """Return the live series as they were, from what is stored."""
    live = LiveSeries()
    cuts: list[tuple[int, Gap | Movement | None]] = [
        (gap.start_tick, gap) for gap in gaps.load_gaps(station.db, night.id)
    ]
    cuts += [(movement.onset_tick, movement) for movement in stored]
    cuts += [
        (epoch.index * EPOCH_TICKS, None)
        for epoch in epochs.load_epochs(station.db, night.id)
        if epoch.in_bed_s is not None and epoch.in_bed_s < HALF_EPOCH_S
    ]
    for tick, item in sorted(cuts, key=lambda cut: (cut[0], isinstance(cut[1], Movement))):
        if isinstance(item, Movement):
            live.feed(item)
        elif item is None:
            live.interruption(tick, tick + EPOCH_TICKS)
        else:
            live.gap(item)
    live.advance(night.end_tick or 0)  # a series that has ended by then was told to have
    return live


def resume_night(station: Station, night: Night) -> RunningNight | None:
    """Go on with a night that was interrupted; None when it is over, and closed now.

    The detector takes up its last snapshot and looks again at the raw signals recorded after it;
    what lies between them and now is missing.
    """
    db = station.db
    stored = movements.load_movements(db, night.id)
    raw_end = _raw_end(station, night)
    last_tick = max(night.end_tick or 0, raw_end or 0, max((m.end_tick for m in stored), default=0))
    pause_ticks = _pause_ticks(station, night, last_tick)
    if pause_ticks is None and night.kind in nights.AWAKE:
        pause_ticks = UNKNOWN_PAUSE_TICKS  # the caller ends it; what is recorded is looked at first
    if pause_ticks is None:
        nights.close_night(db, night.id, -(-last_tick // TICKS_PER_S) * TICKS_PER_S, "power_cut")
        snapshots.delete(db, night.id)
        return None
    detector, seen_tick, may_replay = _restored(station, night)
    replayed_tick = raw_end if may_replay and raw_end is not None else seen_tick
    replayed_tick = max(replayed_tick, seen_tick)
    with transaction(db):
        night = _moved_to_this_boot(station, night, last_tick + pause_ticks)
        marks.add_mark(db, night.id, marks.Mark(last_tick + pause_ticks, "restart"))
        add_anchor(station, night, last_tick + pause_ticks)
    running = RunningNight(
        db,
        night,
        detector,
        _live_again(station, night, stored),
        open_writer(station, night),
        announcing(station),
        next_tick=replayed_tick,
        known=Known(tuple(stored), max(last_tick, replayed_tick), replayed_tick),
    )
    running.utc_of_zero = anchors.utc_of_tick(db, night, last_tick + pause_ticks)
    if running.utc_of_zero is not None:
        running.utc_of_zero -= (last_tick + pause_ticks) / TICKS_PER_S
    if may_replay and night.recording is not None and raw_end is not None:
        for block in raw_blocks(raw_path(station.state_dir, night.recording), seen_tick, raw_end):
            running.replay(block)
    running.next_tick = max(running.next_tick, last_tick)
    running.kick_onsets = [m.onset_tick for m in stored if is_kick(m)] + [
        m.onset_tick for m in running.waiting.movements if is_kick(m)
    ]
    return running


def _moved_to_this_boot(station: Station, night: Night, now_tick: int) -> Night:
    if night.boot_id == station.wall.boot_id:
        return night
    origin_ns = station.origin_ns + (station.now_tick() - now_tick) * TICK_NS
    nights.set_origin(station.db, night.id, station.wall.boot_id, origin_ns)
    return replace(night, boot_id=station.wall.boot_id, origin_monotonic_ns=origin_ns)


def was_long_away(
    station: Station, night: Night, running: RunningNight, longest_ticks: int
) -> bool:
    """Say whether a recording was interrupted by a power cut, or for too long to go on.

    Parameters
    ----------
    station : Station
        The clocks.
    night : Night
        As it was left.
    running : RunningNight
        As it would go on.
    longest_ticks : int
        Longer than this is too long.
    """
    away_ns = station.clock.monotonic_ns() - running.night.origin_monotonic_ns
    away_ticks = away_ns // TICK_NS - running.next_tick
    return night.boot_id != station.wall.boot_id or away_ticks > longest_ticks
