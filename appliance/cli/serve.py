"""`plms serve`: the pages, and the publisher beside them."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import click
import msgspec

from appliance.cli.options import Failure, config_option, state_dir_option

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from appliance.config import Config


def _listening(config: Config, host: str | None, port: int | None) -> Config:
    """Return the configuration with what was asked for: cookies and MQTT name the port too."""
    web = msgspec.structs.replace(
        config.web, host=host or config.web.host, port=port or config.web.port
    )
    return msgspec.structs.replace(config, web=web)


@click.command()
@state_dir_option
@config_option
@click.option("--host", help="Address to listen on.  [default: from the configuration]")
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Port.  [default: from the configuration]"
)
def command(state_dir: Path, config: Config, host: str | None, port: int | None) -> None:
    """Serve the pages and publish to MQTT until it is told to stop.

    Example: plms serve --port 8080
    """
    from appliance.journal import configure_logging
    from appliance.nightdata import collect_seldom
    from appliance.notify import Notifier, Watchdog, watchdog_interval_s
    from appliance.publish import service
    from appliance.store.connect import DatabaseError, open_database
    from appliance.web import warm
    from appliance.web.app import create_app
    from appliance.web.heart import Heart
    from appliance.web.serve import BindError, listen

    configure_logging()
    collect_seldom()
    config = _listening(config, host, port)
    try:
        open_database(state_dir).close()
    except DatabaseError as error:
        raise Failure(str(error)) from error
    try:
        server = listen(create_app(state_dir, config), config.web.host, config.web.port)
    except BindError as error:
        raise Failure(str(error)) from error
    stop = threading.Event()
    publisher = service.start(state_dir, config, stop)
    warm.start(state_dir, stop)
    notifier = Notifier.from_environment()
    watchdog = Watchdog(notifier, ("pages", "publisher"), watchdog_interval_s())
    Heart(watchdog, server.host, server.port, publisher.healthy, stop).start()
    signal.signal(signal.SIGTERM, _end)
    click.echo(f"serving on port {server.port}", err=True)
    notifier.ready(f"serving on port {server.port}")
    server.run()
    notifier.stopping()
    stop.set()
    publisher.join(timeout=10.0)


def _end(_signal: int, _frame: FrameType | None) -> None:
    """End `server.run`: waitress takes SystemExit as "stop serving" and returns."""
    raise SystemExit
