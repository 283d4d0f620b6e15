"""The bed on the 100 Hz grid without chips: what a perfect time line would deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.channels import COLUMNS, DEVICES, MISSING, TICKS_PER_S, NightScale
from drivers.simulated.bed.bed import Bed
from drivers.simulated.bed.story import SEGMENT_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from drivers.simulated.bed.scenarios import Scenario
    from drivers.simulated.bed.truth import TrueMovement


def bed_block(
    bed: Bed, first_tick: int, n: int, scale: NightScale | None = None
) -> NDArray[np.int16]:
    """Sample the bed on the 100 Hz grid without chips, as a time line would deliver it.

    Parameters
    ----------
    bed : Bed
        The bed; its scenario's unplugged intervals come out as missing.
    first_tick, n : int
        First tick and number of ticks.
    scale : NightScale, optional
        Scale of the samples.

    Returns
    -------
    int16[n, 13]
        Columns as in `drivers.channels.CHANNELS`; -32768 is missing.
    """
    scale = scale or NightScale()
    gains, offsets = np.array(scale.gains()), np.array(scale.offsets())
    out = np.empty((n, 13), dtype=np.int16)
    for device in DEVICES:
        columns = slice(COLUMNS[device].start, COLUMNS[device].stop)
        counts = np.rint((bed.on_grid(device, first_tick, n) - offsets[columns]) / gains[columns])
        out[:, columns] = np.clip(counts, -32767, 32767)
    for device, start, end in bed.scenario.unplugged:
        a = int(np.clip(round(start * TICKS_PER_S) - first_tick, 0, n))
        b = int(np.clip(round(end * TICKS_PER_S) - first_tick, 0, n))
        out[a:b, COLUMNS[device].start : COLUMNS[device].stop] = MISSING
    return out


def bed_night(
    scenario: Scenario, seed: int, hours: float = 8.0
) -> tuple[NDArray[np.int16], tuple[TrueMovement, ...]]:
    """Return a whole night on the 100 Hz grid, int16[n, 13], and what happened in it."""
    bed = Bed(scenario, seed)
    ticks = round(hours * 3600.0 * TICKS_PER_S)
    step = SEGMENT_S * TICKS_PER_S
    blocks = [bed_block(bed, first, min(step, ticks - first)) for first in range(0, ticks, step)]
    end = ticks / TICKS_PER_S
    return np.concatenate(blocks), tuple(m for m in bed.truth if m.onset_s < end)
