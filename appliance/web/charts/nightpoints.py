"""Night after night: points on a calendar with its holes, never joined by a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 210.0
LEFT = 30.0
BOTTOM = 30.0
TOP = 10.0


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
    floor = HEIGHT - BOTTOM

    def x(day: float) -> float:
        return LEFT + 6.0 + (WIDTH - LEFT - 12.0) * day / max(1, n_days - 1)

    def y(value: float) -> float:
        return floor - (floor - TOP) * value / highest

    parts = []
    for span in spans:
        left, right = x(span.first_day) - 4.0, x(span.last_day) + 4.0
        parts.append(
            svg.tag(
                "rect",
                class_="band",
                x=left,
                y=y(span.high),
                width=right - left,
                height=max(1.0, y(span.low) - y(span.high)),
            )
        )
        parts.append(
            svg.path(
                "median", [f"M{svg.number(left)} {svg.number(y(span.median))}H{svg.number(right)}"]
            )
        )
    for share in (0.0, 0.5, 1.0):
        value = highest * share
        parts.append(
            svg.path("grid", [f"M{svg.number(LEFT)} {svg.number(y(value))}H{svg.number(WIDTH)}"])
        )
        parts.append(svg.words(svg.number(value), LEFT - 5.0, y(value) + 4.0, "tick", "end"))
    if line is not None:
        parts.append(
            svg.path(
                "cutoff", [f"M{svg.number(LEFT)} {svg.number(y(line[0]))}H{svg.number(WIDTH)}"]
            )
        )
        parts.append(svg.words(line[1], LEFT + 2.0, y(line[0]) - 5.0, "label"))
    for day, label in days:
        anchor = "end" if day >= n_days - 1 else "middle"
        parts.append(svg.words(label, x(day), HEIGHT - 8.0, "tick", anchor))
        parts.append(svg.path("axis", [svg.vertical(x(day), floor, 4.0)]))
    parts.append(
        svg.path(
            "whisker",
            (
                svg.vertical(x(point.day), y(point.high), y(point.low) - y(point.high))
                for point in points
                if point.high > point.low
            ),
        )
    )
    parts.extend(
        svg.tag(
            "circle",
            class_="night" if point.eligible else "night hollow",
            cx=x(point.day),
            cy=y(point.value),
            r=3.6,
        )
        for point in points
    )
    return svg.chart(name, title, description, WIDTH, HEIGHT, parts)


def _nice(value: float) -> float:
    for step in (10.0, 20.0, 30.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0):
        if value <= step:
            return step
    return value
