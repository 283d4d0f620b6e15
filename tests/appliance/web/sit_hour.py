"""An evening test for the page: the shipped recorder and legs that kick, in simulated time."""

from functools import cache

import numpy as np

from tests.appliance.record.rig import Rig
from tests.appliance.sit.legs import restless, tilted


@cache
def samples():
    """A minute with the feet on the floor, then legs on the bed that kick for an hour and more."""
    legs = restless(61)
    return np.concatenate([tilted(legs[:6000], 80), legs[:4000], legs])


def rig(folder):
    """Return a recorder that waits for somebody to begin."""
    made = Rig(folder, samples(), **{"night.auto_start": False})
    made.run(2)
    return made
