"""The event detectors of a simulated LSM6DSO: wake-up, free-fall, and the batch counter.

Published fact (ST's register description and examples): thresholds, durations, the routing and
latching of flags. Modelling: the slope is half the difference of neighbouring samples; the batch
counter begins anew when it reaches its threshold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from drivers.simulated.lsm6dso_registers import ACCEL_G, FULL_SCALE_G

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drivers.simulated.lsm6dso_fifo import Fifo

FREE_FALL_G = (0.156, 0.219, 0.250, 0.312, 0.344, 0.406, 0.469, 0.500)
WAKE_FLAG, FREE_FALL_FLAG = 0x08, 0x20
"""In WAKE_UP_SRC; there too the axes X, Y, Z as 4, 2, 1."""
FARTHEST_SLOTS = 500
"""Nobody looks at the flags for longer than this and wonders what was before."""


class Events:
    """Looks at every acceleration sample since it looked last.

    Parameters
    ----------
    registers : sequence of int
        The chip's registers, as they change.
    fifo : Fifo
        Where samples come from.
    """

    def __init__(self, registers: Sequence[int], fifo: Fifo) -> None:
        self._registers = registers
        self._fifo = fifo
        self.begin()

    def begin(self) -> None:
        """Forget all: the stream has begun anew."""
        self.source = 0
        self.counter_reached = False
        self._slots = 0
        self._steep = self._falling = 0
        self._batched = 0

    def look(self, now_s: float) -> None:
        """Let the time pass until `now_s`."""
        fifo, r = self._fifo, self._registers
        fifo.advance(now_s)
        first, end = self._slots, fifo.slots
        self._slots = end
        self._count(end)
        if not r[0x58] & 0x80 or not r[0x10] >> 4:
            return
        first = max(first, end - FARTHEST_SLOTS, 1)
        if end <= first:
            return
        counts = fifo.accelerations(first - 1, end)
        values = counts * ACCEL_G[r[0x10] >> 2 & 3]
        steep = np.abs(np.diff(values, axis=0)) / 2 > self._wake_g()
        falling = (np.abs(values[1:]) < FREE_FALL_G[r[0x5D] & 7]).all(axis=1)
        for axes, falls in zip(steep, falling, strict=True):
            self._judge(axes, bool(falls))

    def _judge(self, axes: NDArray[np.bool_], falls: bool) -> None:
        """Take in one sample; a flag not latched goes with its cause."""
        r = self._registers
        self._steep = self._steep + 1 if axes.any() else 0
        self._falling = self._falling + 1 if falls else 0
        found = 0
        if self._steep > r[0x5C] >> 5 & 3:
            found |= WAKE_FLAG | int(axes @ (4, 2, 1))
        if self._falling > (r[0x5D] >> 3 | (r[0x5C] & 0x80) >> 2):
            found |= FREE_FALL_FLAG
        self.source = self.source | found if r[0x56] & 1 else found

    def _wake_g(self) -> float:
        r = self._registers
        steps = 256 if r[0x5C] & 0x10 else 64
        return (r[0x5B] & 0x3F) * FULL_SCALE_G[r[0x10] >> 2 & 3] / steps

    def read_source(self) -> int:
        """Return WAKE_UP_SRC; reading it clears what is latched."""
        source = self.source
        if self._registers[0x56] & 1:
            self.source = 0
        return source

    def _count(self, slots: int) -> None:
        """Count the batches of the sensor chosen, up to the threshold."""
        r = self._registers
        threshold = (r[0x0B] & 7) << 8 | r[0x0C]
        stream = self._fifo.stream
        every = stream.gyro_every if r[0x0B] & 0x20 else stream.accel_every
        if not threshold or not every:
            return
        batched = -(-slots // every)
        if batched - self._batched >= threshold:
            self._batched += (batched - self._batched) // threshold * threshold
            self.counter_reached = True

    def restart_counter(self, now_s: float) -> None:
        """Obey RST_COUNTER_BDR."""
        self.look(now_s)
        stream = self._fifo.stream
        every = stream.gyro_every if self._registers[0x0B] & 0x20 else stream.accel_every
        self._batched = -(-self._fifo.slots // every) if every else 0
        self.counter_reached = False
