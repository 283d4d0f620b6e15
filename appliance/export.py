"""One night for other software: EDF+, CSV, JSON, or all of it as one zip, streamed.

Standard library only; the web process streams these to a browser.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from array import array
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from appliance.edf.annotations import Annotation
from appliance.edf.write import Description, edf_bytes
from appliance.nightdata import load_scored_movements, night_score
from appliance.nightjson import night_to_json
from appliance.sit.annotations import sit_annotations
from appliance.sitdata import sit_score
from appliance.store import diary, sits
from appliance.store.anchors import load_anchors, utc_by_anchors, utc_of_tick
from appliance.store.epochs import load_epochs
from appliance.store.gaps import load_gaps
from appliance.store.marks import load_marks
from appliance.store.nights import evening_date
from appliance.store.raw import RawError, iter_raw, raw_path
from appliance.version import VERSION
from detect.movement import EPOCH_TICKS, TICKS_PER_S
from detect.passes import is_leg, likely, monolaterals
from detect.rules import SIT, WASM2016, RuleSet
from detect.sit import TEST_TICKS
from detect.sitscore import is_leg_awake
from drivers.channels import CHANNELS, MISSING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo
    from pathlib import Path

    from appliance.store.nights import Night
    from detect.nightscore import NightScore
    from detect.sit import SitScore

WINDOW_TICKS = 60 * TICKS_PER_S
TEXTS = {"L": "Limb movement@@LAT", "R": "Limb movement@@RAT"}
"""The texts an independent WASM 2016 scorer reads; LAT and RAT are the tibialis muscles."""

NOTE = "A screening log, not a diagnosis: accelerometers at the ankles are not electromyography.\n"


class ExportError(Exception):
    """A night that cannot be written in this form; the text says why."""


def _zone(night: Night) -> tzinfo:
    try:
        return ZoneInfo(night.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def start_of(db: sqlite3.Connection, night: Night) -> datetime | None:
    """Return the local time of a night's first tick, or None when the clock was never set."""
    utc = utc_of_tick(db, night, 0)
    return None if utc is None else datetime.fromtimestamp(utc, _zone(night))


def _windows(path: Path, end_tick: int) -> Iterator[list[array[int]]]:
    """Yield all ticks from 0 to before `end_tick`, a minute at a time, missing ones filled."""
    chunks = iter_raw(path)
    start, columns = next(chunks, (end_tick, []))
    for begin in range(0, end_tick, WINDOW_TICKS):
        end = min(begin + WINDOW_TICKS, end_tick)
        window = [array("h", [MISSING]) * (end - begin) for _ in CHANNELS]
        while start < end:
            stop = start + len(columns[0])
            first, last = max(start, begin), min(stop, end)
            if first < last:
                for target, samples in zip(window, columns, strict=True):
                    target[first - begin : last - begin] = samples[first - start : last - start]
            if stop > end:
                break
            start, columns = next(chunks, (end_tick, []))
        yield window


def leg_annotations(db: sqlite3.Connection, night: Night) -> list[Annotation]:
    """Return lights and the patient's leg movements, each leg for itself, by onset.

    Of an evening test also its answers, and when the legs did not lie outstretched.
    """
    movements = [movement for _, movement in load_scored_movements(db, night)]
    counts = is_leg_awake if night.kind == "sit" else is_leg
    found = [
        Annotation(lm.onset / TICKS_PER_S, lm.duration / TICKS_PER_S, TEXTS[lm.side])
        for lm in monolaterals(movements, ("left", "right"), likely, counts)
    ]
    if night.kind == "sit":
        duration_s = min(night.end_tick or 0, TEST_TICKS) / TICKS_PER_S
        answers, aways = sits.load_answers(db, night.id), sits.load_aways(db, night.id)
        found += sit_annotations(sits.find_sit(db, night.id), answers, aways, duration_s)
    for tick, text in ((night.lights_off_tick, "Lights off"), (night.lights_on_tick, "Lights on")):
        if tick is not None:
            found.append(Annotation(tick / TICKS_PER_S, None, text))
    return sorted(found, key=lambda annotation: annotation.onset_s)


def edf(db: sqlite3.Connection, state_dir: Path, night: Night) -> Iterator[bytes]:
    """Yield a night as EDF+C, piece by piece.

    Raises
    ------
    ExportError
        When its raw signals are not there (any more); before anything is yielded.
    """
    if night.recording is None:
        raise ExportError(f"night {night.name} has no raw signals (any more): no EDF can be made")
    end_tick = -(-(night.end_tick or 0) // TICKS_PER_S) * TICKS_PER_S
    about = Description(
        start=start_of(db, night),
        record_count=end_tick // TICKS_PER_S,
        scale=night.scale,
        equipment=f"plms-bedside_{VERSION}",
    )
    try:
        path = raw_path(state_dir, night.recording)
        windows = _windows(path, end_tick)
        first = next(windows, None)
    except RawError as error:
        raise ExportError(str(error)) from error
    all_windows = _chain(first, windows)
    return edf_bytes(about, all_windows, leg_annotations(db, night))


def _chain(
    first: list[array[int]] | None, rest: Iterator[list[array[int]]]
) -> Iterator[list[array[int]]]:
    if first is not None:
        yield first
        yield from rest


def _csv_text(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _score(db: sqlite3.Connection, night: Night, rules: RuleSet | None) -> NightScore | SitScore:
    """Score a recording by its kind's own rules, where none are named."""
    if night.kind == "sit" and (rules is None or rules.name == SIT.name):
        return sit_score(db, night)
    return night_score(db, night, rules or WASM2016)


def movements_csv(db: sqlite3.Connection, night: Night, rules: RuleSet | None = None) -> str:
    """Return a night's movements as CSV; an empty field is not known."""
    numbered = load_scored_movements(db, night)
    flags = _score(db, night, rules).flags
    anchors, zone = load_anchors(db, night.id), _zone(night)
    rows = []
    for (seq, m), flag in zip(numbered, flags, strict=True):
        utc = utc_by_anchors(anchors, m.onset_tick)
        time = None if utc is None else datetime.fromtimestamp(utc, zone).isoformat()
        parts = " ".join(
            f"{p.side}:{p.onset_tick / TICKS_PER_S}-{p.end_tick / TICKS_PER_S}" for p in m.parts
        )
        e = m.evidence
        rows.append(
            (
                seq, time, m.onset_s, m.duration_s, m.kind, m.side, m.owner, m.p_patient,
                m.peak_mg, m.peak_dps, int(flag.clm), int(flag.plm), flag.series, parts,
                e.tilt_deg, e.common_mode, e.ankle_strip_db, e.lag_ms, e.ring_ratio, m.note,
            )
        )  # fmt: skip
    header = (
        "seq", "time", "onset_s", "duration_s", "kind", "side", "owner", "p_patient", "peak_mg",
        "peak_dps", "clm", "plm", "series", "parts_s", "tilt_deg", "common_mode",
        "ankle_strip_db", "lag_ms", "ring_ratio", "note",
    )  # fmt: skip
    return _csv_text(header, rows)


def epochs_csv(db: sqlite3.Connection, night: Night) -> str:
    """Return a night's 30-second epochs as CSV."""
    rows = [
        (
            e.index * EPOCH_TICKS / TICKS_PER_S, e.patient_moving_s,
            None if night.private else e.partner_moving_s, e.in_bed_s,
            e.usable_left_s, e.usable_right_s, e.usable_strip_s, e.activity_mg_s,
        )
        for e in load_epochs(db, night.id)
    ]  # fmt: skip
    header = (
        "onset_s", "patient_moving_s", "partner_moving_s", "in_bed_s", "usable_left_s",
        "usable_right_s", "usable_strip_s", "activity_mg_s",
    )  # fmt: skip
    return _csv_text(header, rows)


def answers_csv(db: sqlite3.Connection, night: Night) -> str:
    """Return an evening test's answers as CSV."""
    anchors, zone = load_anchors(db, night.id), _zone(night)
    rows = []
    for a in sits.load_answers(db, night.id):
        utc = utc_by_anchors(anchors, a.tick)
        time = None if utc is None else datetime.fromtimestamp(utc, zone).isoformat()
        rows.append((a.minute, time, a.discomfort, a.source, a.replaced))
    return _csv_text(("minute", "time", "discomfort", "source", "instead_of"), rows)


def night_json(db: sqlite3.Connection, night: Night, rules: RuleSet | None = None) -> str:
    """Return a night as one JSON object: schema plms.night/1, and what else is stored of it."""
    score = _score(db, night, rules)
    start = start_of(db, night)
    movements = [movement for _, movement in load_scored_movements(db, night)]
    body = night_to_json(night.name, None if start is None else start.isoformat(), movements, score)
    body |= {
        "night": {
            "name": night.name, "kind": night.kind, "state": night.state,
            "end_reason": night.end_reason, "time_zone": night.time_zone,
            "private": night.private, "simulated": night.simulated,
            "detector": night.detector, "software": night.software,
        },
        "gaps": [
            [gap.device, gap.start_tick / TICKS_PER_S, gap.end_tick / TICKS_PER_S]
            for gap in load_gaps(db, night.id)
        ],
        "marks": [
            {"onset_s": mark.tick / TICKS_PER_S, "kind": mark.kind, "text": mark.text}
            for mark in load_marks(db, night.id)
        ],
        "diary": None if start is None else diary.get(db, evening_date(start)),
    }  # fmt: skip
    return json.dumps(body, allow_nan=False, indent=1) + "\n"


class _Pipe(io.RawIOBase):
    """A file that is written by `zipfile` and emptied by whoever streams."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """Return what was written since the last call."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _members(
    db: sqlite3.Connection, state_dir: Path, night: Night
) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield "README.txt", [NOTE.encode()]
    yield f"{night.name}-movements.csv", [movements_csv(db, night).encode()]
    yield f"{night.name}-epochs.csv", [epochs_csv(db, night).encode()]
    yield f"{night.name}.json", [night_json(db, night).encode()]
    if night.kind == "sit":
        yield f"{night.name}-answers.csv", [answers_csv(db, night).encode()]
    if night.recording is not None:
        try:
            pieces = edf(db, state_dir, night)
        except ExportError as error:
            yield f"{night.name}-no-edf.txt", [f"{error}\n".encode()]
        else:
            yield f"{night.name}.edf", pieces


def zip_bytes(db: sqlite3.Connection, state_dir: Path, night: Night) -> Iterator[bytes]:
    """Yield everything of one night as a zip file, piece by piece."""
    pipe = _Pipe()
    now = datetime.now(_zone(night)).timetuple()[:6]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in _members(db, state_dir, night):
            entry = zipfile.ZipInfo(name, now)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as member:
                for piece in pieces:
                    member.write(piece)
                    yield pipe.take()
    yield pipe.take()
