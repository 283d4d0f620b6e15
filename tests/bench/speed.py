"""How fast is the detector? `make bench` prints ratios of one run, medians of interleaved repeats.

The yardstick is `scipy.signal.sosfilt` that merely band-passes the same 13 channels:
`butter(4, [0.5, 20], "bandpass")` in second-order sections, float64.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import butter, sosfilt

from detect.detector import Detector
from drivers.channels import NightScale
from tests.bench.accuracy import night

if TYPE_CHECKING:
    from collections.abc import Callable

GAINS, OFFSETS = np.array(NightScale().gains()), np.array(NightScale().offsets())


def feed(samples: np.ndarray) -> None:
    """Run a whole night through loop and rules."""
    detector = Detector(GAINS, OFFSETS)
    detector.feed(0, samples)
    detector.finish()


def seconds(work: Callable[..., object], *args: object) -> float:
    start = time.process_time()
    work(*args)
    return time.process_time() - start


def live_p99_us(samples: np.ndarray) -> float:
    """Return the 99th percentile of a call with 0.25 s of samples."""
    detector = Detector(GAINS, OFFSETS)
    times = []
    for first in range(0, min(len(samples), 100_000), 25):
        block = samples[first : first + 25]
        start = time.perf_counter()
        detector.feed(first, block)
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.quantile(times, 0.99))


def feed_saved(path: Path) -> None:
    """Run a night that was saved as an array."""
    feed(np.load(path))


def two_at_once(samples: np.ndarray, repeats: int) -> float:
    """Return how many times faster two nights are in two processes than one after the other.

    `plms score` of several recordings works in such processes.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(1) as one,
        ProcessPoolExecutor(2) as two,
    ):
        path = Path(folder) / "night.npy"
        np.save(path, samples)
        times: dict[ProcessPoolExecutor, list[float]] = {one: [], two: []}
        for _ in range(repeats + 1):
            for pool, taken in times.items():
                start = time.perf_counter()
                list(pool.map(feed_saved, [path, path]))
                taken.append(time.perf_counter() - start)
        alone, both = (statistics.median(taken[1:]) for taken in times.values())
        return alone / both


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    start = time.perf_counter()
    feed(np.zeros((100, 13), np.int16))
    print(f"first call in this process: {time.perf_counter() - start:.2f} s")
    samples, _ = night("typical", 1, args.hours)
    physical = np.ascontiguousarray((samples * GAINS + OFFSETS).T)
    sos = butter(4, [0.5, 20], "bandpass", fs=100, output="sos")
    dead = samples.copy()
    dead[1000:] = 0
    dead[1000::400, [0, 6, 12]] = 1  # never quite stuck: the filters run into denormal numbers
    runs = [
        (seconds(feed, samples), seconds(sosfilt, sos, physical), seconds(feed, dead))
        for _ in range(args.repeats)
    ]
    whole, yard, denormal = (statistics.median(column) for column in zip(*runs, strict=True))
    per_tick = 1e9 / len(samples)
    print(f"{args.hours:g} h, 13 channels, {args.repeats} interleaved repeats, processor time")
    print(f"loop and rules       {whole * per_tick:7.0f} ns/tick {whole:8.3f} s")
    print(f"sosfilt, 4 sections  {yard * per_tick:7.0f} ns/tick {yard:8.3f} s")
    print(f"ratio                {whole / yard:7.2f} (aim 0.7)")
    print(f"dead sensors / live  {denormal / whole:7.2f} (limit 1.2)")
    print(f"live call of 0.25 s  {live_p99_us(samples):7.0f} us, p99")
    print(f"two nights, two cores{two_at_once(samples, args.repeats):7.2f} times one (aim 1.8)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
