"""From one leg movement to the next in the evening test, second by second up to 90 s."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 176.0
LEFT = 30.0
RIGHT = 6.0
TOP = 26.0
BOTTOM = 36.0
FLOOR = HEIGHT - BOTTOM
MARKS_S = (4, 20, 40, 60, 90)


def draw(
    counts: Sequence[int],
    title: str,
    description: str,
    axis: str,
    band_s: tuple[float, float],
    common_s: tuple[float, float],
    common: str,
) -> Markup:
    """Draw the histogram.

    Parameters
    ----------
    counts : sequence of int
        Intervals of each second, from 0 s on.
    axis : str
        Words under the axis.
    band_s : (float, float)
        Shaded: the intervals that count [s].
    common_s : (float, float)
        Marked above: the most common interval of the published tests [s].
    common : str
        What stands at that mark.
    """
    at = _Frame(len(counts), max([4, *counts]))
    parts = [
        *_backdrop(band_s, common_s, common, at),
        *_bars(counts, band_s, at),
        *_axes(axis, at),
    ]
    return svg.chart("sitintervals", title, description, WIDTH, HEIGHT, parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a second and a count lie in the drawing."""

    seconds: int
    tallest: int

    def x(self, at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at_s / self.seconds

    def y(self, count: float) -> float:
        return FLOOR - (FLOOR - TOP - 4.0) * count / self.tallest


def _shade(kind: str, left: float, right: float) -> Markup:
    return svg.tag("rect", class_=kind, x=left, y=TOP, width=right - left, height=FLOOR - TOP)


def _backdrop(
    band_s: tuple[float, float], common_s: tuple[float, float], common: str, at: _Frame
) -> Iterator[Markup]:
    left, right = at.x(common_s[0]), at.x(common_s[1])
    yield _shade("band", at.x(band_s[0]), at.x(band_s[1]))
    yield _shade("common", left, right)
    yield svg.words(common, left, 14.0, "label")
    yield svg.path("axis", [svg.vertical((left + right) / 2, 18.0, TOP - 18.0)])


def _bars(counts: Sequence[int], band_s: tuple[float, float], at: _Frame) -> Iterator[Markup]:
    for second, count in enumerate(counts):
        if count:
            yield svg.tag(
                "rect",
                class_="bar" if band_s[0] <= second < band_s[1] else "bar rest",
                x=at.x(second) + 0.3,
                y=at.y(count),
                width=at.x(second + 1) - at.x(second) - 0.6,
                height=FLOOR - at.y(count),
            )


def _axes(axis: str, at: _Frame) -> Iterator[Markup]:
    yield svg.path("axis", [f"M{svg.number(LEFT)} {svg.number(FLOOR)}H{svg.number(WIDTH - RIGHT)}"])
    for mark in MARKS_S:
        anchor = "end" if mark >= at.seconds else "middle"
        yield svg.words(str(mark), at.x(mark), FLOOR + 15.0, "tick", anchor)
    yield svg.path("axis", (svg.vertical(at.x(mark), FLOOR, 3.0) for mark in MARKS_S))
    yield svg.words(axis, (LEFT + WIDTH) / 2, HEIGHT - 4.0, "tick", "middle")
    for value in (0, at.tallest):
        yield svg.words(str(value), LEFT - 5.0, at.y(value) + 4.0, "tick", "end")
