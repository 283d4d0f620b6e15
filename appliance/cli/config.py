"""`plms config check`."""

from __future__ import annotations

from pathlib import Path

import click

from appliance.cli.options import SYSTEM_CONFIG, Failure
from appliance.config import ConfigError, load_config


@click.group()
def command() -> None:
    """Check the configuration.

    Example: plms config check /etc/plms/config.toml
    """


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=SYSTEM_CONFIG)
def check(file: Path) -> None:
    """Check FILE: every key known, every value in its range.

    Example: plms config check my.toml
    """
    try:
        load_config(file)
    except ConfigError as error:
        raise Failure(str(error)) from error
    click.echo(f"{file}: good", err=True)
