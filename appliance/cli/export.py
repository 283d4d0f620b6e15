"""`plms export`."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from appliance.cli.options import Failure, state_dir_option

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from appliance.store.nights import Night

SUFFIXES = {"edf": ".edf", "csv": "-movements.csv", "json": ".json", "zip": ".zip"}


def _pieces(db: sqlite3.Connection, state_dir: Path, night: Night, form: str) -> Iterable[bytes]:
    from appliance import export

    if form == "edf":
        return export.edf(db, state_dir, night)
    if form == "csv":
        return [export.movements_csv(db, night).encode()]
    if form == "json":
        return [export.night_json(db, night).encode()]
    return export.zip_bytes(db, state_dir, night)


def _write(pieces: Iterable[bytes], out: Path) -> None:
    """Write to a file that takes its name only when it is whole."""
    if str(out) == "-":
        sys.stdout.buffer.writelines(pieces)
        sys.stdout.buffer.flush()
        return
    part = out.with_name(out.name + ".part")
    try:
        with part.open("wb") as file:
            file.writelines(pieces)
        part.replace(out)
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror}") from error
    finally:
        with suppress(OSError):
            part.unlink()


@click.command()
@click.argument("night")
@state_dir_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["edf", "csv", "json", "zip"]),
    default="edf",
    show_default=True,
    help="EDF+ with all signals, the movements, or everything.",
)
@click.option("--out", type=click.Path(path_type=Path), help="File to write; - is standard output.")
def command(night: str, state_dir: Path, form: str, out: Path | None) -> None:
    """Write NIGHT (its name, or "last") for other software.

    Example: plms export 2026-01-05 --format edf
    """
    from contextlib import closing

    from appliance.export import ExportError
    from appliance.store.backup import refuse_own
    from appliance.store.connect import DatabaseError, open_database, require_newest_schema
    from appliance.store.nights import find_night, last_closed_night
    from appliance.store.raw import RawError

    try:
        with closing(open_database(state_dir, readonly=True)) as db:
            require_newest_schema(db)
            found = last_closed_night(db) if night == "last" else find_night(db, night)
            if found is None:
                raise Failure(f"there is no night {night!r} (see `plms nights`)")
            target = out or Path(found.name + SUFFIXES[form])
            refuse_own(state_dir, target)
            _write(_pieces(db, state_dir, found, form), target)
    except (DatabaseError, ExportError, RawError) as error:
        raise Failure(str(error)) from error
    if str(target) != "-":
        click.echo(str(target), err=True)
