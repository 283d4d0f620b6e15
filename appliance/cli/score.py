"""`plms score`."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from appliance.cli.options import Failure, progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from appliance.cohort import Done


@contextmanager
def _sink(out: Path | None) -> Iterator[tuple[BinaryIO, Done]]:
    """Open where the lines go, with what is there already."""
    from appliance.cohort import read_done

    if out is None:
        yield sys.stdout.buffer, {}
        return
    try:
        done, end = read_done(out) if out.exists() else ({}, 0)
        with out.open("r+b" if out.exists() else "wb") as file:
            file.truncate(end)
            file.seek(end)
            yield file, done
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror}") from error
    except ValueError as error:
        raise Failure(str(error)) from error


def _print_words(files: tuple[Path, ...], rules: str | None) -> int:
    from appliance.edf.header import EdfError
    from appliance.replay import score_recording
    from appliance.sit.summary import sit_lines
    from appliance.summary import summary_lines
    from detect.rules import find_rules
    from detect.sit import SitScore

    failures = 0
    for file in files:
        try:
            scored = score_recording(file, None if rules is None else find_rules(rules))
        except (EdfError, ValueError) as error:
            failures += 1
            click.echo(f"Error: {error}", err=True)
            continue
        if isinstance(scored.score, SitScore):
            lines = sit_lines(scored.source, scored.score)
        else:
            lines = summary_lines(scored.source, scored.score, scored.found.movements)
        click.echo("\n".join(lines))
    return failures


def _print_json(
    files: tuple[Path, ...], rules: str | None, jobs: int | None, out: Path | None
) -> int:
    import time

    from appliance.cohort import cores, other_makers, score_lines, still_to_score

    failures, began_s = 0, time.monotonic()
    with _sink(out) as (sink, done):
        todo = still_to_score(files, rules, done)
        if done:
            click.echo(f"{len(files) - len(todo)} of {len(files)} are in {out} already", err=True)
        if others := other_makers(rules, done):
            held = ", ".join(others)
            click.echo(f"{out} also holds lines by {held}: each line names its rules", err=True)
        with progress(len(todo), "Scoring") as bar:
            for line, wrong in score_lines(todo, rules, jobs or cores()):
                if line is not None:
                    sink.write(line.encode() + b"\n")
                    sink.flush()
                else:
                    failures += 1
                    click.echo(f"Error: {wrong}", err=True)
                bar.update(1)
    scored, took_s = len(todo) - failures, time.monotonic() - began_s
    if len(todo) > 1:
        speed = f"{scored / took_s:.2f} a second in {min(jobs or cores(), len(todo))} processes"
        count = "1 recording" if scored == 1 else f"{scored} recordings"
        click.echo(f"{count} in {took_s:.1f} s: {speed}", err=True)
    return failures


@click.command()
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, nothing else.")
@click.option("--rules", help="Rule set.  [default: wasm2016; sit for an evening test]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Append JSON lines to this file; recordings that are in it by these rules are skipped.",
)
@click.option(
    "--jobs", type=click.IntRange(1, 256), help="Processes.  [default: one a processor core]"
)
def command(
    files: tuple[Path, ...], as_json: bool, rules: str | None, out: Path | None, jobs: int | None
) -> None:
    """Detect and score leg movements in EDF recordings.

    The signals must be named ACC-L X ... STRIP (docs/recordings.md); any of them may be missing.

    Example: plms score night1.edf night2.edf --json
    """
    from detect.rules import RuleError, find_rules

    try:
        if rules is not None:
            find_rules(rules)
    except RuleError as error:
        raise Failure(str(error)) from error
    if as_json or out is not None:
        failures = _print_json(files, rules, jobs, out)
    else:
        failures = _print_words(files, rules)
    if failures and len(files) == 1:
        raise click.exceptions.Exit(1)  # its one line is said
    if failures:
        raise Failure(f"{failures} of {len(files)} recordings could not be scored")
