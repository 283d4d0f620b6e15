"""A Block: a stretch of the 100 Hz time line, all 13 channels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Block:
    """Samples of all channels from one tick on.

    Attributes
    ----------
    first_tick : int
        Tick of the first row (10 ms since the night began).
    samples : int16[n, 13]
        One row a tick, columns as in `channels.CHANNELS`; -32768 is a missing sample.
    """

    first_tick: int
    samples: NDArray[np.int16]
