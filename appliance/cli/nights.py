"""`plms nights`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from appliance.cli.options import Failure, state_dir_option

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.store.nights import Night


def _figures(db: sqlite3.Connection, night: Night) -> dict[str, Any]:
    """Return what each kind of recording is known by; null is not measured."""
    from appliance.nightdata import night_score
    from appliance.sitdata import sit_score
    from detect.movement import TICKS_PER_S
    from detect.nights import as_told

    none = dict.fromkeys((
        "counted_s", "plmi_tib", "movements_per_counted_hour", "kicks", "plm", "rules",
        "rules_version",
    ))  # fmt: skip
    if night.kind == "sit":
        test = sit_score(db, night)
        return none | {
            "duration_s": test.duration_s,
            "counted_s": test.counted_s,
            "movements_per_counted_hour": test.movements_per_counted_hour,
            "kicks": test.leg_movements,
            "plm": test.movements,
            "rules": test.rules,
            "rules_version": test.rules_version,
        }
    if night.kind == "calibration":
        return none | {"duration_s": (night.end_tick or 0) / TICKS_PER_S}
    score = as_told(night_score(db, night))
    return none | {
        "duration_s": score.duration_s, "counted_s": score.counted_s, "plmi_tib": score.plmi_tib,
        "kicks": score.leg_movements, "plm": score.plm,
        "rules": score.rules, "rules_version": score.rules_version,
    }  # fmt: skip


def _row(db: sqlite3.Connection, state_dir: Path, night: Night) -> dict[str, Any]:
    from appliance.export import start_of
    from appliance.store.raw import has_raw

    start = start_of(db, night)
    return {
        "name": night.name,
        "kind": night.kind,
        "state": night.state,
        "start": None if start is None else start.isoformat(timespec="seconds"),
        **_figures(db, night),
        "raw": has_raw(state_dir, night.recording),
        "private": night.private,
        "simulated": night.simulated,
    }


def _words(row: dict[str, Any]) -> str:
    number, unit = row["plmi_tib"], "periodic kicks/h"
    if row["kind"] == "sit":
        number, unit = row["movements_per_counted_hour"], "movements/h in the evening test"
    index = "    –" if number is None else f"{number:5.1f}"
    start = (row["start"] or "unknown")[:16].replace("T", " ")
    notes = [word for word in ("raw", "private", "simulated") if row[word]]
    if row["state"] != "closed":
        notes.append(row["state"])
    if number is None and row["counted_s"] is not None:
        notes.append(f"only {row['counted_s'] / 60:.0f} min counted: too little for a number")
    hours = row["duration_s"] / 3600
    return f"{row['name']:16} {start:16} {hours:5.1f} h  {index} {unit}  {' '.join(notes)}".rstrip()


@click.command()
@state_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(state_dir: Path, as_json: bool) -> None:
    """List the nights, newest first, with periodic kicks per hour in bed; evening tests too.

    Example: plms nights --json
    """
    import json
    from contextlib import closing

    from appliance.nightdata import collect_seldom
    from appliance.store.connect import DatabaseError, open_database, require_newest_schema
    from appliance.store.nights import list_nights

    collect_seldom()
    try:
        with closing(open_database(state_dir, readonly=True)) as db:
            require_newest_schema(db)
            for night in list_nights(db):
                row = _row(db, state_dir, night)
                click.echo(json.dumps(row, allow_nan=False) if as_json else _words(row))
    except DatabaseError as error:
        raise Failure(str(error)) from error
