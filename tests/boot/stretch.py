"""Run the detector over golden samples and write everything it says, to the last bit.

usage: python stretch.py OUTPUT GOLDEN.npz...       (repository and site packages on PYTHONPATH)
Run on two kinds of processor, the outputs must be the same bytes.
"""

import hashlib
import platform
import sys
import time
from pathlib import Path

import numpy as np

from detect.detector import Detector
from drivers.channels import NightScale

BLOCK_ROWS = 250


def lines_of(file):
    """Yield what the detector says of one golden stretch, line by line."""
    samples = np.load(file)["samples"]
    scale = NightScale()
    detector = Detector(np.array(scale.gains()), np.array(scale.offsets()))
    movements = []
    for first in range(0, len(samples), BLOCK_ROWS):
        movements += detector.feed(first, samples[first : first + BLOCK_ROWS])
    yield f"{Path(file).name}: {len(samples)} ticks"
    yield f"state {hashlib.sha256(detector.snapshot()).hexdigest()}"
    movements += detector.finish()
    yield from map(repr, movements)
    yield from map(repr, detector.take_epochs())
    yield from map(repr, detector.take_gaps())


def main():
    """Write the output file; say on standard error where it ran and for how long."""
    begun = time.monotonic()
    output, *goldens = sys.argv[1:]
    text = "\n".join(line for file in goldens for line in lines_of(file))
    Path(output).write_text(text + "\n", encoding="utf-8")
    print(
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}:"
        f" {text.count('Movement(')} movements in {time.monotonic() - begun:.0f} s",
        file=sys.stderr,
    )


if __name__ == "__main__":
    main()
