"""The diary's questions, and the nights beside their answers."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from appliance.store import diary
from appliance.web.language import say
from appliance.web.views.compare import Comparison, compare

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from appliance.web.views.summaries import Summary

Line = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2000)]
Score = Annotated[int, Meta(ge=0, le=10)]
Count = Annotated[int, Meta(ge=0, le=20)]


class Evening(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What was different that evening; None is not answered."""

    alone: bool | None = None
    """Slept alone."""
    caffeine: Count | None = None
    """Cups after noon."""
    alcohol: Count | None = None
    """Drinks."""
    smoking: bool | None = None
    iron: bool | None = None
    """Took iron."""
    medicine: Line = ""
    """Medicine and dose, as the person writes it."""
    exercise: Literal["none", "some", "hard"] | None = None
    legs_cooled: bool | None = None
    pregnancy_week: Annotated[int, Meta(ge=1, le=43)] | None = None
    child_age: Annotated[int, Meta(ge=0, le=17)] | None = None
    """Years; where a child wears the sensors."""
    note: Text = ""


class Morning(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """How it was in the morning."""

    rested: Score | None = None
    """0 not at all, 10 fully."""
    legs: Score | None = None
    """Restless legs before sleep: 0 calm, 10 unbearable."""
    note: Text = ""


BOOLEANS = frozenset({"alone", "smoking", "iron", "legs_cooled"})


def from_form(kind: type[Evening | Morning], form: dict[str, str]) -> dict[str, Any]:
    """Read a form's answers.

    Raises
    ------
    msgspec.ValidationError
        When an answer is out of range.
    """
    given: dict[str, Any] = {}
    for name in kind.__struct_fields__:
        text = form.get(name, "").strip()
        if text and name in BOOLEANS:
            given[name] = text == "yes"
        elif text:
            given[name] = text
    answers = msgspec.to_builtins(msgspec.convert(given, kind, strict=False))
    return {name: value for name, value in answers.items() if value is not None}


def parse_day(text: str, today: date) -> date | None:
    """Return the day of a diary page; None where it is no day of the last century, or ahead."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if date(1990, 1, 1) <= day <= today else None


def remembered(db: sqlite3.Connection, day: date) -> dict[str, Any]:
    """Return what is likely the same as the evening before: medicine, pregnancy, a child's age."""
    before: dict[str, Any] = diary.get(db, (day - timedelta(days=1)).isoformat())["evening"]
    same = ("medicine", "alone", "pregnancy_week", "child_age")
    return {key: before[key] for key in same if key in before}


def questions() -> list[tuple[str, str, str, Callable[[dict[str, Any]], bool | None]]]:
    """Return (name, with, without, which nights) of every question that divides the nights."""

    def flag(name: str) -> Callable[[dict[str, Any]], bool | None]:
        return lambda answers: answers.get(name)

    def some(name: str) -> Callable[[dict[str, Any]], bool | None]:
        return lambda answers: None if name not in answers else answers[name] > 0

    def text(name: str) -> Callable[[dict[str, Any]], bool | None]:
        return lambda answers: bool(answers.get(name)) if answers else None

    def exercised(answers: dict[str, Any]) -> bool | None:
        return None if "exercise" not in answers else answers["exercise"] != "none"

    return [
        ("alone", say("alone"), say("not alone"), flag("alone")),
        ("caffeine", say("with caffeine"), say("without caffeine"), some("caffeine")),
        ("alcohol", say("with alcohol"), say("without alcohol"), some("alcohol")),
        ("smoking", say("with smoking"), say("without smoking"), flag("smoking")),
        ("iron", say("with iron"), say("without iron"), flag("iron")),
        ("medicine", say("with medicine"), say("without medicine"), text("medicine")),
        ("exercise", say("with exercise"), say("without exercise"), exercised),
        ("legs_cooled", say("legs cooled"), say("legs not cooled"), flag("legs_cooled")),
    ]


def beside_nights(db: sqlite3.Connection, nights: Sequence[Summary]) -> list[Comparison]:
    """Compare the nights with and without each thing; only where both sides have enough."""
    answers = {night.name: diary.get(db, night.day.isoformat())["evening"] for night in nights}
    found = []
    for _, with_it, without_it, which in questions():
        sides: dict[bool, list[Summary]] = {True: [], False: []}
        for night in nights:
            answer = which(answers[night.name])
            if answer is not None and night.eligible:
                sides[answer].append(night)
        result = compare(without_it, sides[False], with_it, sides[True])
        if result.change is not None:
            found.append(result)
    return found
