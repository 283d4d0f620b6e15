"""Options and manners that all commands share."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from appliance.config import Config, ConfigError, load_config

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

SYSTEM_STATE_DIR = Path("/var/lib/plms")
SYSTEM_CONFIG = Path("/etc/plms/config.toml")

F = TypeVar("F", bound="Callable[..., Any]")


class Failure(click.ClickException):
    """A stated failure: one line that names the thing and what to do; exit code 1."""


def _read_config(_ctx: click.Context, _param: click.Parameter, value: Path | None) -> Config:
    if value is None and SYSTEM_CONFIG.exists():
        value = SYSTEM_CONFIG
    try:
        return load_config(value)
    except ConfigError as error:
        raise Failure(str(error)) from error


def state_dir_option(function: F) -> F:
    """Pass `state_dir: Path`, the folder of all that the device keeps."""
    return click.option(
        "--state-dir",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="PLMS_STATE_DIR",
        default=SYSTEM_STATE_DIR,
        show_default=True,
        help="Folder of the nights.",
    )(function)


def config_option(function: F) -> F:
    """Pass `config: Config`, read and checked."""
    return click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="PLMS_CONFIG",
        callback=_read_config,
        help=f"Configuration file.  [default: {SYSTEM_CONFIG} where it exists]",
    )(function)


def progress(total: int, label: str) -> AbstractContextManager[Any]:
    """Return a progress bar on standard error, drawn on a terminal only.

    Parameters
    ----------
    total : int
        Number of steps; advance with `.update(n)`.
    label : str
        What is being done.
    """
    return click.progressbar(
        length=total, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()
    )
