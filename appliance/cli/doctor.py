"""`plms doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from appliance.cli.options import Failure, config_option, state_dir_option

if TYPE_CHECKING:
    from pathlib import Path

    from appliance.config import Config
    from appliance.finding import Finding

SIGNS = {"ok": "ok  ", "note": "note", "bad": "BAD "}


@click.command()
@state_dir_option
@config_option
@click.option("--simulate", is_flag=True, help="Look at simulated sensors.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(state_dir: Path, config: Config, *, simulate: bool, as_json: bool) -> None:
    """Check sensors, clock, disk, database, broker and versions; say what to do.

    While the recorder runs it is asked about the sensors; otherwise they are tested themselves,
    so let the straps lie still. Exits with 1 when something needed does not work.

    Example: plms doctor
    """
    findings = _examine(state_dir, config, simulate=simulate)
    broken = [finding.topic for finding in findings if finding.state == "bad"]
    if as_json:
        _print_json(findings)
    else:
        _print_lines(findings)
    if broken:
        raise Failure(f"not working: {', '.join(dict.fromkeys(broken))}")


def _examine(state_dir: Path, config: Config, *, simulate: bool) -> list[Finding]:
    import os
    import sqlite3

    from appliance.doctor import check_all, recorder_status
    from appliance.finding import note
    from appliance.record.wall import SystemWall
    from appliance.settings import effective_config
    from appliance.store.connect import DatabaseError, open_database

    try:
        db = open_database(state_dir, readonly=True)
        config = effective_config(db, config)
        db.close()
    except (DatabaseError, sqlite3.Error):
        pass  # the check of the database says so
    wall = SystemWall()
    findings = check_all(config, state_dir, wall, os.environ)
    if recorder_status(state_dir, wall.utc()) is None:
        findings += _probe(config, simulate=simulate or config.device.simulate)
        findings += _panel(config)
    else:
        findings.append(
            note(
                "self-tests",
                "not done: the recorder is using the sensors",
                "between nights: `sudo systemctl stop plms-record`, `plms doctor`, and start it",
            )
        )
    return findings


def _probe(config: Config, *, simulate: bool) -> list[Finding]:
    from appliance.devices import device_settings, simulated_rig
    from appliance.probe import probe
    from drivers.bus import open_bus
    from drivers.simulated.clock import FollowingClock, VirtualClock

    devices = device_settings(config)
    if not simulate:
        return probe(devices, open_bus, FollowingClock())
    clock = VirtualClock()
    return probe(devices, simulated_rig(config, clock).open_bus, clock)


def _panel(config: Config) -> list[Finding]:
    if not config.panel.enabled:
        return []
    from appliance.finding import bad, ok
    from appliance.panel import PanelError, open_panel

    try:
        panel = open_panel(config.panel)
    except PanelError as error:
        return [
            bad("panel", str(error), "sudo apt-get install python3-lgpio, then install.sh again")
        ]
    if panel is not None:
        panel.close()
    return [
        ok("panel", f"button on GPIO{config.panel.button_pin}, LED on GPIO{config.panel.led_pin}")
    ]


def _print_lines(findings: list[Finding]) -> None:
    for finding in findings:
        click.echo(f"{SIGNS[finding.state]}  {finding.topic}: {finding.text}")
        if finding.remedy:
            click.echo(f"        -> {finding.remedy}")


def _print_json(findings: list[Finding]) -> None:
    import json
    from dataclasses import asdict

    good = all(finding.state != "bad" for finding in findings)
    body = {"schema": "plms.doctor/1", "ok": good, "findings": [asdict(f) for f in findings]}
    click.echo(json.dumps(body, indent=2))
