"""`plms backup`."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.options import Failure, state_dir_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@state_dir_option
def command(file: Path, state_dir: Path) -> None:
    """Copy all nights but their raw signals to FILE, also while a night is recorded.

    Example: plms backup /mnt/usb/plms-backup.db
    """
    from appliance.store.backup import make_backup
    from appliance.store.connect import DatabaseError

    try:
        count = make_backup(state_dir, file)
    except DatabaseError as error:
        raise Failure(str(error)) from error
    click.echo(f"{file}: {count} nights", err=True)
