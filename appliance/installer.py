"""What install.sh asks of a release, each a verb of `python -m appliance.installer`.

It runs as the services' user. Answers that are yes or no are exit codes 0 and 1.
"""

from __future__ import annotations

import http.client
import secrets
import socket
import sys
import time
from typing import TYPE_CHECKING

import click

from appliance.cli.options import Failure, config_option, state_dir_option
from appliance.panel_requests import carry_out
from appliance.settings import effective_config
from appliance.store import nights, settings
from appliance.store.connect import DatabaseError, open_database

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from appliance.config import Config

PASSWORD_KEY = "web.password_hash"  # noqa: S105 - a key's name
CODE_KEY = "web.setup_code"
CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""No i, l, o, 0 and 1: the code is typed from a screen into a phone."""
CODE_GROUPS = (4, 4)
UNROUTED = ("192.0.2.1", 9)
"""A documentation address (RFC 5737): asked for a route only, nothing is sent to it."""


@click.group()
def main() -> None:
    """Answer install.sh."""


def _open(state_dir: Path) -> sqlite3.Connection:
    try:
        return open_database(state_dir)
    except DatabaseError as error:
        raise Failure(str(error)) from error


@main.command()
@state_dir_option
def database_opens(state_dir: Path) -> None:
    """Exit 0 when this version can use the database as it is."""
    _open(state_dir).close()


@main.command()
@state_dir_option
def night_running(state_dir: Path) -> None:
    """Exit 0 while a night is being recorded, 1 otherwise."""
    db = _open(state_dir)
    running = nights.current_night(db) is not None
    db.close()
    sys.exit(0 if running else 1)


@main.command()
@state_dir_option
@config_option
def port(state_dir: Path, config: Config) -> None:
    """Print the page's port."""
    db = _open(state_dir)
    click.echo(effective_config(db, config).web.port)
    db.close()


@main.command()
@state_dir_option
@config_option
def page_answers(state_dir: Path, config: Config) -> None:
    """Exit 0 when the page says that it is well."""
    db = _open(state_dir)
    page_port = effective_config(db, config).web.port
    db.close()
    sys.exit(0 if is_well("127.0.0.1", page_port) else 1)


def is_well(host: str, page_port: int) -> bool:
    """Return whether the page's /healthz answers 200."""
    connection = http.client.HTTPConnection(host, page_port, timeout=10)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@main.command()
def warm() -> None:
    """Compile the detector into the cache, so that no night waits for it."""
    import numpy as np

    from detect.detector import Detector

    detector = Detector(np.ones(13), np.zeros(13))
    detector.feed(0, np.zeros((6000, 13), np.int16))
    detector.finish()


@main.command()
@state_dir_option
@config_option
def welcome(state_dir: Path, config: Config) -> None:
    """Print the page's address, its QR code, and the set-up code while there is no password."""
    import segno

    db = _open(state_dir)
    page_port = effective_config(db, config).web.port
    code = setup_code(db, time.time())
    db.close()
    address = f"http://{own_address()}:{page_port}/"
    click.echo(f"The page:     {address}")
    click.echo(f"   or:        http://{socket.gethostname()}.local:{page_port}/")
    if code is not None:
        click.echo(f"Set-up code:  {code}   (asked for once, with the first password)")
    segno.make(address, error="m").terminal(out=sys.stdout, compact=True)


@main.command()
@state_dir_option
def forget_password(state_dir: Path) -> None:
    """Forget the page's password and print the code with which a new one is chosen."""
    db = _open(state_dir)
    carry_out(db, ["password_reset"], time.time())
    click.echo(f"Set-up code:  {setup_code(db, time.time())}")
    db.close()


def setup_code(db: sqlite3.Connection, now_utc: float) -> str | None:
    """Return the one-time set-up code, made at the first call; None once there is a password."""
    if settings.get(db, PASSWORD_KEY):
        return None
    known = settings.get(db, CODE_KEY)
    if known:
        return str(known)
    code = "-".join("".join(secrets.choice(CODE_LETTERS) for _ in range(n)) for n in CODE_GROUPS)
    settings.put(db, CODE_KEY, code, now_utc)
    return code


def own_address() -> str:
    """Return this machine's address in its network, or its own name for itself without one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        try:
            link.connect(UNROUTED)
        except OSError:
            return "localhost"
        return str(link.getsockname()[0])


if __name__ == "__main__":
    main()
