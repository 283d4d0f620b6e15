"""`plms restore`."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.options import Failure, state_dir_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@state_dir_option
def command(file: Path, state_dir: Path) -> None:
    """Bring all nights back from FILE; what is there now is kept beside it.

    The recorder must be stopped; the pages may stay up.

    Example: plms restore /mnt/usb/plms-backup.db
    """
    from appliance.record.lock import LockedError, StateLock
    from appliance.store.backup import KEPT_COPY, check_copy, restore_backup
    from appliance.store.connect import DatabaseError

    try:
        check_copy(file)  # before anything is made in the state directory
        lock = StateLock(state_dir)
        try:
            count = restore_backup(state_dir, file)
        finally:
            lock.close()
    except LockedError as error:
        raise Failure(f"{error}: stop it first (systemctl stop plms-record)") from error
    except (DatabaseError, OSError) as error:
        raise Failure(str(error)) from error
    former = f"; what was there is in {KEPT_COPY}" if (state_dir / KEPT_COPY).exists() else ""
    click.echo(f"{count} nights are back{former}", err=True)
