"""Files for taking away, streamed; two at a time, so that a slow phone never takes all threads."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response
from werkzeug.exceptions import ServiceUnavailable

from appliance.export import edf, epochs_csv, movements_csv, night_json, zip_bytes
from appliance.store.backup import make_backup
from appliance.store.connect import open_database
from appliance.web.language import say
from appliance.web.services import services

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from appliance.store.nights import Night
    from appliance.web.views.sitsums import SitSummary
    from appliance.web.views.summaries import Summary

SIT_COLUMNS = (
    "name", "start_utc", "began", "counted_s", "duration_s", "partial", "one_leg",
    "posture_watched", "movements", "movements_per_counted_hour", "low", "high", "leg_movements",
    "periodic_share", "interval_median_s", "discomfort_mean", "discomfort_min", "discomfort_max",
    "answered", "simulated",
)  # fmt: skip
PIECE_BYTES = 64 * 1024
RETRY_S = 30


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file."""

    suffix: str
    mimetype: str
    write: Callable[[sqlite3.Connection, Path, Night], Iterable[bytes]]


def _text(write: Callable[[sqlite3.Connection, Night], str]) -> Callable[..., Iterable[bytes]]:
    return lambda db, _state_dir, night: [write(db, night).encode()]


FORMATS = {
    "edf": Format(".edf", "application/octet-stream", edf),
    "csv": Format("-movements.csv", "text/csv", _text(movements_csv)),
    "epochs": Format("-epochs.csv", "text/csv", _text(epochs_csv)),
    "json": Format(".json", "application/json", _text(night_json)),
    "zip": Format(".zip", "application/zip", zip_bytes),
}


def _take_slot() -> Callable[[], None]:
    slots = services().downloads
    if not slots.acquire(blocking=False):
        busy = say("Two downloads are running. Please try again in a moment.")
        raise ServiceUnavailable(busy, retry_after=RETRY_S)
    return slots.release


def _attachment(
    pieces: Iterable[bytes], name: str, mimetype: str, close: Iterable[Callable[[], None]]
) -> Response:
    answer = Response(pieces, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    for action in close:
        answer.call_on_close(action)
    return answer


def night_file(night: Night, kind: str) -> Response:
    """Return a night as a file.

    Raises
    ------
    ExportError
        When it cannot be written in this form.
    """
    form = FORMATS[kind]
    release = _take_slot()
    db = open_database(services().state_dir, readonly=True)
    handed_over = False
    try:
        pieces = form.write(db, services().state_dir, night)
        handed_over = True
    finally:
        if not handed_over:
            db.close()
            release()
    name = f"plms-{night.name}{form.suffix}"
    return _attachment(pieces, name, form.mimetype, (db.close, release))


def backup_file(day: str) -> Response:
    """Return a copy of the whole database as a file.

    Raises
    ------
    DatabaseError
        When there is no room for the copy, or the database is damaged.
    """
    release = _take_slot()
    path = services().state_dir / "download.plms-backup"
    made = False
    try:
        make_backup(services().state_dir, path)
        made = True
    finally:
        if not made:
            release()
    return _attachment(
        _pieces_of(path), f"plms-{day}.plms-backup", "application/octet-stream", (release,)
    )


def _pieces_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        path.unlink()  # read to its end all the same, and gone whatever happens
        while piece := file.read(PIECE_BYTES):
            yield piece


def summaries_csv(nights: Sequence[Summary]) -> Response:
    """Return all nights in a few numbers each, one a line."""
    columns = (
        "name", "kind", "plmi_tib", "low", "high", "plm", "kicks", "unsure", "series",
        "counted_s", "in_bed_s", "ankles", "periodicity", "rhythm_s", "partner_moved",
        "partner_after_kick", "estimated_sleep_s", "eligible",
    )  # fmt: skip
    return _table(nights, columns, "plms-nights.csv")


def sits_csv(tests: Sequence[SitSummary]) -> Response:
    """Return all evening tests in a few numbers each, one a line."""
    return _table(tests, SIT_COLUMNS, "plms-evening-tests.csv")


def _table(rows: Iterable[object], columns: Sequence[str], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([getattr(row, column) for column in columns] for row in rows)
    answer = Response(text.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
