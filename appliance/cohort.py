"""Many recordings at once: in parallel, one line each, going on where a run was interrupted."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, NamedTuple

from appliance.edf.header import EdfError
from appliance.edf.read import open_recording
from appliance.replay import own_rules, score_recording
from detect.detector import DETECTOR_VERSION
from detect.rules import SIT, WASM2016, RuleError, RuleSet, find_rules
from detect.score import SCORING_VERSION
from detect.sit import SIT_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


class Maker(NamedTuple):
    """What a line was made by: another one may come to another answer."""

    rules: str
    rules_version: int | None
    scoring_version: str | None
    detector: str | None
    """None: the line is of a program that did not write it."""

    def __str__(self) -> str:
        """Name it on one line."""
        rules = f"{self.rules} version {self.rules_version}"
        return f"{rules} (scoring {self.scoring_version}, detector {self.detector})"


Done = dict[str, set[Maker]]
"""Source to what it was scored by."""


def score_line(path: Path, rules_name: str | None) -> tuple[str | None, str | None]:
    """Return (JSON line, None) of a recording, or (None, what is wrong with it)."""
    try:
        scored = score_recording(path, None if rules_name is None else find_rules(rules_name))
        return json.dumps(scored.to_json(), allow_nan=False), None
    except (EdfError, RuleError) as error:
        return None, str(error)
    except (ValueError, OSError) as error:
        return None, f"{path}: {error}"


def score_lines(
    paths: Iterable[Path], rules_name: str | None, jobs: int
) -> Iterator[tuple[str | None, str | None]]:
    """Score recordings in `jobs` processes; yield as each is done, as `score_line` returns."""
    waiting = list(paths)
    if jobs <= 1 or len(waiting) <= 1:
        for path in waiting:
            yield score_line(path, rules_name)
        return
    with ProcessPoolExecutor(min(jobs, len(waiting))) as pool:
        futures = {pool.submit(score_line, path, rules_name): path for path in waiting}
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield None, f"{futures[future]}: a process was killed (memory?): try fewer --jobs"


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0))


def maker(rules: RuleSet) -> Maker:
    """Return what this program writes by these rules."""
    version = SIT_VERSION if rules.name == SIT.name else SCORING_VERSION
    return Maker(rules.name, rules.version, version, DETECTOR_VERSION)


def _maker_of(line: dict[str, Any]) -> Maker:
    indices = line["indices"]
    version = indices.get("scoring_version", indices.get("sit_version"))
    return Maker(indices["rules"], indices.get("rules_version"), version, line.get("detector"))


def read_done(out: Path) -> tuple[Done, int]:
    """Return what `out` holds already, and where its last whole line ends [bytes].

    Raises
    ------
    ValueError
        Naming the file: a line is none of ours.
    """
    done: Done = {}
    end = 0
    with out.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break  # interrupted in the middle of a line
            try:
                night = json.loads(line)
                done.setdefault(str(night["source"]), set()).add(_maker_of(night))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f"{out}: a line is not of `plms score --json`") from error
            end += len(line)
    return done, end


def still_to_score(paths: Iterable[Path], rules_name: str | None, done: Done) -> list[Path]:
    """Return the recordings that are not done by these rules (None: by those of their kind)."""
    return [path for path in paths if not _is_done(path, rules_name, done.get(str(path), set()))]


def _is_done(path: Path, rules_name: str | None, makers: set[Maker]) -> bool:
    if not makers:
        return False
    try:
        rules = own_rules(open_recording(path)) if rules_name is None else find_rules(rules_name)
    except EdfError:
        return False  # scoring it says what is wrong
    return maker(rules) in makers


def other_makers(rules_name: str | None, done: Done) -> list[str]:
    """Name whatever made lines of `done` and is not what these rules would be written by."""
    ours = (WASM2016, SIT) if rules_name is None else (find_rules(rules_name),)
    held = set().union(*done.values())
    return sorted(str(one) for one in held - {maker(rules) for rules in ours})
