"""Twenty seconds of raw signals around one movement."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from appliance.store.raw import RawError, raw_path, read_raw
from appliance.web.charts import signals
from appliance.web.language import say
from detect.movement import TICKS_PER_S
from drivers.channels import MISSING, NightScale

if TYPE_CHECKING:
    from array import array
    from pathlib import Path

    from markupsafe import Markup

    from appliance.store.nights import Night
    from detect.movement import Movement

BEFORE_S = 6
AFTER_S = 14
SMALLEST_MG = 60.0
SMALLEST_DPS = 15.0
SMALLEST_MV = 20.0


def raw_columns(state_dir: Path, night: Night, first: int, last: int) -> list[array[int]]:
    """Return the 13 columns of a stretch of ticks.

    Raises
    ------
    RawError
        When the night's raw signals are not there.
    """
    if night.recording is None:
        raise RawError(f"{night.name}: no raw signals")
    return read_raw(raw_path(state_dir, night.recording), first, last)


def draw_moment(state_dir: Path, night: Night, movement: Movement) -> Markup:
    """Draw what the sensors felt.

    Raises
    ------
    RawError
        When the night's raw signals are not there.
    """
    onset = movement.onset_tick
    first, last = onset - BEFORE_S * TICKS_PER_S, onset + AFTER_S * TICKS_PER_S
    columns = raw_columns(state_dir, night, first, last)
    length_s = movement.duration_s
    window = signals.Window(-BEFORE_S, AFTER_S, ((0.0, min(length_s, AFTER_S)),))
    return signals.draw(
        panels_of(columns, night.scale),
        window,
        say("Raw signals around the movement"),
        say("Twenty seconds; the movement of {n} seconds is shaded.", n=f"{length_s:.1f}"),
        say("s"),
    )


def panels_of(columns: list[array[int]], scale: NightScale) -> list[signals.Panel]:
    """Turn 13 columns into five signals that a person can read."""
    gains, offsets = scale.gains(), scale.offsets()

    def strength(first: int, factor: float) -> list[float | None]:
        return [
            None
            if MISSING in triple
            else factor
            * math.hypot(
                *(
                    count * gains[first + axis] + offsets[first + axis]
                    for axis, count in enumerate(triple)
                )
            )
            for triple in zip(*columns[first : first + 3], strict=True)
        ]

    strip = [None if count == MISSING else count * gains[12] + offsets[12] for count in columns[12]]
    return [
        signals.Panel(say("Left ankle, push"), say("mg"), strength(0, 1000.0), SMALLEST_MG),
        signals.Panel(say("Left ankle, turn"), say("deg/s"), strength(3, 1.0), SMALLEST_DPS),
        signals.Panel(say("Right ankle, push"), say("mg"), strength(6, 1000.0), SMALLEST_MG),
        signals.Panel(say("Right ankle, turn"), say("deg/s"), strength(9, 1.0), SMALLEST_DPS),
        signals.Panel(say("Mattress strip"), say("mV"), strip, SMALLEST_MV),
    ]
