"""Samples of legs in a bed, and of the same legs with the feet on the floor."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from drivers.channels import NightScale
from drivers.simulated.bed import SCENARIOS, Bed, bed_block
from tests.appliance.record.rig import bed_samples

SCALE = NightScale()
GAINS, OFFSETS = np.array(SCALE.gains()), np.array(SCALE.offsets())


def quiet(seconds):
    """Legs that lie still."""
    return bed_samples("quiet", minutes=20)[: round(seconds * 100)].copy()


def tilted(samples, degrees, legs=(0, 6)):
    """The same samples with shanks tilted about an axis across gravity."""
    samples = samples.copy()
    for first in legs:
        columns = slice(first, first + 3)
        values = samples[:, columns] * GAINS[columns] + OFFSETS[columns]
        up = values.mean(axis=0) / np.linalg.norm(values.mean(axis=0))
        axis = np.cross(up, (0.3, -0.5, 0.8))
        axis /= np.linalg.norm(axis)
        angle = np.radians(degrees)
        turned = (
            values * np.cos(angle)
            + np.cross(axis, values) * np.sin(angle)
            + axis * (values @ axis)[:, None] * (1.0 - np.cos(angle))
        )
        samples[:, columns] = np.rint((turned - OFFSETS[columns]) / GAINS[columns])
    return samples


def gone(seconds):
    """No samples at all."""
    return np.full((round(seconds * 100), 13), -32768, np.int16)


@cache
def restless(minutes=70):
    """Somebody awake whose legs kick but stay on the bed."""
    patient = replace(
        SCENARIOS["severe"].patient, turns_per_h=0.0, postures_per_h=0.0, plm_per_h=140.0
    )
    bed = Bed(replace(SCENARIOS["alone"], patient=patient, random_bathrooms_per_night=0.0), 5)
    return np.concatenate([bed_block(bed, 6000 * minute, 6000) for minute in range(minutes)])
