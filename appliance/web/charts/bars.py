"""Kicks in each hour of the night, as lying bars with their numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from appliance.web.charts import svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

WIDTH = 360.0
LABEL = 44.0
VALUE = 66.0
ROW = 26.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour."""

    label: str
    value: float | None
    """Rhythmic kicks per hour; None: too little was measured."""
    rest: float
    """Other kicks per hour, drawn after it."""
    note: str
    """Written behind the bar."""


def draw(bars: Sequence[Bar], title: str, description: str) -> Markup:
    """Draw the bars; their length starts at 0 always."""
    longest = max([10.0, *((bar.value or 0.0) + bar.rest for bar in bars)])
    room = WIDTH - LABEL - VALUE
    parts = []
    for row, bar in enumerate(bars):
        y = ROW * row
        parts.append(svg.words(bar.label, 0.0, y + 17.0, "label"))
        end = LABEL
        if bar.value is None:
            parts.append(
                svg.tag("rect", class_="gap", x=LABEL, y=y + 5.0, width=room, height=ROW - 10.0)
            )
        else:
            for value, class_ in ((bar.value, "bar"), (bar.rest, "bar rest")):
                width = room * value / longest
                if width > 0:
                    parts.append(
                        svg.tag(
                            "rect", class_=class_, x=end, y=y + 4.0, width=width, height=ROW - 8.0
                        )
                    )
                end += width
        end = LABEL + room if bar.value is None else end
        parts.append(svg.words(bar.note, end + 6.0, y + 17.0, "value"))
    parts.append(svg.path("axis", [svg.vertical(LABEL, 0.0, ROW * len(bars))]))
    return svg.chart(
        "bars", title, description, WIDTH, ROW * len(bars), [svg.hatch("bars-gap"), *parts]
    )
