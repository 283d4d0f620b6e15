"""`plms demo`: one night through simulated chips, then the page and the night that goes on."""

from __future__ import annotations

import math
import signal
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from appliance.cli.options import Failure, config_option, progress

if TYPE_CHECKING:
    from types import FrameType

    from appliance.config import Config
    from appliance.demo.theatre import Theatre
    from appliance.record.lock import StateLock
    from appliance.web.serve import PageServer

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for on the command line."""

    night_only: bool
    evening: bool
    broker: str | None
    port: int
    hours: float
    seed: int


def _number(_ctx: click.Context, _param: click.Parameter, value: float) -> float:
    """Refuse "nan", which lies within every range."""
    if math.isnan(value):
        raise click.BadParameter("nan is not a number of hours.")
    return value


@click.command()
@click.option("--night-only", is_flag=True, help="End after the summary.")
@click.option("--evening", is_flag=True, help="Begin with an evening test of restless legs.")
@click.option("--mqtt", "broker", metavar="HOST[:PORT]", help="Publish to this broker.")
@click.option("--port", type=click.IntRange(1, 65535), default=8080, show_default=True)
@click.option(
    "--hours",
    type=click.FloatRange(0.1, 14.0),
    default=8.0,
    show_default=True,
    callback=_number,
    help="Length of the night.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the night in this folder.  [default: a temporary one]",
)
@config_option
def command(
    *,
    night_only: bool,
    evening: bool,
    broker: str | None,
    port: int,
    hours: float,
    seed: int,
    folder: Path | None,
    config: Config,
) -> None:
    """Simulate a full night of two sleepers, show it, and go on live.

    Example: plms demo --night-only --hours 1
    """
    wishes = Wishes(night_only, evening, broker, port, hours, seed)
    if folder is not None:
        _play(_made(folder), config, wishes)
        return
    with tempfile.TemporaryDirectory(prefix="plms-demo-") as temporary:
        _play(Path(temporary), config, wishes)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Failure(
            f"{folder}: cannot be written: {error.strerror}; choose another --dir"
        ) from error
    return folder


def _locked(state_dir: Path) -> StateLock:
    from appliance.record.lock import LockedError, StateLock

    try:
        return StateLock(state_dir)
    except LockedError as error:
        raise Failure(f"{error}; choose another --dir") from error


def _play(state_dir: Path, config: Config, wishes: Wishes) -> None:
    """Simulate and show, as the only recorder of the folder."""
    with closing(_locked(state_dir)):
        _perform(state_dir, config, wishes)


def _perform(state_dir: Path, config: Config, wishes: Wishes) -> None:
    from appliance.demo.theatre import open_theatre, play_night
    from appliance.store.connect import DatabaseError

    hours, seed = wishes.hours, wishes.seed
    config = _as_demo(_with_broker(config, wishes.broker), wishes.port)
    server = None if wishes.night_only else _listen(state_dir, config, wishes.port)
    click.echo("Waking two simulated sleepers, their bed and three simulated chips ...", err=True)
    if wishes.evening:
        _test(state_dir, config, wishes)
    began_s = time.perf_counter()
    try:
        theatre = open_theatre(state_dir, config, seed, hours)
    except DatabaseError as error:
        raise Failure(str(error)) from error
    try:
        with progress(round(hours * 60), f"Sleeping {hours:g} hours") as bar:
            name = play_night(theatre, hours, bar.update)
        took_s = time.perf_counter() - began_s
        click.echo(f"{hours:g} hours slept in {took_s:.0f} s", err=True)
        _show(theatre, name, hours)
        if server is not None:
            _serve(theatre, state_dir, config, server)
    finally:
        theatre.close()


def _test(state_dir: Path, config: Config, wishes: Wishes) -> None:
    """Let one of them do the evening test, and print it beside the truth."""
    from datetime import datetime

    from appliance.demo.evening import NoTestError, open_evening, play_test
    from appliance.demo.theatre import last_bedtime
    from appliance.store.connect import DatabaseError

    bedtime = last_bedtime(datetime.now().astimezone(), wishes.hours)
    try:
        theatre = open_evening(state_dir, config, wishes.seed, bedtime)
    except DatabaseError as error:
        raise Failure(str(error)) from error
    try:
        with progress(60, "Sitting still for an hour") as bar:
            name = play_test(theatre, bar.update)
        _show_test(theatre, name)
    except NoTestError as error:
        raise Failure(f"the evening test did not begin: {error}") from error
    finally:
        theatre.close()


def _show_test(theatre: Theatre, name: str) -> None:
    from dataclasses import replace

    from appliance.demo.truth import compare
    from appliance.sit.summary import sit_lines
    from appliance.sitdata import load_sit_input, sit_score
    from appliance.store.nights import find_night

    night = find_night(theatre.db, name)
    if night is None:
        raise Failure(f"test {name} was not stored")
    click.echo("")
    for line in sit_lines(f"Evening test {name} (simulated)", sit_score(theatre.db, night)):
        click.echo(line)
    began_s = (night.origin_monotonic_ns - theatre.begun_ns) / 1e9
    truth = [replace(t, onset_s=t.onset_s - began_s) for t in theatre.bed.truth]
    within = [t for t in truth if 0.0 <= t.onset_s < (night.end_tick or 0) / 100]
    figures = compare(load_sit_input(theatre.db, night).movements, within, [])
    click.echo(
        f"  Against what the simulated legs really did: {figures.found} of {figures.true_kicks} "
        f"movements found; {figures.wrong} of {figures.counted} were none"
    )
    click.echo("")


def _as_demo(config: Config, port: int) -> Config:
    """Return the configuration of a device that is not the one this computer may be at night.

    It has an MQTT identity of its own, so that it never throws out the real one.
    """
    device = msgspec.structs.replace(config.device, id="", simulate=True)
    web = msgspec.structs.replace(config.web, port=port)
    return msgspec.structs.replace(config, device=device, web=web)


def _with_broker(config: Config, broker: str | None) -> Config:
    """Return the configuration with a broker that answers; say which, or that there is none."""
    from appliance.publish.service import broker_reachable

    host, _, number = (broker or "localhost").partition(":")
    if number and not number.isdigit():
        raise click.BadParameter(f"{broker}: a port is a number", param_hint="--mqtt")
    port = int(number) if number else config.mqtt.port
    if broker_reachable(host, port):
        click.echo(f"Publishing to the MQTT broker at {host}:{port}", err=True)
        mqtt = msgspec.structs.replace(config.mqtt, enabled=True, host=host, port=port)
        return msgspec.structs.replace(config, mqtt=mqtt)
    if broker is not None:
        raise Failure(f"no MQTT broker answers at {host}:{port}: start it, or leave --mqtt out")
    click.echo(f"No MQTT broker at {host}:{port}: going on without", err=True)
    mqtt = msgspec.structs.replace(config.mqtt, enabled=False)
    return msgspec.structs.replace(config, mqtt=mqtt)


def _listen(state_dir: Path, config: Config, port: int) -> PageServer:
    """Take the port before the night is simulated, so that a taken one is said at once."""
    from appliance.web.access import Access
    from appliance.web.app import create_app
    from appliance.web.serve import BindError, listen

    try:
        return listen(create_app(state_dir, config, access=Access.demo()), LOOPBACK, port)
    except BindError as error:
        raise Failure(str(error)) from error


def _show(theatre: Theatre, name: str, hours: float) -> None:
    """Print the night on one screen, and how near the detector came to the truth."""
    from appliance.demo.theatre import CABLE_OUT, HOUR_S
    from appliance.demo.truth import compare
    from appliance.nightdata import load_night_input, night_score
    from appliance.store.nights import find_night
    from appliance.summary import summary_lines

    night = find_night(theatre.db, name)
    if night is None:
        raise Failure(f"night {name} was not stored")
    score = night_score(theatre.db, night)
    movements = load_night_input(theatre.db, night).movements
    click.echo("")
    for line in summary_lines(f"Night of {name} (simulated)", score, movements):
        click.echo(line)
    _, pulled_h, away_s = CABLE_OUT
    away = [(pulled_h * HOUR_S - 10.0, pulled_h * HOUR_S + away_s + 10.0)]
    truth = [t for t in theatre.bed.truth if t.onset_s < hours * HOUR_S]
    figures = compare(movements, truth, away)
    click.echo("")
    click.echo(
        f"  Against what the simulated sleepers really did: {figures.found} of "
        f"{figures.true_kicks} kicks found; {figures.wrong} of {figures.counted} counted were "
        f"not the patient's"
    )


def _serve(theatre: Theatre, state_dir: Path, config: Config, server: PageServer) -> None:
    """Serve the page and publish, while the night goes on, until Ctrl-C."""
    from appliance.demo.theatre import go_live
    from appliance.publish import service

    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    pages = threading.Thread(target=server.run, name="pages", daemon=True)
    pages.start()
    publisher = service.start(state_dir, config, stop)
    click.echo("")
    click.echo(f"  The page: http://localhost:{server.port}   (Ctrl-C ends)")
    click.echo("  The sleepers go on in real time; the next kicks come within a minute or two.")
    go_live(theatre, stop)
    publisher.join(timeout=10.0)
    server.stop()
    pages.join(timeout=10.0)
    click.echo("Good morning.", err=True)
