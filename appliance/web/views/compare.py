"""Two groups of nights compared honestly: medians, ranges, counts, and what chance would do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from appliance.web.language import many, say
from appliance.web.words.night import rounded
from detect.nights import MIN_NIGHTS, NightPoint, compare_periods, summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from appliance.web.views.summaries import Summary
    from detect.nights import Change


@dataclass(frozen=True, slots=True)
class Group:
    """Some nights."""

    title: str
    nights: int
    left_out: int
    median: float | None
    low: float | None
    high: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two groups and what can be said of them."""

    first: Group
    second: Group
    change: Change | None
    verdict: str


def group_of(title: str, nights: Sequence[Summary]) -> Group:
    """Sum up some nights."""
    held = [night for night in nights if night.eligible]
    together = summarise([NightPoint(night.name, night.plmi_tib) for night in held])
    count = many(len(held), "{n} night", "{n} nights")
    if together.median is None or together.low is None or together.high is None:
        text = say("{count}; {n} are needed", count=count, n=MIN_NIGHTS)
    else:
        text = say(
            "in the middle {median} an hour, {low} to {high}, {count}",
            median=rounded(together.median),
            low=rounded(together.low),
            high=rounded(together.high),
            count=count,
        )
    return Group(
        title,
        len(held),
        len(nights) - len(held),
        together.median,
        together.low,
        together.high,
        text,
    )


def values_of(nights: Iterable[Summary]) -> list[float]:
    """Return the figures of the nights that count."""
    return [n.plmi_tib for n in nights if n.eligible and n.plmi_tib is not None]


@lru_cache(maxsize=32)
def _change(before: tuple[float, ...], after: tuple[float, ...]) -> Change | None:
    return compare_periods(before, after)  # thousands of divisions: remembered


def compare(
    first_title: str,
    first: Sequence[Summary],
    second_title: str,
    second: Sequence[Summary],
) -> Comparison:
    """Compare two groups of nights."""
    change = _change(tuple(values_of(first)), tuple(values_of(second)))
    return Comparison(
        group_of(first_title, first),
        group_of(second_title, second),
        change,
        verdict(second_title, change),
    )


def verdict(title: str, change: Change | None) -> str:
    """Say what can be said; never more."""
    if change is None:
        return say(
            "Too few nights to compare: each side needs at least {n} with 4 hours counted.",
            n=MIN_NIGHTS,
        )
    size = say("{n} an hour", n=rounded(abs(change.effect)))
    way = say("more") if change.effect > 0 else say("fewer")
    if change.low is None or change.high is None:
        reach = say("With so few nights its true size cannot be bounded.")
    else:
        reach = say(
            "It may lie anywhere from {low} to {high}.",
            low=_signed(change.low),
            high=_signed(change.high),
        )
    if not change.beyond_ordinary:
        return say(
            "{title}: {size} {way} on average; nights differ that much by themselves"
            " (chance does as much in {p} of 100 cases). {reach}",
            title=title[:1].upper() + title[1:],
            size=size,
            way=way,
            p=max(1, round(100 * change.p_value)),
            reach=reach,
        )
    return say(
        "{title}: {size} {way} on average, more than these nights differ by themselves"
        " (chance does as much in {p} of 100 cases). {reach} Why, this cannot say.",
        title=title[:1].upper() + title[1:],
        size=size,
        way=way,
        p=max(1, round(100 * change.p_value)),
        reach=reach,
    )


def _signed(value: float) -> str:
    text = rounded(abs(value))
    if text == "0":
        return text
    return f"+{text}" if value > 0 else f"−{text}"
