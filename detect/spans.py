"""Stretches of ticks: union, overlap, what is left. Half-open [start, end)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[int, int]


def union(spans: Iterable[Span], within: Span) -> list[Span]:
    """Return the spans clipped to `within`, merged, ordered and without empty ones."""
    low, high = within
    merged: list[Span] = []
    for start, end in sorted(spans):
        start, end = max(start, low), min(end, high)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def total(spans: Iterable[Span]) -> int:
    """Return the ticks in disjoint spans."""
    return sum(end - start for start, end in spans)


def overlap(spans: Sequence[Span], start: int, end: int) -> int:
    """Return the ticks of [start, end) that lie in ordered, disjoint spans."""
    index = max(bisect_right(spans, (start, start)) - 1, 0)
    ticks = 0
    while index < len(spans) and spans[index][0] < end:
        ticks += max(min(spans[index][1], end) - max(spans[index][0], start), 0)
        index += 1
    return ticks


def outside(ticks: Sequence[float], within: Span, spans: Iterable[Span]) -> list[slice]:
    """Return where in ordered ticks those lie that are in `within` and in none of its spans.

    A slice for before the first span, for between any two and for after the last; some are empty.

    Parameters
    ----------
    ticks : sequence of float
        Ordered.
    within : Span
        Around all spans.
    spans : iterable of Span
        Ordered and disjoint.
    """
    pieces: list[slice] = []
    first = bisect_left(ticks, within[0])
    for start, end in spans:
        pieces.append(slice(first, bisect_left(ticks, start, first)))
        first = bisect_left(ticks, end, first)
    return [*pieces, slice(first, bisect_left(ticks, within[1], first))]
