"""A bed with two sleepers for the simulated chips to feel, and the truth of what they did.

`Bed(scenario, seed)` has three sources (`left`, `right`, `strip`) with one method,
`sample(t_s)`; `bed_night(scenario, seed)` gives a whole night on the 100 Hz grid without chips.
See docs/simulator.md for which figure is published and which is modelling. In short: intervals,
durations, decline, share of bilateral movements, heart and breath rates, and the typical size of a
kick at the ankle are from the literature; angular rates, spectra, everything that a mattress does
and everything that a partner's movement does to the patient's ankle is modelling, because nobody
has published it.
"""

from drivers.simulated.bed.bed import Bed, Source
from drivers.simulated.bed.blocks import bed_block, bed_night
from drivers.simulated.bed.scenarios import (
    SCENARIOS,
    AnkleSensor,
    Mattress,
    Scenario,
    Sleeper,
    StripSensor,
    coupled,
)
from drivers.simulated.bed.truth import VISIBLE_DPS, VISIBLE_MG, TrueMovement, TruePart

__all__ = [
    "SCENARIOS",
    "VISIBLE_DPS",
    "VISIBLE_MG",
    "AnkleSensor",
    "Bed",
    "Mattress",
    "Scenario",
    "Sleeper",
    "Source",
    "StripSensor",
    "TrueMovement",
    "TruePart",
    "bed_block",
    "bed_night",
    "coupled",
]
