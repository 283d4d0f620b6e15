"""The command `plms`: one module a command, loaded when it is called."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from typing import Any

import click

from appliance.version import VERSION

COMMANDS = {
    "record": "record the sensors (runs beside the bed, needs no network)",
    "serve": "serve the pages and publish to MQTT",
    "demo": "simulate a full night through simulated chips, then serve it",
    "score": "detect and score movements in EDF recordings",
    "score-movements": "score lists of movements by a named rule set",
    "export": "write one night as EDF+, CSV, JSON or zip",
    "nights": "list the nights",
    "calibrate": "teach the device this bed",
    "doctor": "check sensors, clock, disk and broker",
    "backup": "copy the database to one file, while recording too",
    "restore": "bring a backup back",
    "config": "check the configuration",
}


NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _give_up_output() -> None:
    """Let go of standard output: Python would try once more at the exit what still waits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


class Commands(click.Group):
    """A group whose commands are imported only when they are used (a Pi Zero starts slowly)."""

    def main(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - click's signature
        """Run a command; say in one line that its output could not be written (a full disk)."""
        try:
            return super().main(*args, **extra)
        except OSError as error:
            if error.errno not in NO_ROOM or error.filename is not None:
                raise  # what is written to a file of a name is said where that is done
            _give_up_output()
            click.echo(f"Error: standard output: cannot be written: {error.strerror}", err=True)
            sys.exit(1)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of a night's life."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import one command's module."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"appliance.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="plms")
def main() -> None:
    """Keep a bedside log of leg movements in sleep: a screening log, not a diagnosis."""
