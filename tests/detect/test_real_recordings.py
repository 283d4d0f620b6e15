"""Real feet that walk and climb, and a real sensor that lay on a bed over night: no kick."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

from detect.detector import Detector
from drivers.channels import MISSING, NightScale

DATA = Path(__file__).parents[1] / "data"
GAINS, OFFSETS = np.array(NightScale().gains()), np.array(NightScale().offsets())
AXES = ("acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
RAW = ("x Accel", "y Accel", "z Accel", "x Gyro", "y Gyro", "z Gyro")
FEET = ("imu_sample", "imu_sample_healthy_stair_down", "imu_sample_healthy_stair_up")
NIGHTS = sorted((DATA / "bed_mpu6050").glob("*.csv.gz"))


def counts(values):
    return np.clip(np.rint((values - OFFSETS) / GAINS), -32767, 32767).astype(np.int16)


def feet(name):
    """Return both feet on the 100 Hz grid, without a strip."""
    with gzip.open(DATA / "gaitmap_foot" / f"{name}.csv.gz", "rt") as file:
        rows = list(csv.reader(file))
    names = [(s.split("_")[0], axis) for s, axis in zip(rows[0][1:], rows[1][1:], strict=True)]
    values = np.array([[float(v) for v in row[1:]] for row in rows[2:]])
    t = np.arange(len(values)) / 204.8
    grid = np.arange(0, t[-1], 0.01)
    out = np.zeros((len(grid), 13))
    for k, foot in enumerate(("left", "right")):
        for j, axis in enumerate(AXES):
            column = np.interp(grid, t, values[:, names.index((foot, axis))])
            out[:, 6 * k + j] = column / 9.80665 if j < 3 else column
    samples = counts(out)
    samples[:, 12] = MISSING
    return samples


def lying_first(samples, seconds=40):
    """Put a stretch of lying (the shank turned by 90 degrees) before the walk."""
    rng = np.random.default_rng(1)
    still = np.zeros((seconds * 100, 13))
    still[:, [0, 6]] = 1.0
    still += rng.normal(0, 0.002, still.shape)
    out = counts(still)
    out[:, 12] = MISSING
    return np.concatenate([out, samples])


@pytest.mark.parametrize("lying", [False, True])
@pytest.mark.parametrize("name", FEET)
def test_walking_and_stairs_are_walking(name, lying):
    samples = lying_first(feet(name)) if lying else feet(name)
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, samples) + detector.finish()
    assert "walk" in {m.kind for m in found}
    assert not [m for m in found if m.kind in ("leg", "jerk")], found
    walked = sum(m.duration_s for m in found if m.kind == "walk")
    assert walked > 15.0


def bed(path, how, noise_mg=0.0):
    """Return a night on the 100 Hz grid, in the left ankle's channels."""
    with gzip.open(path, "rt") as file:
        rows = list(csv.DictReader(file))
    t = np.array([float(r["Millisecond"]) for r in rows]) / 1000
    values = np.array([[float(r[c]) for c in RAW] for r in rows])
    rising = np.concatenate([[True], np.diff(t) > 0])
    t, values = t[rising] - t[0], values[rising]
    grid = np.arange(0, t[-1], 0.01)
    if how == "held":
        values = values[np.searchsorted(t, grid, side="right") - 1]
    else:
        values = np.stack([np.interp(grid, t, values[:, j]) for j in range(6)], 1)
    samples = np.full((len(grid), 13), MISSING, np.int16)
    physical = np.zeros((len(grid), 13))
    physical[:, :3] = values[:, :3] / 16384
    physical[:, 3:6] = values[:, 3:] / 131
    physical[:, :3] += np.random.default_rng(1).normal(0, 1e-3 * noise_mg, (len(grid), 3))
    samples[:, :6] = counts(physical)[:, :6]
    return samples


@pytest.mark.parametrize("noise_mg", [0.0, 4.0])
@pytest.mark.parametrize("path", NIGHTS, ids=lambda p: p.name[8:11])
def test_a_sensor_lying_on_a_bed_gives_no_kick(path, noise_mg):
    how = "held" if (NIGHTS.index(path) + (noise_mg > 0.0)) % 2 else "interpolated"
    samples = bed(path, how, noise_mg)
    detector = Detector(GAINS, OFFSETS)
    found = detector.feed(0, samples) + detector.finish()
    assert not [m for m in found if m.kind in ("leg", "jerk")], found


def test_six_nights_are_there():
    assert len([p for p in NIGHTS if p.stat().st_size > 200_000]) == 6
