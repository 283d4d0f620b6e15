"""Many recordings at once: in parallel, one line each, going on where a run was interrupted."""

from __future__ import annotations

import json
import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from appliance.edf.header import EdfError
from appliance.replay import score_recording
from detect.rules import RuleError, find_rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


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


def read_done(out: Path) -> tuple[set[str], int]:
    """Return the sources that `out` holds already, and where its last whole line ends [bytes]."""
    done: set[str] = set()
    end = 0
    with out.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                break  # interrupted in the middle of a line
            try:
                done.add(str(json.loads(line)["source"]))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{out}: a line is not of `plms score --json`") from error
            end += len(line)
    return done, end
