"""`plms score-movements`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from appliance.cli.options import Failure
from detect.cases import read_case, score_case
from detect.rules import RULE_SETS, RuleError, find_rules, with_half_second_window


def _load(file: Path) -> list[Any]:
    try:
        cases = json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise Failure(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise Failure(f"{file}: not JSON: {error}") from error
    except RecursionError:
        raise Failure(f"{file}: not JSON of cases: nested too deeply") from None
    return cases if isinstance(cases, list) else [cases]


def _line(scored: dict[str, Any]) -> str:
    counts, hourly = scored["counts"], scored["per_hour"]
    index = hourly["PLM"]["TIB"]
    per_hour = "time in bed unknown" if index is None else f"{index:.1f} per hour in bed"
    return (
        f"{scored['name']}: {counts['CLM']['TIB']:.0f} CLM, {counts['PLM']['TIB']:.0f} PLM, "
        f"{per_hour}"
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--rules",
    "name",
    type=click.Choice(list(RULE_SETS)),
    default=next(iter(RULE_SETS)),
    show_default=True,
    help="Named rule set.",
)
@click.option(
    "--resp-window",
    type=click.Choice(["-2..+10.25", "+-0.5"]),
    default="-2..+10.25",
    show_default=True,
    help="WASM: seconds around a respiratory event's end that mark a movement as related.",
)
@click.option("--json", "as_json", is_flag=True, help="Print events, counts and indices as JSON.")
def command(file: Path, name: str, resp_window: str, *, as_json: bool) -> None:
    """Score lists of movements by a named rule set.

    FILE holds one case or a list of cases: lms, resp, arousal, stages.

    Example: plms score-movements cases.json --rules wasm2016-strict --json
    """
    rules = find_rules(name)
    if resp_window == "+-0.5":
        rules = with_half_second_window(rules)
    try:
        scored = [
            score_case(read_case(case, number), rules) for number, case in enumerate(_load(file))
        ]
    except RuleError as error:
        raise Failure(f"{file}: {error}") from error
    if as_json:
        click.echo(json.dumps(scored, allow_nan=False))
        return
    for one in scored:
        click.echo(_line(one))
