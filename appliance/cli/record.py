"""`plms record`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appliance.cli.options import Failure, config_option, state_dir_option

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config


@click.command()
@state_dir_option
@config_option
@click.option("--simulate", is_flag=True, help="Simulated chips and sleepers instead of sensors.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Of the simulated sleepers.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more on standard error.")
def command(state_dir: Path, config: Config, simulate: bool, seed: int, verbose: bool) -> None:
    """Record the sensors until stopped; nights start and end by button, page or by themselves.

    Stopped with Ctrl-C or SIGTERM, a running night stays open and goes on at the next start.

    Example: plms record --simulate --state-dir /tmp/plms
    """
    import signal
    import threading

    from appliance.journal import configure_logging
    from appliance.record.lock import LockedError
    from appliance.record.service import ServiceError, choose_hardware, run
    from appliance.store.connect import DatabaseError
    from drivers.bus import DeviceError

    configure_logging(verbose=verbose)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        run(state_dir, config, choose_hardware(config, simulate=simulate, seed=seed), stop)
    except (DeviceError, LockedError, DatabaseError, ServiceError, OSError) as error:
        raise Failure(str(error)) from error
