"""Night after night: points on a calendar with its holes, never joined by a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 210.0
LEFT = 30.0
BOTTOM = 30.0
TOP = 10.0
FLOOR = HEIGHT - BOTTOM


@dataclass(frozen=True, slots=True)
class Point:
    """One night, or one evening test."""

    day: float
    """Days since the first day drawn."""
    value: float
    low: float
    high: float
    eligible: bool
    """False: too little was measured; drawn hollow and left out of every median."""


@dataclass(frozen=True, slots=True)
class Span:
    """The median of a span of nights, with the range of the nights in it."""

    first_day: int
    last_day: int
    median: float
    low: float
    high: float


def draw(
    points: Sequence[Point],
    spans: Sequence[Span],
    days: Sequence[tuple[int, str]],
    n_days: int,
    title: str,
    description: str,
    *,
    name: str = "nightpoints",
    least: float = 20.0,
    line: tuple[float, str] | None = None,
) -> Markup:
    """Draw the nights.

    Parameters
    ----------
    spans : sequence of Span
        Shaded ranges with their median as a line: a summary, not a joining of nights.
    days : sequence of (day, label)
        Marks of the axis.
    n_days : int
        Days drawn, with and without a night.
    name : str
        Unique on the page.
    least : float
        The scale never ends below it.
    line : (float, str), optional
        A value drawn right across, and what stands at it.
    """
    highest = _nice(max([least, *(point.high for point in points)]))
    at = _Frame(n_days, highest)
    parts = [
        *(part for span in spans for part in _span(span, at)),
        *(part for share in (0.0, 0.5, 1.0) for part in _level(highest * share, at)),
        *(() if line is None else _cutoff(*line, at)),
        *(part for day, label in days for part in _day(day, label, at)),
        *_nights(points, at),
    ]
    return svg.chart(name, title, description, WIDTH, HEIGHT, parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a day and a value lie in the drawing."""

    n_days: int
    highest: float

    def x(self, day: float) -> float:
        return LEFT + 6.0 + (WIDTH - LEFT - 12.0) * day / max(1, self.n_days - 1)

    def y(self, value: float) -> float:
        return FLOOR - (FLOOR - TOP) * value / self.highest


def _across(kind: str, left: float, y: float, right: float = WIDTH) -> Markup:
    return svg.path(kind, [f"M{svg.number(left)} {svg.number(y)}H{svg.number(right)}"])


def _span(span: Span, at: _Frame) -> Iterator[Markup]:
    left, right = at.x(span.first_day) - 4.0, at.x(span.last_day) + 4.0
    top = at.y(span.high)
    yield svg.tag(
        "rect",
        class_="band",
        x=left,
        y=top,
        width=right - left,
        height=max(1.0, at.y(span.low) - top),
    )
    yield _across("median", left, at.y(span.median), right)


def _level(value: float, at: _Frame) -> Iterator[Markup]:
    yield _across("grid", LEFT, at.y(value))
    yield svg.words(svg.number(value), LEFT - 5.0, at.y(value) + 4.0, "tick", "end")


def _cutoff(value: float, words: str, at: _Frame) -> Iterator[Markup]:
    yield _across("cutoff", LEFT, at.y(value))
    yield svg.words(words, LEFT + 2.0, at.y(value) - 5.0, "label")


def _day(day: int, label: str, at: _Frame) -> Iterator[Markup]:
    anchor = "end" if day >= at.n_days - 1 else "middle"
    yield svg.words(label, at.x(day), HEIGHT - 8.0, "tick", anchor)
    yield svg.path("axis", [svg.vertical(at.x(day), FLOOR, 4.0)])


def _nights(points: Sequence[Point], at: _Frame) -> Iterator[Markup]:
    whiskers = (point for point in points if point.high > point.low)
    yield svg.path(
        "whisker",
        (
            svg.vertical(at.x(point.day), at.y(point.high), at.y(point.low) - at.y(point.high))
            for point in whiskers
        ),
    )
    for point in points:
        yield svg.tag(
            "circle",
            class_="night" if point.eligible else "night hollow",
            cx=at.x(point.day),
            cy=at.y(point.value),
            r=3.6,
        )


def _nice(value: float) -> float:
    for step in (10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0):
        if value <= step:
            return step
    return value
