"""Few numbers of each recording, counted once and kept between requests and restarts."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable
    from datetime import date

Counted = TypeVar("Counted", bound=Any)

AFTER_ALL = "~"


def names_between(first: date | None, last: date | None) -> tuple[str, str]:
    """Return bounds of the names of recordings between two evenings (both included)."""
    low = "" if first is None else first.isoformat()
    return low, AFTER_ALL if last is None else f"{last.isoformat()}{AFTER_ALL}"


def counted_once(
    keep: sqlite3.Connection,
    bounds: tuple[str, str],
    wanted: Iterable[tuple[str, str, int]],
    kind: type[Counted],
    count: Callable[[int], Counted],
) -> list[Counted]:
    """Return what is counted of each recording; only what is new or has changed is counted now.

    Parameters
    ----------
    keep : sqlite3.Connection
        Where it is remembered.
    bounds : (str, str)
        All names lie from the first on and before the second.
    wanted : iterable of (str, str, int)
        Name, what it is counted from (another mark means counting again), and id of each.
    kind : type
        A dataclass.
    count : callable
        Counts the recording of an id.
    """
    known = {
        row["night"]: (row["fingerprint"], row["body"])
        for row in keep.execute("SELECT * FROM summaries WHERE night >= ? AND night < ?", bounds)
    }
    found = []
    fresh = []
    for name, mark, night_id in wanted:
        held = known.get(name)
        if held is not None and held[0] == mark:
            found.append(msgspec.json.decode(held[1], type=kind))
            continue
        one = count(night_id)
        fresh.append((name, mark, msgspec.json.encode(asdict(one)).decode()))
        found.append(one)
    if fresh:
        keep.executemany("INSERT OR REPLACE INTO summaries VALUES (?, ?, ?)", fresh)
    return found
