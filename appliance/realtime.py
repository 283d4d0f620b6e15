"""Ask for real-time priority for the thread that reads the sensors.

A strip sample is read every 10 ms; another program's turn on the processor would make it late. The
unit bounds what may be asked for (LimitRTPRIO, LimitRTTIME), and only the calling thread gets it:
detection and database stay ordinary.
"""

from __future__ import annotations

import logging
import os

LOG = logging.getLogger(__name__)

PRIORITY = 10
"""Above every ordinary thread, far below the kernel's own interrupt threads (50)."""


def take_priority(priority: int = PRIORITY) -> bool:
    """Give the calling thread SCHED_FIFO; say whether it was allowed.

    Without the right (outside of the unit) the thread goes on as it is; late samples are seen as
    missing ticks then.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        LOG.info("no real-time priority: %s", error.strerror)
        return False
    return True
