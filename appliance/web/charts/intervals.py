"""How long from one kick to the next: the rhythm, on a logarithmic axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 170.0
LEFT = 30.0
BOTTOM = 36.0
TOP = 12.0
SHORTEST_S = 1.0
LONGEST_S = 600.0
BINS_PER_DECADE = 10
MARKS_S = (2, 5, 10, 20, 40, 90, 300)


def edges_s() -> list[float]:
    """Return the bins' edges [s]: ten a decade, with 10 s an edge."""
    first = math.floor(math.log10(SHORTEST_S) * BINS_PER_DECADE)
    last = math.ceil(math.log10(LONGEST_S) * BINS_PER_DECADE)
    return [10.0 ** (step / BINS_PER_DECADE) for step in range(first, last + 1)]


def count(intervals_s: Sequence[float]) -> list[tuple[float, float, int]]:
    """Return (from, to, number) of each bin; what lies outside counts to the outermost bins."""
    edges = edges_s()
    numbers = [0] * (len(edges) - 1)
    for interval in intervals_s:
        place = math.floor((math.log10(max(interval, 0.01)) + 1e-9) * BINS_PER_DECADE)
        numbers[min(max(place, 0), len(numbers) - 1)] += 1
    return list(zip(edges, edges[1:], numbers, strict=False))


def draw(
    intervals_s: Sequence[float], title: str, description: str, axis: str, band: tuple[float, float]
) -> Markup:
    """Draw the histogram.

    Parameters
    ----------
    intervals_s : sequence of float
        Inter-movement intervals, onset to onset [s].
    axis : str
        Words under the axis.
    band : (float, float)
        Shaded: the intervals that make a series [s].
    """
    bins = count(intervals_s)
    tallest = max([4, *(number for *_, number in bins)])
    floor = HEIGHT - BOTTOM
    parts = [
        svg.tag(
            "rect",
            class_="band",
            x=_x(band[0]),
            y=TOP,
            width=_x(band[1]) - _x(band[0]),
            height=floor - TOP,
        )
    ]
    for start_s, end_s, number in bins:
        height = (floor - TOP - 4.0) * number / tallest
        inside = band[0] <= math.sqrt(start_s * end_s) <= band[1]
        if number:
            parts.append(
                svg.tag(
                    "rect",
                    class_="bar" if inside else "bar rest",
                    x=_x(start_s) + 0.5,
                    y=floor - height,
                    width=_x(end_s) - _x(start_s) - 1.0,
                    height=height,
                )
            )
    parts.append(svg.path("axis", [f"M{svg.number(LEFT)} {svg.number(floor)}H{svg.number(WIDTH)}"]))
    parts.extend(svg.words(str(m), _x(m), floor + 15.0, "tick", "middle") for m in MARKS_S)
    parts.append(svg.path("axis", (svg.vertical(_x(mark), floor, 3.0) for mark in MARKS_S)))
    parts.append(svg.words(axis, (LEFT + WIDTH) / 2, HEIGHT - 4.0, "tick", "middle"))
    for value in (0, tallest):
        y = floor - (floor - TOP - 4.0) * value / tallest
        parts.append(svg.words(str(value), LEFT - 5.0, y + 4.0, "tick", "end"))
    return svg.chart("intervals", title, description, WIDTH, HEIGHT, parts)


def _x(seconds: float) -> float:
    share = math.log(seconds / SHORTEST_S) / math.log(edges_s()[-1] / SHORTEST_S)
    return LEFT + (WIDTH - LEFT) * share
