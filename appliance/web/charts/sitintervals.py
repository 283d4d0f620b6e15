"""From one leg movement to the next in the evening test, second by second up to 90 s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
HEIGHT = 176.0
LEFT = 30.0
RIGHT = 6.0
TOP = 26.0
BOTTOM = 36.0
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
    tallest = max([4, *counts])
    floor = HEIGHT - BOTTOM
    seconds = len(counts)

    def x(at_s: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at_s / seconds

    def y(count: float) -> float:
        return floor - (floor - TOP - 4.0) * count / tallest

    left, right = x(common_s[0]), x(common_s[1])
    parts = [
        svg.tag(
            "rect",
            class_="band",
            x=x(band_s[0]),
            y=TOP,
            width=x(band_s[1]) - x(band_s[0]),
            height=floor - TOP,
        ),
        svg.tag("rect", class_="common", x=left, y=TOP, width=right - left, height=floor - TOP),
        svg.words(common, left, 14.0, "label"),
        svg.path("axis", [svg.vertical((left + right) / 2, 18.0, TOP - 18.0)]),
    ]
    parts.extend(
        svg.tag(
            "rect",
            class_="bar" if band_s[0] <= second < band_s[1] else "bar rest",
            x=x(second) + 0.3,
            y=y(count),
            width=x(second + 1) - x(second) - 0.6,
            height=floor - y(count),
        )
        for second, count in enumerate(counts)
        if count
    )
    parts.append(
        svg.path("axis", [f"M{svg.number(LEFT)} {svg.number(floor)}H{svg.number(WIDTH - RIGHT)}"])
    )
    for mark in MARKS_S:
        anchor = "end" if mark >= seconds else "middle"
        parts.append(svg.words(str(mark), x(mark), floor + 15.0, "tick", anchor))
    parts.append(svg.path("axis", (svg.vertical(x(mark), floor, 3.0) for mark in MARKS_S)))
    parts.append(svg.words(axis, (LEFT + WIDTH) / 2, HEIGHT - 4.0, "tick", "middle"))
    parts.extend(
        svg.words(str(value), LEFT - 5.0, y(value) + 4.0, "tick", "end") for value in (0, tallest)
    )
    return svg.chart("sitintervals", title, description, WIDTH, HEIGHT, parts)
