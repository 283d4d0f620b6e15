"""`plms calibrate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appliance.cli.options import Failure, progress, state_dir_option

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.calibrate import Prompt
    from appliance.store.nights import Night

STEP_S = 0.5


@click.command()
@click.argument("night", required=False)
@state_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print what was learnt as JSON.")
def command(night: str | None, state_dir: Path, *, as_json: bool) -> None:
    """Teach the device this bed: a guided sitting of five minutes with both sleepers.

    With the name of an earlier guided sitting, learn from that one again.

    Example: plms calibrate
    """
    import json
    import time
    from contextlib import closing
    from dataclasses import asdict

    from appliance.calibrate import CalibrateError, keep, learn_from, words_of
    from appliance.store.connect import DatabaseError, open_database

    try:
        with closing(open_database(state_dir)) as db:
            recorded = _guided(db, time.time()) if night is None else _named(db, night)
            learnt = learn_from(db, state_dir, recorded)
            keep(db, learnt, time.time())
    except (DatabaseError, CalibrateError) as error:
        raise Failure(str(error)) from error
    if as_json:
        click.echo(json.dumps(asdict(learnt)))
    else:
        click.echo("\n".join([*words_of(learnt), "It counts from the next night on."]))


def _named(db: sqlite3.Connection, name: str) -> Night:
    from appliance.store.nights import find_night

    found = find_night(db, name)
    if found is None:
        raise Failure(f"there is no night {name}: `plms nights` lists them")
    return found


def _guided(db: sqlite3.Connection, now_utc: float) -> Night:
    from appliance.calibrate import CalibrateError, check_ready, sit
    from appliance.store.nights import list_nights

    check_ready(db, now_utc)
    known = {night.id for night in list_nights(db)}
    sit(db, _prompt, _wait)
    new = [night for night in list_nights(db) if night.id not in known]
    if not new:
        raise CalibrateError("the sitting was not stored")
    return new[0]


def _prompt(step: Prompt) -> None:
    click.echo(f"\n{step.words}", err=True)
    click.pause(f"Press a key when ready; it takes {step.duration_s:.0f} s.", err=True)


def _wait(step: Prompt) -> None:
    import time

    count = round(step.duration_s / STEP_S)
    with progress(count, step.step) as bar:
        for _ in range(count):
            time.sleep(STEP_S)
            bar.update(1)
